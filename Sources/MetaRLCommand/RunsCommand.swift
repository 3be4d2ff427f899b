import ArgumentParser
import Foundation
import Parts
import Reporting
import Runs

/// The command `metarl runs`, which lists the folders of runs.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs in a folder: how far they are, what they return, how large they are.")

  @Argument(help: ArgumentHelp("Folder that has the folders of runs.", valueName: "dir"))
  var folder = "runs"

  @Flag(help: "Print an array of objects.")
  var json = false

  /// A row of `--json`, whose names programs read.
  private struct Row: Encodable {
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
  }

  func run() throws {
    let parent = try RunFolder(argument: folder, of: "runs").path
    guard StoredFile.exists(parent) else {
      throw UserError("\(parent): expected a folder with runs, found none", status: .missingInput)
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: parent).sorted() else {
      throw UserError("\(parent): expected a folder with runs, found something else", status: .missingInput)
    }
    let folders = names.map { RunFolder(path: "\(parent)/\($0)") }.filter { StoredFile.exists($0.configurationPath) }
    let rows = folders.compactMap { folder -> Row? in
      do {
        return try row(folder)
      } catch {
        Console.printError("\(folder.path): \((error as? UserError)?.message ?? "\(error)")")
        return nil
      }
    }
    if json { return Console.printLine(try JSONText.encode(rows)) }
    guard !rows.isEmpty else { return Console.printLine("\(parent) has no runs") }
    let width = max(3, rows.map(\.run.count).max() ?? 0)
    func padded(_ text: String) -> String { text + String(repeating: " ", count: width - text.count) }
    Console.printLine(
      padded("run") + Console.cell("iteration", width: 14)
        + Console.cell("state", width: 11) + Console.cell("after", width: 18) + Console.cell("size", width: 10))
    for row in rows {
      let value = row.value.map { "\(row.measure ?? "") \(String(format: "%.4g", $0))" } ?? "-"
      Console.printLine(
        padded(row.run)
          + Console.cell("\(row.iteration)/\(row.iterations)", width: 14) + Console.cell(row.state, width: 11)
          + Console.cell(value, width: 18) + Console.cell(Self.size(row.bytes), width: 10))
    }
  }

  private func row(_ folder: RunFolder) throws -> Row {
    let configuration = try folder.configuration(catalog: MetaRL.catalog)
    let metrics = StoredFile.exists(folder.metricsPath) ? try? MetricsTable(path: folder.metricsPath) : nil
    let iteration = metrics?.column("iteration")?.last.flatMap { Int(exactly: $0) } ?? 0
    let measure = ["return", "accuracy", "loss"].first { metrics?.column("\($0)_after") != nil }
    let value = measure.flatMap { metrics?.column("\($0)_after")?.last }
    let iterations = configuration.run.iterations
    return Row(
      run: folder.path, task: configuration.taskName, algorithm: configuration.algorithmName,
      seed: configuration.run.seed, iteration: iteration, iterations: iterations,
      state: iteration >= iterations ? "finished" : iteration == 0 ? "new" : "unfinished", measure: measure,
      value: value.flatMap { $0.isFinite ? $0 : nil }, bytes: Self.bytes(in: folder.path))
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
