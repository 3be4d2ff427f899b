import Evaluation
import Foundation
import Parts
import Reporting
import Runs

/// What a run is and how far it is, as a row of a table and as an object, whose names programs read.
struct RunSummary: Encodable {
  var run: String
  var task: String
  var algorithm: String
  var seed: Int
  var iteration: Int
  var iterations: Int
  var state: String
  var measure: String?
  var value: Double?
  /// The tasks of the value: held-out ones or, where the run has no such score, those of one training iteration.
  var valueTasks: Tasks?
  /// The iteration after which the run had the value.
  var valueIteration: Int?
  var bytes: Int

  /// The tasks that a score is of.
  enum Tasks: String, Encodable {
    case heldOut = "held-out"
    case training
  }

  private enum CodingKeys: String, CodingKey {
    case run, task, algorithm, seed, iteration, iterations, state, measure, value, bytes
    case valueTasks = "value_tasks"
    case valueIteration = "value_iteration"
  }

  /// Reads the folder of a run.
  init(_ folder: RunFolder) throws {
    let configuration = try folder.configuration(catalog: MetaRL.catalog)
    let metrics = StoredFile.exists(folder.metricsPath) ? try? MetricsTable(path: folder.metricsPath) : nil
    iteration = metrics?.column("iteration")?.last.flatMap { Int(exactly: $0) } ?? 0
    if let score = HeldOutScore(of: folder, configuration, metrics: metrics, catalog: MetaRL.catalog) {
      (measure, value, valueIteration) = (configuration.family.measure, score.value, score.iteration)
      valueTasks = .heldOut
    } else {
      measure = ["return", "accuracy", "loss"].first { metrics?.column("\($0)_after") != nil }
      value = measure.flatMap { metrics?.column("\($0)_after")?.last }.flatMap { $0.isFinite ? $0 : nil }
      if value != nil { (valueTasks, valueIteration) = (.training, iteration) }
    }
    iterations = configuration.run.iterations
    (run, task, algorithm) = (folder.path, configuration.taskName, configuration.algorithmName)
    seed = configuration.run.seed
    state =
      if iteration >= iterations {
        "finished"
      } else if StoredFile.exists(folder.divergencePath) {
        "diverged"
      } else {
        iteration == 0 ? "new" : "unfinished"
      }
    bytes = Self.bytes(in: folder.path)
  }

  private var iterationText: String {
    "\(ReadableNumber.grouped(iteration))/\(ReadableNumber.grouped(iterations))"
  }

  /// Prints a table of runs.
  static func printTable(_ rows: [RunSummary]) {
    let width = max(3, rows.map(\.run.count).max() ?? 0)
    func padded(_ text: String) -> String { text + String(repeating: " ", count: width - text.count) }
    Console.printLine(
      padded("run") + Console.cell("iteration", width: 18)
        + Console.cell("state", width: 11) + Console.cell("newest score", width: 27) + Console.cell("size", width: 10))
    for row in rows {
      let value =
        row.value.map { "\(row.measure ?? "") \(String(format: "%.4g", $0)), \(row.valueTasks?.rawValue ?? "")" } ?? "-"
      Console.printLine(
        padded(row.run)
          + Console.cell(row.iterationText, width: 18) + Console.cell(row.state, width: 11)
          + Console.cell(value, width: 27) + Console.cell(size(row.bytes), width: 10))
    }
  }

  /// The bytes of all files in a folder.
  private static func bytes(in folder: String) -> Int {
    let files = FileManager.default.enumerator(
      at: URL(filePath: folder), includingPropertiesForKeys: [.fileSizeKey], options: [])
    var sum = 0
    while let file = files?.nextObject() as? URL {
      sum += (try? file.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0
    }
    return sum
  }

  private static func size(_ bytes: Int) -> String {
    bytes < 1_000_000 ? "\(bytes / 1_000) kB" : String(format: "%.1f MB", Double(bytes) / 1_000_000)
  }
}
