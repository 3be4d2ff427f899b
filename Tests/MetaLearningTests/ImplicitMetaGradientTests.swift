import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The implicit meta-gradient of a tanh network against finite differences, first order and single tasks.
@Suite struct ImplicitMetaGradientTests {
  private let batch = BatchedRegression()

  private func settings(cgSteps: Int) -> InnerLoopSettings {
    var settings = InnerLoopSettings(rate: 0.25)
    settings.regularization = 2
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps)
    return settings
  }

  /// Lambda is 2 and the Hessian has no eigenvalue below -1: a step at 0.25 takes a quarter of the distance at least, and 80
  /// of them leave 1e-10. The differences are good to 1e-9, so that 1e-7 finds any wrong term.
  private func expectFiniteDifferences(_ algorithm: MetaObjective) {
    let exact = batch.differentiate(algorithm, steps: 80).gradient
    let numeric = batch.finiteDifferences(algorithm.adaptation, steps: 80)
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < 1e-7)
  }

  @Test func matchesFiniteDifferencesOfTheInnerMinimum() {
    expectFiniteDifferences(.iMAML(settings(cgSteps: 60)))
  }

  @Test func learnedRegularizationMatchesFiniteDifferences() {
    var settings = settings(cgSteps: 60)
    settings.learnsRegularization = true
    let algorithm = MetaObjective.iMAML(settings)
    expectFiniteDifferences(algorithm)
    let found = batch.differentiate(algorithm, steps: 80).gradient.rules[0]["log_regularization"]
    #expect(abs(found.scalar) > 1e-3)
  }

  @Test func layersThatAreNotAdaptedGetTheirShareThroughTheMinimum() {
    var algorithm = MetaObjective.iMAML(settings(cgSteps: 60))
    algorithm.adaptation.last.adapted = .outputLayer
    expectFiniteDifferences(algorithm)
  }

  @Test func unrolledGradientOfManyStepsIsTheImplicitOne() {
    var unrolled = MetaObjective.iMAML(settings(cgSteps: 0))
    let implicit = batch.differentiate(.iMAML(settings(cgSteps: 60)), steps: 80).gradient
    (unrolled.metaGradient, unrolled.adaptation.last.gradients) = (.differentiated, .unrolled)
    let (support, query) = (batch.support(), batch.query())
    let exact = unrolled.outerLossAndGradient(
      batch.task.parameters, supportLosses: Array(repeating: { batch.losses($0, support).sum() }, count: 30),
      queryLoss: { batch.losses($0, query).sum() }, tasks: BatchedRegression.tasks
    ).gradient
    // 30 steps leave 0.75^30 = 2e-4 of the way.
    #expect(GradientCheck.relativeError(exact.tensors, implicit.tensors.map(\.scalars)) < 1e-2)
  }

  @Test(arguments: [1, 5]) func withoutSolverStepsItIsFirstOrder(_ steps: Int) {
    let implicit = batch.differentiate(.iMAML(settings(cgSteps: 0)), steps: steps)
    var first = MetaObjective.iMAML(settings(cgSteps: 0))
    first.metaGradient = .differentiated
    let (support, query) = (batch.support(), batch.query())
    let expected = first.outerLossAndGradient(
      batch.task.parameters, supportLosses: Array(repeating: { batch.losses($0, support).sum() }, count: steps),
      queryLoss: { batch.losses($0, query).sum() }, tasks: BatchedRegression.tasks)
    // The same sums, in another order.
    #expect(abs(implicit.loss - expected.loss.scalar) < 1e-13)
    for (x, y) in zip(scalars(implicit.gradient), scalars(expected.gradient)) { #expect(abs(x - y) < 1e-13) }
    // And solver steps change it.
    let solved = batch.differentiate(.iMAML(settings(cgSteps: 5)), steps: steps).gradient
    #expect(GradientCheck.relativeError(solved.tensors, expected.gradient.tensors.map(\.scalars)) > 0.05)
  }

  /// With a tolerance tasks take different numbers of solver steps, and with a line search different lengths: neither
  /// may depend on the neighbours.
  @Test(arguments: ["imaml", "imaml-hf"]) func batchIsTheSumOfItsTasks(_ name: String) throws {
    var settings = settings(cgSteps: 20)
    settings.implicitSolver.relativeTolerance = 0.03
    let algorithm = settings.objective(name)
    let together = batch.differentiate(algorithm, steps: 3)
    let alone = (0..<BatchedRegression.tasks).map { batch.differentiate(algorithm, steps: 3, only: $0) }
    // Products of other shapes add up in another order.
    #expect(abs(together.loss - alone.map(\.loss).reduce(0, +)) < 1e-12)
    let sum = alone.dropFirst().reduce(alone[0].gradient) { $0.combined(with: $1.gradient, +) }
    for (x, y) in zip(scalars(together.gradient), scalars(sum)) { #expect(abs(x - y) < 1e-11) }
  }

  @Test func nothingOfABatchIsLeftForTheNext() {
    let settings = settings(cgSteps: 5)
    let adaptation = MetaObjective.hessianFreeIMAML(settings).adaptation
    let problem = batch.problem(adaptation)
    let used = ImplicitMetaGradientPrograms(adaptation, settings.implicitSolver, problem).makeMetaGradient()
    let (support, query) = (batch.support(), batch.query())
    let first = used.differentiate(problem.layout, support: support, query: query, steps: 2)
    _ = used.differentiate(problem.layout, support: query, query: support, steps: 5)
    let again = used.differentiate(problem.layout, support: support, query: query, steps: 2)
    #expect(scalars(again.gradient) == scalars(first.gradient) && again.lossAfter == first.lossAfter)
  }

  @Test func memoryIsLessThanThatOfSixteenUnrolledSteps() {
    let adaptation = MetaObjective.iMAML(settings(cgSteps: 5)).adaptation
    let implicit = ImplicitMetaGradientPrograms(
      adaptation, ConjugateGradient(maximumSteps: 5), batch.problem(adaptation)
    ).workspaceBytes
    func unrolled(_ steps: Int) -> Int {
      let (layout, support, query) = (batch.task.parameters, batch.support(), batch.query())
      return Program(for: layout) { parameters in
        MetaObjective.maml(settings(cgSteps: 0)).outerLossAndGradient(
          parameters,
          supportLosses: Array(repeating: { batch.losses($0, support).sum() }, count: steps),
          queryLoss: { batch.losses($0, query).sum() }, tasks: BatchedRegression.tasks
        ).gradient
      }.workspaceBytes
    }
    #expect(unrolled(16) > 2 * unrolled(4))
    #expect(implicit < unrolled(16))
  }

  @Test func ruleWithoutAMinimumStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let batch = BatchedRegression()
      let adaptation = Adaptation([Phase(adapted: .all, rule: GradientStep(rate: 1))])
      _ = ImplicitMetaGradientPrograms(
        adaptation, ConjugateGradient(maximumSteps: 1), batch.problem(adaptation))
    }
  }
}
