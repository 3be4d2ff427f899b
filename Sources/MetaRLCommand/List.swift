import ArgumentParser
import Experiments
import Foundation

/// `metarl list`: what can be trained.
struct List: ParsableCommand {
  enum Kind: String, ExpressibleByArgument, CaseIterable { case tasks, algorithms }

  private static let nameWidth = 23

  /// A row of `--json`; programs read these names.
  private struct Row: Encodable {
    var name: String
    var summary: String
    var source: String
  }

  static let configuration = CommandConfiguration(abstract: "List the tasks and the algorithms.")

  @Argument(help: "tasks or algorithms; both where neither is given.")
  var kind: Kind?

  @Flag(help: "Print an array of objects with name, summary and source.")
  var json = false

  func run() throws {
    let catalog = Catalog.standard
    let tasks = catalog.tasks.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
    let algorithms = catalog.algorithms.map { Row(name: $0.name, summary: $0.summary, source: $0.source) }
    let sections = [(Kind.tasks, tasks), (Kind.algorithms, algorithms)].filter { kind == nil || kind == $0.0 }
    if json {
      Console.printLine(try JSONText.encode(sections.flatMap(\.1)))
      return
    }
    for (kind, rows) in sections {
      Console.printLine("\(kind.rawValue):")
      for row in rows {
        Console.printLine("  \(row.name.padding(toLength: Self.nameWidth, withPad: " ", startingAt: 0))\(row.summary)")
        Console.printLine("  \(String(repeating: " ", count: Self.nameWidth))\(row.source)")
      }
    }
  }
}
