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
  var bytes: Int

  /// Reads the folder of a run.
  init(_ folder: RunFolder) throws {
    let configuration = try folder.configuration(catalog: MetaRL.catalog)
    let metrics = StoredFile.exists(folder.metricsPath) ? try? MetricsTable(path: folder.metricsPath) : nil
    iteration = metrics?.column("iteration")?.last.flatMap { Int(exactly: $0) } ?? 0
    measure = ["return", "accuracy", "loss"].first { metrics?.column("\($0)_after") != nil }
    let value = measure.flatMap { metrics?.column("\($0)_after")?.last }
    self.value = value.flatMap { $0.isFinite ? $0 : nil }
    iterations = configuration.run.iterations
    (run, task, algorithm) = (folder.path, configuration.taskName, configuration.algorithmName)
    seed = configuration.run.seed
    state = iteration >= iterations ? "finished" : iteration == 0 ? "new" : "unfinished"
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
        + Console.cell("state", width: 11) + Console.cell("after", width: 18) + Console.cell("size", width: 10))
    for row in rows {
      let value = row.value.map { "\(row.measure ?? "") \(String(format: "%.4g", $0))" } ?? "-"
      Console.printLine(
        padded(row.run)
          + Console.cell(row.iterationText, width: 18) + Console.cell(row.state, width: 11)
          + Console.cell(value, width: 18) + Console.cell(size(row.bytes), width: 10))
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
