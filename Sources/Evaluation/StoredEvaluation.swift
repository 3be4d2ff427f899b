import Foundation
import Parts
import Runs

/// The values of a run's `evaluation.json` that decide whether another evaluation replaces it.
struct StoredEvaluation: Decodable {
  let seeds: [Int]
  let tasks: Int
  /// The seed of the tasks; nil in a file of an earlier version.
  let evaluationSeed: Int?
  let iterations: [Int]
  /// The hashes of the parameters; nil in a file of an earlier version.
  let parameterHashes: [String]?
  let shots: Int?
  let split: EvaluationRequest.Split?
  let episodes: EvaluationRequest.EpisodeCounts?
  /// Every entry that is a text, including the conditions.
  let texts: [String: String]
  let steps: [EvaluationReport.Step]
  let references: [EvaluationReport.Reference]?

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: EvaluationEntry.self)
    seeds = try container.decode([Int].self, forKey: .seeds)
    tasks = try container.decode(Int.self, forKey: .tasks)
    iterations = try container.decode([Int].self, forKey: .iterations)
    parameterHashes = try container.decodeIfPresent([String].self, forKey: .parameterHashes)
    evaluationSeed = try container.decodeIfPresent(Int.self, forKey: .evaluationSeed)
    shots = try container.decodeIfPresent(Int.self, forKey: .shots)
    split = try container.decodeIfPresent(EvaluationRequest.Split.self, forKey: .split)
    let counts = try [EvaluationEntry.adaptationEpisodes, .scoredEpisodes].map {
      try container.decodeIfPresent(Int.self, forKey: $0)
    }
    episodes = counts[0].flatMap { first in
      counts[1].map { EvaluationRequest.EpisodeCounts(adaptation: first, scored: $0) }
    }
    steps = try container.decode([EvaluationReport.Step].self, forKey: .steps)
    references = try container.decodeIfPresent([EvaluationReport.Reference].self, forKey: .references)
    let others = try decoder.container(keyedBy: DeclaredName.self)
    texts = others.allKeys.reduce(into: [:]) { $0[$1.stringValue] = try? others.decode(String.self, forKey: $1) }
  }

  /// The largest size in bytes of a file that is read: no evaluation writes a larger one.
  private static let largestSize = 100_000_000

  /// Reads a file; nil where there is no file, or it holds no evaluation.
  init?(path: String) {
    guard StoredFile.exists(path), let bytes = try? StoredFile.read(path, limit: Self.largestSize),
      let stored = try? JSONDecoder().decode(Self.self, from: Data(bytes))
    else { return nil }
    self = stored
  }

  /// Whether the evaluation is of the run's own conditions.
  func isStandard(for run: RunConfiguration, shotsKey: String?) -> Bool {
    conditions(for: run, shotsKey: shotsKey).isStandard
  }

  private func conditions(for run: RunConfiguration, shotsKey: String?) -> EvaluationConditions {
    EvaluationConditions(split: split, values: texts, shots: shots, episodes: episodes, of: run, shotsKey: shotsKey)
  }

  /// Returns why this evaluation is kept instead of `report`, another one of the same run; nil where it is replaced.
  ///
  /// The file prefers the run's own conditions first, the newest checkpoint second, and the most thorough evaluation third:
  /// one with fewer tasks, fewer steps or without the existing references does not replace it.
  /// - Parameter shotsKey: the run's key that holds the number of examples to which a task adapts, where there is one.
  func reasonToStay(before report: EvaluationReport, of run: RunConfiguration, shotsKey: String?) -> String? {
    let own = conditions(for: run, shotsKey: shotsKey)
    let other = EvaluationConditions(
      split: report.split, values: report.conditions, shots: report.shots, episodes: report.episodes, of: run,
      shotsKey: shotsKey)
    guard own == other else {
      return other.isStandard ? nil : "is of \(own), and not of \(other)"
    }
    if let (stored, found) = zip(iterations, report.iterations).first(where: { $0 > $1 }) {
      return "is newer than this one, which is of iteration \(found), and not of \(stored)"
    }
    if tasks > report.tasks { return "has \(tasks.counted("task")), and not \(report.tasks)" }
    // An older one has to make room, whatever else it has.
    if iterations != report.iterations { return nil }
    if steps.count > report.steps.count {
      return "has \((steps.count - 1).counted("step")), and not \(report.steps.count - 1)"
    }
    return references != nil && report.references == nil ? "has references" : nil
  }
}

/// The conditions of an evaluation that differ from the run's own.
struct EvaluationConditions: Equatable, CustomStringConvertible {
  private let split: EvaluationRequest.Split?
  /// The options that select conditions which the run declares.
  private let options: [String]
  private let shots: Int?
  /// The numbers of episodes that a policy adapts to and is scored by, where they are not the run's.
  private let episodes: EvaluationRequest.EpisodeCounts?

  /// Creates the conditions of an evaluation.
  /// - Parameters:
  ///   - split: the division of tasks; nil for the tasks for testing.
  ///   - values: the changed values of conditions, by their keys; other keys are ignored.
  ///   - shots: the number of examples to which a task adapts; nil where there is none.
  ///   - episodes: the numbers of episodes; nil for the run's.
  ///   - shotsKey: the run's key that holds the number of examples.
  init(
    split: EvaluationRequest.Split?, values: [String: String], shots: Int?,
    episodes: EvaluationRequest.EpisodeCounts?, of run: RunConfiguration, shotsKey: String?
  ) {
    self.episodes = episodes
    self.split = split == .test ? nil : split
    options = run.entries.map(\.key).filter(\.isCondition).compactMap { key in
      guard let value = values[key.name], value != run[key.name]?.description else { return nil }
      return "\(key.name)=\(value)"
    }
    self.shots = shots.map(String.init) == shotsKey.flatMap { run[$0]?.description } ? nil : shots
  }

  /// Whether the conditions are the run's own, on tasks for testing.
  var isStandard: Bool { split == nil && options.isEmpty && shots == nil && episodes == nil }

  /// The conditions in words.
  var description: String {
    let options =
      [split.map { "split \($0.rawValue)" }].compactMap { $0 } + options
      + [shots.map { $0.counted("shot") }].compactMap { $0 }
      + [episodes.map { "\($0.adaptation.counted("episode")) to adapt to and \($0.scored) to score" }].compactMap { $0 }
    return isStandard ? "the run's own conditions" : options.joined(separator: ", ")
  }
}

extension RunFolder {
  /// Writes `evaluation.json`, unless the existing file takes precedence.
  /// - Parameters:
  ///   - run: the configuration that the run was trained with.
  ///   - shotsKey: the run's key that holds the number of examples to which a task adapts, where there is one.
  ///   - warn: receives a line where the existing file is kept.
  /// - Throws: `UserError` where the file cannot be written.
  func store(
    _ report: EvaluationReport, of run: RunConfiguration, shotsKey: String?, warn: (String) -> Void
  ) throws(UserError) {
    // An evaluation that is not of this run has to make room.
    if let stored = StoredEvaluation(of: self, run, warn: { _ in }),
      let reason = stored.reasonToStay(before: report, of: run, shotsKey: shotsKey)
    {
      // A run that comes with the program keeps its own evaluation, of which nobody has asked.
      guard pretrainedName == nil else { return }
      let iteration = stored.iterations.first.map { " of iteration \($0)" } ?? ""
      warn(
        "\(evaluationPath)\(iteration) \(reason), and stays as it is")
      return
    }
    try StoredFile.write(JSONText.encode(report) + "\n", to: evaluationPath)
  }
}
