import ArgumentParser
import Foundation
import Parts
import Runs

/// The command `metarl list`, which lists what can be trained and what can be set.
struct List: ParsableCommand {
  private static let keys = "keys"
  private static let presets = "presets"
  /// What is listed beside the parts.
  static let otherKinds = [presets, keys]
  private static let nameWidth = 23

  /// A row of `--json`, whose names programs read.
  private struct Row: Encodable {
    var kind: String
    var name: String
    var summary: String
    var source: String

    init(_ kind: PartKind, _ card: Card) {
      (self.kind, name, summary, source) = (kind.name, card.name, card.summary, card.source)
    }

    init(_ preset: Preset) {
      (kind, name, summary, source) = ("preset", preset.name, preset.summary, preset.source)
    }
  }

  /// A row of `keys --json`, whose names programs read.
  private struct KeyRow: Encodable {
    var name: String
    var `default`: String
    var expects: String
    var comment: String
    var part: String
    var unit: String?

    init(_ key: ListedKey) {
      (name, `default`) = (key.key.name, key.value.description)
      (expects, comment, part, unit) = (key.expectation, key.key.comment, key.part, key.key.unit)
    }
  }

  static let configuration = CommandConfiguration(
    abstract: "List what runs are made of: tasks, algorithms, models and optimizers; or the keys of a run.",
    discussion:
      "`\(ProgramName.current) list keys --task sinusoid --algorithm mlsr` lists what such a run can be set to.")

  @Argument(
    help: "tasks, algorithms, models, optimizers, presets or keys; all but keys where none is given.",
    completion: Completions.lists)
  var kind: String?

  @Option(help: ArgumentHelp("Task family whose keys to list.", valueName: "name"), completion: Completions.tasks)
  var task: String?

  @Option(
    help: ArgumentHelp("Algorithm whose keys to list; the default one if not given.", valueName: "name"),
    completion: Completions.algorithms)
  var algorithm: String?

  @Flag(help: "Print an array of objects.")
  var json = false

  func run() throws {
    if kind == Self.keys { return try printKeys() }
    let kinds = MetaRL.catalog.listedKinds
    if let kind, kind != Self.presets, !kinds.contains(where: { $0.plural == kind }) {
      throw UserError.unknownName("list", kind, known: kinds.map(\.plural) + Self.otherKinds)
    }
    for (option, value) in [("--task", task), ("--algorithm", algorithm)] where value != nil {
      throw UserError(
        "\(option): expected it with keys, found it without; see \(ProgramName.current) list --help", status: .usage)
    }
    let sections = kinds.filter { kind == nil || kind == $0.plural }
      .map { (kind: $0, cards: MetaRL.catalog.parts(of: $0).map(\.card)) }
    if json {
      let rows = sections.flatMap { kind, cards in cards.map { Row(kind, $0) } } + presets.map { Row($0) }
      return Console.printLine(try JSONText.encode(rows))
    }
    for (kind, cards) in sections {
      Console.printLine("\(kind.plural):")
      for card in cards {
        Console.printLine("  \(padded(card.name))\(card.summary)")
        Console.printLine("  \(padded(""))\(card.source)")
      }
    }
    guard !presets.isEmpty else { return }
    Console.printLine("\(Self.presets):")
    for preset in presets {
      Console.printLine("  \(padded(preset.name))\(preset.summary); \(preset.algorithms.joined(separator: ", "))")
      Console.printLine("  \(padded(""))\(preset.source)")
    }
  }

  /// The presets, where they are listed.
  private var presets: [Preset] { kind == nil || kind == Self.presets ? MetaRL.catalog.presets : [] }

  private func printKeys() throws {
    guard let task else {
      throw UserError(
        "list keys: expected --task with the family of tasks whose keys to list, found none", status: .usage)
    }
    let keys = try MetaRL.catalog.keys(task: task, algorithm: algorithm)
    if json { return Console.printLine(try JSONText.encode(keys.map(KeyRow.init))) }
    for key in keys {
      Console.printLine("\(padded(key.key.name))\(key.value.description)")
      Console.printLine("\(padded(""))\(key.key.comment)")
      Console.printLine("\(padded(""))\(key.expectation)\(key.key.unit.map { ", in \($0)" } ?? ""); of \(key.part)")
    }
  }

  private func padded(_ text: String) -> String {
    text.padding(toLength: max(Self.nameWidth, text.count + 1), withPad: " ", startingAt: 0)
  }
}
