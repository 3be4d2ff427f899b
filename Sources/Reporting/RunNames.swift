import Parts
import Runs
import Tables

/// What a table says of each run besides its numbers: the folder, task, algorithm and seed, and the keys of the
/// configuration in which runs of one algorithm differ besides their seeds.
struct RunNames {
  private let keys: [String]

  init(_ runs: [ReportedRun]) { keys = RunDifferences(runs).keys }

  /// Returns the first line of a table: the names of these fields, then `columns`.
  func header(_ columns: [String]) throws(UserError) -> String {
    try Self.line(["run", "task", "algorithm", "seed"] + keys.map { "config.\($0)" } + columns)
  }

  /// Returns the fields of a run as the beginning of a line.
  /// - Throws: `UserError` for a field with a line break, as a folder's name may have, which a line cannot hold.
  func fields(of run: ReportedRun) throws(UserError) -> String {
    try Self.line(
      [run.name, run.task, run.algorithm, String(run.seed)] + keys.map { run.identity.values[$0] ?? "" })
  }

  /// Returns an array with an object for each run: these fields, with the keys in `configuration`, and what is encoded
  /// beside them.
  func json<Contents: Encodable>(of runs: [(run: ReportedRun, contents: Contents)]) throws(UserError) -> String {
    let objects = runs.map { run, contents in
      Entry(
        run: run.name, task: run.task, algorithm: run.algorithm, seed: run.seed,
        configuration: keys.isEmpty ? nil : run.identity.values.filter { keys.contains($0.key) }, contents: contents)
    }
    return try JSONText.encode(objects) + "\n"
  }

  private struct Entry<Contents: Encodable>: Encodable {
    var run, task, algorithm: String
    var seed: Int
    var configuration: [String: String]?
    var contents: Contents

    enum CodingKeys: CodingKey { case run, task, algorithm, seed, configuration }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(run, forKey: .run)
      try container.encode(task, forKey: .task)
      try container.encode(algorithm, forKey: .algorithm)
      try container.encode(seed, forKey: .seed)
      try container.encodeIfPresent(configuration, forKey: .configuration)
      // The contents are entries of the same object.
      try contents.encode(to: encoder)
    }
  }

  private static func line(_ fields: [String]) throws(UserError) -> String {
    if let field = fields.first(where: { $0.contains(where: \.isNewline) }) {
      throw UserError("\(field): expected a name without a line break for a table, found one", status: .usage)
    }
    return TextTable.line(fields)
  }
}
