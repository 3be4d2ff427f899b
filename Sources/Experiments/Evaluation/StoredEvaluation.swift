import Foundation

/// How careful the evaluation is that a run's `evaluation.json` holds.
struct StoredEvaluation: Decodable {
  private struct Entry: Decodable {}

  let tasks: Int
  let iterations: [Int]
  private let steps: [Entry]
  private let references: [Entry]?

  /// A larger file is none of ours.
  private static let largestSize = 100_000_000

  /// Reads a file; nil where there is none, or one that holds no evaluation.
  init?(path: String) {
    guard StoredFile.exists(path), let bytes = try? StoredFile.read(path, limit: Self.largestSize),
      let stored = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    else { return nil }
    self = stored
  }

  /// Why a report is a quick look beside this one: on fewer tasks, after fewer inner steps, or without the references that
  /// this one has; nil where it is as careful.
  func advantage(over report: EvaluationReport) -> String? {
    if tasks > report.tasks { return "\(tasks) tasks, and not \(report.tasks)" }
    if steps.count > report.steps.count { return "\(steps.count - 1) steps, and not \(report.steps.count - 1)" }
    return references != nil && report.references == nil ? "references" : nil
  }
}

extension RunFolder {
  /// Writes `evaluation.json`, unless the one that is there is more careful.
  /// - Parameter warn: is told where it stays.
  /// - Throws: `UserError` where it cannot be written.
  func store(_ report: EvaluationReport, warn: (String) -> Void) throws(UserError) {
    if let stored = StoredEvaluation(path: evaluationPath), let advantage = stored.advantage(over: report) {
      let iteration = stored.iterations.first.map { " of iteration \($0)" } ?? ""
      warn(
        "\(evaluationPath)\(iteration) has \(advantage), and stays as it is; --output FILE keeps this one, and without "
          + "that file it takes its place")
      return
    }
    try StoredFile.write(JSONText.encode(report) + "\n", to: evaluationPath)
  }
}
