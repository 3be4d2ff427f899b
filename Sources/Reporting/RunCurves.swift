public import Parts
public import Runs
import Tables

/// The metrics of a run, with what a chart or a table calls it.
public struct RunCurves: Sendable {
  /// The folder, as the user gave it.
  public let name: String
  /// Name of the task family.
  public let task: String
  /// Name of the algorithm.
  public let algorithm: String
  /// The run's seed.
  public let seed: Int
  /// What every number of the run follows from.
  let identity: RunIdentity
  /// The whole `metrics.csv`.
  public private(set) var metrics: MetricsTable
  /// Iterations whose mean a row is.
  private(set) var window = 1

  /// Reads a run's folder; it may still be training.
  /// - Throws: `UserError`.
  public init(_ folder: RunFolder, catalog: Catalog) throws(UserError) {
    let configuration = try folder.configuration(catalog: catalog)
    guard StoredFile.exists(folder.metricsPath) else {
      throw UserError("\(folder.path): expected a metrics.csv, found none yet", status: .missingInput)
    }
    name = folder.path
    task = configuration.taskName
    algorithm = configuration.algorithmName
    seed = configuration.run.seed
    identity = try RunIdentity(configuration, storedIn: folder)
    metrics = try MetricsTable(path: folder.metricsPath)
    guard !metrics.rows.isEmpty else {
      throw UserError("\(folder.metricsPath): expected at least one row, found none yet", status: .malformedData)
    }
  }

  /// The measures that runs are shown by where none is named, before and after adaptation: the first that all of them have.
  private static let measures = ["return", "accuracy", "loss"]

  private static func curves(of measure: String) -> [String] { ["before", "after"].map { "\(measure)_\($0)" } }

  private func has(_ measure: String) -> Bool {
    Self.curves(of: measure).allSatisfy { metrics.column($0) != nil }
  }

  /// The curves that runs are shown by where none is named: the measure before and after adaptation.
  /// - Throws: `UserError` where the runs have none in common.
  static func defaultCurves(of runs: [RunCurves]) throws(UserError) -> [String] {
    if let measure = measures.first(where: { measure in runs.allSatisfy { $0.has(measure) } }) {
      return curves(of: measure)
    }
    let found = runs.map { run in "\(measures.first(where: run.has) ?? "none of them") of \(run.name)" }
    throw UserError(
      "expected \(measures.joined(separator: ", ")) before and after adaptation, one that all runs have, found "
        + "\(found.joined(separator: ", ")); --curve names a column that they have", status: .usage)
  }

  /// The same with a row for each `count` iterations that have the mean of each column, and the last of them its number; what
  /// is left at the end is no row.
  ///
  /// A meta-iteration of a few tasks says little of how well tasks are learned; a mean over many does.
  public func averaged(over count: Int) throws(UserError) -> RunCurves {
    guard count > 1 else { return self }
    var curves = self
    curves.metrics = metrics.averaged(over: count)
    curves.window = window * count
    guard !curves.metrics.rows.isEmpty else {
      throw UserError(
        "--window \(count): expected at least as many rows in \(name), found \(metrics.rows.count)", status: .usage)
    }
    return curves
  }

  /// The same, where what is left at the end is a row, too.
  func smoothed(over count: Int) -> RunCurves {
    guard count > 1 else { return self }
    var curves = self
    curves.metrics = metrics.averaged(over: count, keepsRest: true)
    curves.window = window * count
    return curves
  }

  /// Checks that every run has a curve.
  /// - Throws: `UserError` with the nearest name of a column.
  static func check(curve: String, in runs: [RunCurves]) throws(UserError) {
    for run in runs where run.metrics.column(curve) == nil {
      throw .unknownName("curve", curve, known: run.metrics.columns, prefix: "\(run.name): ")
    }
  }
}

/// The tables that `export` writes.
public enum CurveTable {
  /// One line a run and iteration: run, task, algorithm, seed, then `config.KEY` for every key of the configuration in which
  /// runs of one algorithm differ beside their seeds, then the curve beside its axes, or all columns.
  /// - Throws: `UserError` for a curve that a run does not have, or runs with different columns.
  public static func csv(of runs: [RunCurves], curve: String?) throws(UserError) -> String {
    let columns = try columns(of: runs, curve: curve)
    let keys = RunDifferences(runs).keys
    var lines = [try line(["run", "task", "algorithm", "seed"] + keys.map { "config.\($0)" } + columns)]
    for run in runs {
      let names = try line(
        [run.name, run.task, run.algorithm, String(run.seed)] + keys.map { run.identity.values[$0] ?? "" })
      let values = columns.compactMap { run.metrics.column($0) }
      for row in run.metrics.rows.indices {
        lines.append(([names] + values.map { $0[row].shortText }).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// An array with an object for each run, its columns as arrays, and in `configuration` the keys in which runs of one
  /// algorithm differ beside their seeds. A number that is not finite is null.
  /// - Throws: as `csv`.
  public static func json(of runs: [RunCurves], curve: String?) throws(UserError) -> String {
    struct Run: Encodable {
      var run: String
      var task: String
      var algorithm: String
      var seed: Int
      var configuration: [String: String]?
      var curves: [String: [Double?]]
    }
    let keys = RunDifferences(runs).keys
    let columns = try columns(of: runs, curve: curve)
    let objects = runs.map { run in
      let curves = columns.map { column in
        (column, (run.metrics.column(column) ?? []).map { $0.isFinite ? $0 : nil })
      }
      return Run(
        run: run.name, task: run.task, algorithm: run.algorithm, seed: run.seed,
        configuration: keys.isEmpty ? nil : run.identity.values.filter { keys.contains($0.key) },
        curves: Dictionary(uniqueKeysWithValues: curves))
    }
    return try JSONText.encode(objects) + "\n"
  }

  private static func columns(of runs: [RunCurves], curve: String?) throws(UserError) -> [String] {
    guard let first = runs.first else { return [] }
    guard let curve else {
      for run in runs where run.metrics.columns != first.metrics.columns {
        throw UserError("\(run.name): expected the columns of \(first.name), found other ones", status: .malformedData)
      }
      return first.metrics.columns
    }
    try RunCurves.check(curve: curve, in: runs)
    let axes = ["iteration", "environment_steps"].filter { axis in
      axis != curve && runs.allSatisfy { $0.metrics.column(axis) != nil }
    }
    return axes + [curve]
  }

  /// A line of fields.
  /// - Throws: `UserError` for a field with a line's end, as a folder's name may have: no line has it.
  private static func line(_ fields: [String]) throws(UserError) -> String {
    if let field = fields.first(where: { $0.contains(where: \.isNewline) }) {
      throw UserError("\(field): expected a name without a line break for a table, found one", status: .usage)
    }
    return TextTable.line(fields)
  }
}
