import Evaluation
public import Parts
public import Runs

/// The metrics of a run, with the names that a chart or a table gives it.
public struct RunCurves: Sendable {
  /// What tells the run apart from others.
  public let run: ReportedRun
  /// The whole table of `metrics.csv`.
  public private(set) var metrics: MetricsTable
  /// The number of iterations over which a row is averaged.
  private(set) var window = 1

  /// Reads a run's folder; it may still be training.
  /// - Throws: `UserError` where the folder is not a run's, or its files are damaged.
  public init(_ folder: RunFolder, catalog: Catalog) throws(UserError) {
    run = try ReportedRun(folder, catalog: catalog)
    guard StoredFile.exists(folder.metricsPath) else {
      if let name = folder.pretrainedName {
        throw UserError(
          "\(PretrainedRun.prefix)\(name): expected the metrics of a training, found a run that comes with the program, which "
            + "has none", status: .missingInput)
      }
      throw UserError("\(folder.path): expected a metrics.csv, found none yet", status: .missingInput)
    }
    metrics = try MetricsTable(path: folder.metricsPath)
    guard !metrics.rows.isEmpty else {
      throw UserError("\(folder.metricsPath): expected at least one row, found none yet", status: .malformedData)
    }
  }

  /// Reads the folder of a run that may have made no iteration yet; nil where it has not.
  /// - Throws: `UserError` where the folder is not a run's, or its files are damaged.
  init?(ifAnyOf folder: RunFolder, catalog: Catalog) throws(UserError) {
    guard try MetricsTable.rowCount(path: folder.metricsPath) > 0 else { return nil }
    try self.init(folder, catalog: catalog)
  }

  /// The path of the folder as the user gave it.
  public var name: String { run.name }

  /// The measures that are shown where no curve is named, before and after adaptation: the first that all runs have.
  private static let measures = ["return", "accuracy", "loss"]

  private static func curves(of measure: String) -> [String] { ["before", "after"].map { "\(measure)_\($0)" } }

  private func has(_ measure: String) -> Bool {
    Self.curves(of: measure).allSatisfy { metrics.column($0) != nil }
  }

  /// Returns the curves that are shown where none is named: the measure before and after adaptation.
  /// - Throws: `UserError` where the runs have no measure in common.
  static func defaultCurves(of runs: [RunCurves]) throws(UserError) -> [String] {
    if let measure = measures.first(where: { measure in runs.allSatisfy { $0.has(measure) } }) {
      return curves(of: measure)
    }
    let found = runs.map { run in "\(measures.first(where: run.has) ?? "none of them") of \(run.name)" }
    throw UserError(
      "expected \(measures.joined(separator: ", ")) before and after adaptation, one that all runs have, found "
        + "\(found.joined(separator: ", ")); name a column that they have", status: .usage)
  }

  /// Returns the values that a curve can have: losses of tasks are not negative, and accuracies at most 1.
  static func possibleValues(of curve: String, in runs: [RunCurves]) -> ClosedRange<Double> {
    let measure = measures.first { curve == $0 || curve.hasPrefix("\($0)_") }
    // The loss of policies is a surrogate, which may have either sign: their runs have returns before and after.
    guard let measure, runs.allSatisfy({ $0.has(measure) }) else { return -.infinity ... .infinity }
    return EvaluationReport.possibleScores(of: measure)
  }

  /// Returns the run with one row for each `count` iterations, which has the mean of each column and the number of the last
  /// iteration; fewer iterations that remain at the end are dropped.
  ///
  /// A meta-iteration of a few tasks is a noisy measure of how well tasks are learned; a mean over many is more precise.
  public func averaged(over count: Int) throws(UserError) -> RunCurves {
    guard count > 1 else { return self }
    var curves = self
    curves.metrics = metrics.averaged(over: count)
    curves.window = window * count
    guard !curves.metrics.rows.isEmpty else {
      throw UserError(
        "window \(count): expected at least as many rows in \(name), found \(metrics.rows.count)", status: .usage)
    }
    return curves
  }

  /// Returns the run averaged over `count` iterations, where fewer iterations that remain at the end also form a row.
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

/// The encoder of the tables that `export` writes.
public enum CurveTable {
  /// Returns one line per run and iteration: run, task, algorithm, seed, then `config.KEY` for every key of the
  /// configuration in which runs of one algorithm differ besides their seeds, then the curve with its axes, or the columns of
  /// all runs; a run's field in a column that it does not have is empty.
  /// - Throws: `UserError` for a curve that a run does not have.
  public static func csv(of runs: [RunCurves], curve: String?) throws(UserError) -> String {
    let columns = try columns(of: runs, curve: curve)
    let names = RunNames(runs.map(\.run))
    var lines = [try names.header(columns)]
    for run in runs {
      let own = try names.fields(of: run.run)
      let values = columns.map { run.metrics.column($0) }
      for row in run.metrics.rows.indices {
        lines.append(([own] + values.map { $0?[row].shortText ?? "" }).joined(separator: ","))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Returns an array with an object for each run, its columns as arrays, and in `configuration` the keys in which runs of
  /// one algorithm differ besides their seeds. A number that is not finite is null, and a column that a run does not have is
  /// absent.
  /// - Throws: `UserError` for a curve that a run does not have.
  public static func json(of runs: [RunCurves], curve: String?) throws(UserError) -> String {
    struct Curves: Encodable { var curves: [String: [Double?]] }
    let names = RunNames(runs.map(\.run))
    let columns = try columns(of: runs, curve: curve)
    return try names.json(
      of: runs.map { run in
        var curves: [String: [Double?]] = [:]
        for column in columns {
          curves[column] = run.metrics.column(column)?.map { $0.isFinite ? $0 : nil }
        }
        return (run.run, Curves(curves: curves))
      })
  }

  private static func columns(of runs: [RunCurves], curve: String?) throws(UserError) -> [String] {
    guard !runs.isEmpty else { return [] }
    guard let curve else { return runs.flatMap(\.metrics.columns).withoutRepetitions }
    try RunCurves.check(curve: curve, in: runs)
    let axes = ["iteration", "environment_steps"].filter { axis in
      axis != curve && runs.allSatisfy { $0.metrics.column(axis) != nil }
    }
    return axes + [curve]
  }
}
