import NeuralNetworks
import Parts
@testable import Runs
import TensorCore
import Testing
@testable import Training

/// An outer step of somebody else's: steepest descent whose step is halved until the losses fall, a few times at most. Those
/// of a policy need not: the value of its surrogate is no function whose derivative the meta-gradient is.
private final class LineSearch: OuterStep {
  private(set) var trials: [Int] = []
  /// What the losses were where the iterations began: the gradient that was given, and the one that was evaluated.
  private(set) var gradients: [(given: Parameters<Float>, evaluated: Parameters<Float>)] = []

  var evaluatesLosses: Bool { true }

  func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) throws -> Parameters<Float>? {
    let start = try losses.lossAndGradient(at: parameters)
    gradients.append((gradient, start.gradient))
    var (trial, moved) = (0, parameters)
    repeat {
      trial += 1
      moved = parameters - Tensor(1 / Float(1 << trial)) * gradient
    } while try losses.loss(at: moved) >= start.loss && trial < 5
    trials.append(trial)
    return moved
  }

  var checkpoint: CheckpointContents {
    CheckpointContents(tensors: [], metadata: ["optimizer.trials": "\(trials.last ?? 0)"])
  }

  func restore(_ checkpoint: CheckpointContents) throws(UserError) {}
}

@Suite struct OuterStepTests {
  private func configuration(_ arguments: [String]) throws -> RunConfiguration {
    try RunConfiguration(settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  /// The losses of the same tasks on the same samples: at the same parameters they have the gradient of the iteration.
  private func expectLosses(_ search: LineSearch, _ trainer: some MetaTrainer) throws {
    var trainer = trainer
    let before = trainer.checkpoint.tensors
    for iteration in 1...2 { _ = try trainer.iterate(iteration) }
    #expect(search.gradients.count == 2 && search.trials.count == 2)
    for (given, evaluated) in search.gradients {
      #expect(given.tensors.map(\.scalars) == evaluated.tensors.map(\.scalars))
      #expect(given.tensors.contains { $0.scalars.contains { $0 != 0 } })
    }
    #expect(trainer.checkpoint.tensors != before)
    #expect(trainer.checkpoint.metadata["optimizer.trials"] == search.trials.last.map(String.init))
  }

  @Test(arguments: ["maml", "imaml", "mt-net"])
  func supervisedRunsTakeAStepThatEvaluatesLosses(algorithm: String) throws {
    let search = LineSearch()
    let settings = ["task=sinusoid", "hidden_sizes=[5]", "initializer=he", "algorithm=\(algorithm)"]
    try expectLosses(search, SupervisedTrainer(configuration(settings)) { _ in search })
  }

  @Test(arguments: ["maml", "mt-net"]) func policyRunsTakeAStepThatEvaluatesLosses(algorithm: String) throws {
    let search = LineSearch()
    let settings = [
      "task=cheetah-dir", "meta_batch_size=4", "episodes=2", "horizon=5", "hidden_sizes=[4]", "workers=2",
      "algorithm=\(algorithm)",
    ]
    try expectLosses(search, PolicyTrainer(configuration(settings)) { _ in search })
  }

  /// A chain of the outside: momentum, which no setting names.
  @Test func anyChainMovesTheParameters() throws {
    let start = Parameters<Float>([("w", Tensor([1, 2]))])
    let step = CompiledUpdate(Chain(ClippedGlobalNorm(1), Momentum(decay: 0.5), Scaled(by: 0.5)), of: start)
    let gradient = Parameters<Float>([("w", Tensor([2, 0]))])
    let first = try #require(step.step(start, against: gradient, losses: .none))
    let stored = step.checkpoint
    #expect(stored.tensors.map(\.name) == ["optimizer.velocity.w"])
    let second = try #require(step.step(first, against: gradient, losses: .none))
    // Steps of 1/2 and of 3/4 along the clipped gradient (1, 0).
    #expect(first["w"].scalars == [0.5, 2] && second["w"].scalars == [-0.25, 2])
    let restored = CompiledUpdate(Chain(ClippedGlobalNorm(1), Momentum(decay: 0.5), Scaled(by: 0.5)), of: start)
    try restored.restore(stored)
    #expect(restored.step(first, against: gradient, losses: .none)?["w"].scalars == second["w"].scalars)
    let infinite = Parameters<Float>([("w", Tensor([.infinity, 0]))])
    #expect(step.step(second, against: infinite, losses: .none) == nil)
    #expect(step.checkpoint.metadata["optimizer.step"] == "2")
  }
}
