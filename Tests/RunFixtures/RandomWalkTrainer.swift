import Foundation
import NeuralNetworks
package import Parts
import PolicyLearning
import RandomStreams
package import Runs
import Training

/// A trainer whose state is a few numbers that walk at random: what it does depends on the seed, the iteration and its
/// state, like a real one's.
package struct RandomWalkTrainer: MetaTrainer {
  package let seed: UInt64
  package var weights: [Float]
  package var momentum: Float = 0
  package var updates = 0

  package init(_ configuration: RunConfiguration) {
    seed = UInt64(configuration.run.seed)
    var stream = RandomAddress(seed: seed, purpose: .initialization).stream
    weights = (0..<configuration[PolicyModel.self].hiddenSizes[0]).map { _ in Float(stream.normal()) }
  }

  package mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    let before = weights.reduce(0, +)
    for index in weights.indices {
      var stream = RandomAddress(seed: seed, purpose: .test, iteration: iteration, task: index).stream
      momentum = 0.9 * momentum + Float(stream.normal())
      weights[index] += 0.1 * momentum
    }
    updates += 1
    return MetricsRow(
      environmentSteps: 100 + iteration,
      [
        ("loss", Double(momentum)), ("return_before", Double(before)),
        ("return_after", Double(weights.reduce(0, +))), ("return_after_forward", Double(weights[0])),
        ("return_after_backward", -1), ("updates", Double(updates)),
      ])
  }

  package var checkpoint: CheckpointContents {
    CheckpointContents(
      tensors: [
        NamedArray(name: "weights", shape: [weights.count, 1], values: weights),
        NamedArray(name: "momentum", shape: [], values: [momentum]),
      ], metadata: ["updates": String(updates)])
  }

  package var learnedPrefixes: [String] { ["weights"] }

  package mutating func restore(_ checkpoint: CheckpointContents) throws {
    weights = checkpoint.tensors.first { $0.name == "weights" }?.values ?? []
    momentum = checkpoint.tensors.first { $0.name == "momentum" }?.values.first ?? 0
    updates = checkpoint.metadata["updates"].flatMap { Int($0) } ?? -1
  }
}

/// Scores that are known in advance: task i of a group scores `10 step + i`, backward ones 1 more.
package struct KnownEvaluator: AdaptationEvaluator {
  package var stepCount: Int { 1 }

  package func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    ["forward", "backward"].enumerated().flatMap { offset, group in
      (0..<request.tasks).map { task in
        TaskOutcome(group: group, scores: (0...request.steps).map { Double(10 * $0 + task + offset) })
      }
    }
  }
}

/// The family of the walks.
package struct RandomWalk: TaskFamily {
  package let card = Card("random-walk", "walks", source: "these tests")
  package let measure = "return"
  package let evaluationTasks = 20
  package let groups = ["forward", "backward"]
  /// A robot that nobody moves.
  package var model = ""

  package static let settings: [Setting<Self>] = [Setting(file: "model", \.model, "a robot that nobody moves")]
}

/// Learns nothing, with the parts of policies.
package struct RandomWalkLearning: Learning {
  package let name = "walks"

  package func learns(_ family: any TaskFamily) -> Bool { family is RandomWalk }

  package func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot] {
    [
      RunSlot("Sampling", PolicySampling()), RunSlot("Adaptation", algorithm, kind: .algorithm),
      RunSlot("Adaptation", SurrogateSettings(), isUsed: { _ in false }), RunSlot("Policy", PolicyModel()),
      RunSlot("Meta-update", PolicyOuterLoopSettings()), RunSlot("Advantages", AdvantageSettings()),
      RunSlot("Environment", family, kind: .task),
    ]
  }

  /// Makes the trainer of the walk; tests put another one in its place.
  package var trainer: @Sendable (RunConfiguration) throws -> any MetaTrainer

  package init(
    trainer: @escaping @Sendable (RunConfiguration) throws -> any MetaTrainer = { RandomWalkTrainer($0) }
  ) {
    self.trainer = trainer
  }

  package func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer { try trainer(configuration) }

  package func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator { KnownEvaluator() }
}

extension Catalog {
  /// The standard algorithms on a task that takes no time.
  package static let quick = walking(RandomWalkLearning())

  /// The same with another trainer.
  package static func walking(_ learning: RandomWalkLearning) -> Catalog {
    Catalog(
      [.learning(learning), .task(RandomWalk())] + standard.algorithms.map { .part($0, .algorithm) }
        + OuterOptimizers.all.map { .outerOptimizer($0) })
  }
}

extension RunConfiguration {
  /// A small run of the random walk.
  package static func quick(iterations: Int = 6, _ more: [String] = []) throws -> RunConfiguration {
    let arguments =
      ["task=random-walk", "iterations=\(iterations)", "hidden_sizes=[5]", "checkpoint_interval=2"] + more
    return try RunConfiguration(
      settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .quick)
  }
}

/// A folder that lives as long as a test.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "metarl-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func bytes(_ name: String) throws -> [UInt8] { try StoredFile.read("\(path)/\(name)", limit: 1 << 30) }

  package func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

  package func names(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)").sorted()
  }
}

/// What a throwing body says about a fault of the user.
package func userError(_ body: () throws -> Void) -> UserError? {
  do {
    try body()
    return nil
  } catch {
    return error as? UserError
  }
}
