import ArgumentParser
import Environments
import Parts
import Runs

/// The command `metarl task`, which prints the card of an environment family: what each convention decides.
struct TaskCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "task", abstract: "Show what the conventions of a task family decide, and where two of them differ.",
    discussion: """
      A convention is the definition of the environment and its tasks by one source. Without --against every convention is \
      printed; with it, the convention of the family's defaults beside another one, and what differs is marked.
      """)

  /// The object of `--json`, whose names programs read.
  private struct Object: Encodable {
    var name: String
    var conventions: [String: [String: String]]
  }

  @Argument(
    help: ArgumentHelp("Task family, of those with environments.", valueName: "name"), completion: Completions.tasks)
  var name: String

  @Option(help: ArgumentHelp("Convention to lay beside that of the defaults.", valueName: "convention"))
  var against: String?

  @Flag(help: "Print an object.")
  var json = false

  func run() throws {
    let families = MetaRL.catalog.parts(of: .task).compactMap { $0 as? any EnvironmentFamily }
    guard let family = families.first(where: { $0.card.name == name }) else {
      throw UserError.unknownName("task", name, known: families.map(\.card.name), prefix: "task: ")
    }
    var conventions = try family.documentedConventions()
    if let against {
      guard let other = conventions.first(where: { $0.name == against }) else {
        throw UserError.unknownName("convention", against, known: conventions.map(\.name), prefix: "--against: ")
      }
      conventions = [conventions[0], other]
    }
    if json { return try printObject(of: conventions) }
    Console.printLine("\(family.card.name): \(family.card.summary)")
    if against == nil { conventions.forEach(printConvention) } else { printDifferences(conventions[0], conventions[1]) }
  }

  private func printObject(of conventions: [TaskConvention]) throws {
    let texts = conventions.map { convention in
      (convention.name, Dictionary(uniqueKeysWithValues: convention.entries.map { ($0.key, $0.text) }))
    }
    let object = Object(name: name, conventions: Dictionary(texts) { first, _ in first })
    Console.printLine(try JSONText.encode(object))
  }

  private func printConvention(_ convention: TaskConvention) {
    Console.printLine("\(convention.name):")
    for entry in convention.entries { Console.printLine("  \(padded(entry.key))\(entry.text)") }
  }

  private func printDifferences(_ first: TaskConvention, _ second: TaskConvention) {
    let others = Dictionary(second.entries.map { ($0.key, $0.text) }) { first, _ in first }
    for entry in first.entries {
      let other = others[entry.key] ?? "-"
      guard other != entry.text else {
        Console.printLine("  \(padded(entry.key))\(entry.text)")
        continue
      }
      Console.printLine("* \(padded(entry.key))\(first.name): \(entry.text)")
      Console.printLine("  \(padded(""))\(second.name): \(other)")
    }
  }

  private func padded(_ text: String) -> String {
    let width = 16
    return text + String(repeating: " ", count: max(1, width - text.count))
  }
}

extension TaskConvention {
  /// The source and the consequences.
  fileprivate var entries: [Consequence] { [Consequence("source", source)] + consequences }
}
