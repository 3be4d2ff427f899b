import ArchitectureSearch
import Foundation

/// The tables that `metarl search` prints.
struct SearchTable {
  private let record: SearchRecord

  init(_ record: SearchRecord) { self.record = record }

  func print() {
    printCandidates()
    for correlation in record.correlations {
      guard let coefficient = correlation.coefficient else { continue }
      Console.printLine(
        "rank correlation of predicted and found accuracies over \(correlation.count) cells (\(correlation.cells)): "
          + String(format: "%.2f", coefficient))
    }
    printRandom()
    printFinals()
  }

  private static func percent(_ value: Double?) -> String { value.map { String(format: "%.1f%%", 100 * $0) } ?? "-" }

  /// Prints a row for each cell, the best first.
  private func printCandidates() {
    let width = max(4, record.candidates.map(\.name.count).max() ?? 0)
    func padded(_ text: String) -> String { text + String(repeating: " ", count: width - text.count) }
    Console.printLine(
      padded("run") + ["blocks", "parameters", "predicted", "validation"].map { Console.cell($0) }.joined() + "  cell")
    for index in record.ranking {
      let candidate = record.candidates[index]
      let cells = [
        String(candidate.blocks), candidate.parameters.map(ReadableNumber.grouped) ?? "-",
        Self.percent(candidate.predicted), candidate.hasDiverged ? "diverged" : Self.percent(candidate.accuracy),
      ]
      Console.printLine(padded(candidate.name) + cells.map { Console.cell($0) }.joined() + "  \(candidate.cell)")
    }
  }

  /// Prints the mean and the best of the random cells.
  private func printRandom() {
    let random = record.candidates.filter { $0.origin == .random }
    func summary(_ values: [Double]) -> String {
      "mean \(Self.percent(values.reduce(0, +) / Double(values.count))), best \(Self.percent(values.max()))"
    }
    let (validation, test) = (random.compactMap(\.accuracy), random.compactMap(\.testAccuracy))
    guard !validation.isEmpty else { return }
    Console.printLine(
      "\(validation.count) random cells: validation \(summary(validation))"
        + (test.isEmpty ? "" : "; test \(summary(test))"))
  }

  /// Prints the test accuracies of the comparison, for each network the mean over seeds and each seed's own.
  private func printFinals() {
    var labels: [String] = []
    for run in record.finals where !labels.contains(run.label) { labels.append(run.label) }
    for label in labels {
      let runs = record.finals.filter { $0.label == label }
      let accuracies = runs.compactMap(\.accuracy)
      let mean = accuracies.isEmpty ? nil : accuracies.reduce(0, +) / Double(accuracies.count)
      let own = runs.map { "seed \($0.seed) \($0.accuracy == nil ? "diverged" : Self.percent($0.accuracy))" }
      Console.printLine(
        "test, \(label), \(ReadableNumber.grouped(runs[0].parameters)) parameters: \(Self.percent(mean)) "
          + "(\(own.joined(separator: ", ")))")
    }
  }
}
