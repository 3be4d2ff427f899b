import Foundation
import Parts
import Runs

/// What of the evaluation that a run's `evaluation.json` holds decides whether another one takes its place.
struct StoredEvaluation: Decodable {
  private struct Entry: Decodable {}

  let tasks: Int
  let iterations: [Int]
  let shots: Int?
  let split: EvaluationRequest.Split?
  let physics: String?
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

  /// Why this evaluation stays where `report` is another one of the same run; nil where it does not.
  ///
  /// The file is for the run's own conditions first, for the newest checkpoint second, and for the most careful look third: one
  /// at fewer tasks, after fewer steps or without the references that are there does not take its place.
  func reasonToStay(before report: EvaluationReport, of run: RunConfiguration) -> String? {
    let (own, other) = (
      EvaluationConditions(split: split, physics: physics, shots: shots, of: run),
      EvaluationConditions(split: report.split, physics: report.physics, shots: report.shots, of: run)
    )
    guard own == other else {
      return other.isStandard ? nil : "is of \(own), and not of \(other)"
    }
    if let (stored, found) = zip(iterations, report.iterations).first(where: { $0 != $1 }) {
      return stored < found ? nil : "is newer than this one, which is of iteration \(found)"
    }
    if tasks > report.tasks { return "has \(tasks) tasks, and not \(report.tasks)" }
    if steps.count > report.steps.count {
      return "has \(steps.count - 1) steps, and not \(report.steps.count - 1)"
    }
    return references != nil && report.references == nil ? "has references" : nil
  }
}

/// Under what conditions tasks are met, where they are not the run's own.
struct EvaluationConditions: Equatable, CustomStringConvertible {
  private let split: EvaluationRequest.Split?
  private let physics: String?
  private let shots: Int?

  /// - Parameters:
  ///   - split: nil for that of testing.
  ///   - physics: nil for the run's own engine.
  ///   - shots: nil where there are none.
  init(split: EvaluationRequest.Split?, physics: String?, shots: Int?, of run: RunConfiguration) {
    self.split = split == .test ? nil : split
    self.physics = physics == run["physics"]?.description ? nil : physics
    self.shots = shots.map(String.init) == run["shots"]?.description ? nil : shots
  }

  /// Whether they are the run's own, on tasks for testing.
  var isStandard: Bool { split == nil && physics == nil && shots == nil }

  /// As the options that ask for them.
  var description: String {
    let options = [
      split.map { "--split \($0.rawValue)" }, physics.map { "--physics \($0)" }, shots.map { "--shots \($0)" },
    ].compactMap { $0 }
    return isStandard ? "the run's own conditions" : options.joined(separator: " ")
  }
}

extension RunFolder {
  /// Writes `evaluation.json`, unless the one that is there has a reason to stay.
  /// - Parameters:
  ///   - run: the configuration that the run was trained with.
  ///   - warn: is told where it stays.
  /// - Throws: `UserError` where it cannot be written.
  func store(_ report: EvaluationReport, of run: RunConfiguration, warn: (String) -> Void) throws(UserError) {
    if let stored = StoredEvaluation(path: evaluationPath),
      let reason = stored.reasonToStay(before: report, of: run)
    {
      let iteration = stored.iterations.first.map { " of iteration \($0)" } ?? ""
      warn(
        "\(evaluationPath)\(iteration) \(reason), and stays as it is; --output FILE keeps this one, and without that file it "
          + "takes its place")
      return
    }
    try StoredFile.write(JSONText.encode(report) + "\n", to: evaluationPath)
  }
}
