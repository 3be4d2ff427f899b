import ArgumentParser
import Foundation
import Parts
import Runs

/// The command `metarl runs`, which lists the folders of runs.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs in a folder: how far they are, what they return, how large they are.",
    discussion: """
      Runs in folders of the folder, such as those of a sweep, are listed, too. The newest score after the inner steps is on \
      held-out tasks, by evaluation.json or by a look of the training, whichever is of a later iteration; where a run has \
      neither, it is that of the last iteration's training tasks.
      """)

  @Argument(help: ArgumentHelp("Folder that has the folders of runs.", valueName: "dir"), completion: .directory)
  var folder = "runs"

  @Flag(help: "Print an array of objects.")
  var json = false

  func run() throws {
    let parent = try RunFolder(argument: folder, of: "runs").path
    guard StoredFile.exists(parent) else {
      throw UserError("\(parent): expected a folder with runs, found none", status: .missingInput)
    }
    guard (try? FileManager.default.contentsOfDirectory(atPath: parent)) != nil else {
      throw UserError("\(parent): expected a folder with runs, found something else", status: .missingInput)
    }
    let rows = Self.runs(in: RunFolder(path: parent), depth: Self.depth).compactMap { folder -> RunSummary? in
      do {
        return try RunSummary(folder)
      } catch {
        Console.printError("\(folder.path): \((error as? UserError)?.message ?? "\(error)")")
        return nil
      }
    }
    if json { return Console.printLine(try JSONText.encode(rows)) }
    guard !rows.isEmpty else { return Console.printLine("\(parent) has no runs") }
    RunSummary.printTable(rows)
  }

  /// How deep below the folder runs are looked for: a study has folders of sweeps, and these have folders of runs.
  private static let depth = 3

  /// Returns the runs in a folder, which may be a run itself, by their names.
  private static func runs(in folder: RunFolder, depth: Int) -> [RunFolder] {
    if folder.hasRun { return [folder] }
    guard depth > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
    return names.sorted().flatMap { runs(in: RunFolder(path: "\(folder.path)/\($0)"), depth: depth - 1) }
  }
}
