import ArgumentParser
import Foundation
import Parts
import Runs

/// The command `metarl runs`, which lists the folders of runs.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List the runs in a folder: how far they are, what they return, how large they are.")

  @Argument(help: ArgumentHelp("Folder that has the folders of runs.", valueName: "dir"), completion: .directory)
  var folder = "runs"

  @Flag(help: "Print an array of objects.")
  var json = false

  func run() throws {
    let parent = try RunFolder(argument: folder, of: "runs").path
    guard StoredFile.exists(parent) else {
      throw UserError("\(parent): expected a folder with runs, found none", status: .missingInput)
    }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: parent).sorted() else {
      throw UserError("\(parent): expected a folder with runs, found something else", status: .missingInput)
    }
    let folders = names.map { RunFolder(path: "\(parent)/\($0)") }.filter { StoredFile.exists($0.configurationPath) }
    let rows = folders.compactMap { folder -> RunSummary? in
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
}
