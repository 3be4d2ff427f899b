import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Sparse recovery, then MAML: direct through the first part, exact through the second.
@Suite struct TriLevelTests {
  private let task = RegressionTask()

  private func settings(steps: Int = 2) -> InnerLoopSettings {
    var settings = InnerLoopSettings(rate: 0.3, l1Strength: 0.5)
    settings.recovery.rate = 0.2
    settings.recovery.steps = steps
    return settings
  }

  /// The recovery alone, by the same step size.
  private var recovery: MetaObjective { .mlsr(InnerLoopSettings(rate: 0.2, l1Strength: 0.5)) }

  @Test func recoversFirstAndAdaptsAllAfterwards() {
    let losses = task.supportLosses(steps: 4)
    let found = MetaObjective.mlsrMAML(settings()).adaptation(task.parameters, losses: losses)
    let middle = recovery.adaptation(task.parameters, losses: Array(losses[..<2]))
    let expected = MetaObjective.maml(settings()).adaptation(middle, losses: Array(losses[2...]))
    // The same operations.
    #expect(scalars(found) == scalars(expected))
    #expect(scalars(middle.selecting(.outputLayer)).contains(0))
    #expect(found.names == task.parameters.names)
  }

  @Test func metaGradientIsMamlsAtTheRecoveredStart() {
    let losses = task.supportLosses(steps: 3)
    let found = MetaObjective.mlsrMAML(settings()).outerLossAndGradient(
      task.parameters, supportLosses: losses, queryLoss: task.queryLoss
    ).gradient
    var middle = task.parameters
    var survives = scalars(middle.selecting(.outputLayer)).map { _ in 1.0 }
    for step in 1...2 {
      middle = recovery.adaptation(task.parameters, losses: Array(losses[..<step]))
      survives = zip(survives, scalars(middle.selecting(.outputLayer))).map { $1 == 0 ? 0 : $0 }
    }
    let maml = MetaObjective.maml(settings()).outerLossAndGradient(
      middle, supportLosses: [losses[2]], queryLoss: task.queryLoss
    ).gradient
    let hidden = ParameterSelection.allBut(["output"])
    // The same sums, perhaps in another order.
    for (x, y) in zip(scalars(found.selecting(hidden)), scalars(maml.selecting(hidden))) { #expect(abs(x - y) < 1e-14) }
    // The start gets what MAML gives the weights that the recovery left.
    let expected = zip(survives, scalars(maml.selecting(.outputLayer))).map(*)
    for (x, y) in zip(scalars(found.selecting(.outputLayer)), expected) { #expect(abs(x - y) < 1e-14) }
    #expect(survives.contains(0) && survives.contains(1))
  }

  @Test func unrolledThroughBothPartsMatchesFiniteDifferences() {
    var settings = settings()
    settings.differentiation = .unrolled
    let algorithm = MetaObjective.mlsrMAML(settings)
    let exact = task.metaGradient(algorithm, steps: 3)
    // The tolerance of MetaGradientTests; no weight is at the threshold's kink.
    #expect(GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: 3)) < 1e-7)
    let direct = task.metaGradient(.mlsrMAML(self.settings()), steps: 3)
    #expect(GradientCheck.relativeError(direct.tensors, exact.tensors.map(\.scalars)) > 0.02)
  }

  @Test(arguments: SparseRecovery.Method.allCases) func loopOnTheHostMakesTheSameSteps(_ method: SparseRecovery.Method)
  {
    let batch = BatchedRegression()
    var settings = settings()
    settings.recovery.method = method
    settings.recovery.decay = method == .subgradient ? 0.9 : 1
    settings.recovery.keptWeights = 2
    let adaptation = MetaObjective.mlsrMAML(settings).adaptation
    let loop = InnerLoopPrograms(adaptation, batch.problem(adaptation)).makeLoop()
    let support = batch.support()
    for _ in 0..<2 {
      loop.restart(from: adaptation.metaParameters(startingFrom: task.parameters), support: support)
      for _ in 0..<5 { loop.step() }
      let expected = adaptation(
        task.parameters, losses: Array(repeating: { batch.losses($0, support).sum() }, count: 5),
        tasks: BatchedRegression.tasks)
      // Products of a batch with a shared operand are one larger product when compiled: roundings.
      for (x, y) in zip(loop.adapted.scalars, scalars(expected)) { #expect(abs(x - y) < 1e-13) }
    }
  }

  @Test func recoveryFromZeroForgetsTheLearnedLayer() {
    var settings = settings(steps: 1)
    settings.recovery.start = .zero
    let algorithm = MetaObjective.mlsrMAML(settings)
    var other = task.parameters
    other["output.weight"] = 3 * other["output.weight"]
    let losses = task.supportLosses(steps: 2)
    #expect(
      scalars(algorithm.adaptation(other, losses: losses))
        == scalars(algorithm.adaptation(task.parameters, losses: losses)))
    #expect(scalars(task.metaGradient(algorithm, steps: 2).selecting(.outputLayer)).allSatisfy { $0 == 0 })
  }
}
