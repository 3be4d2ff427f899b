import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Meta-gradients of a tanh network against finite differences of the whole inner loop.
///
/// The differences are good to about 1e-10 (see `GradientCheck`) and the meta-gradient has a norm of order 0.1 to 1, so
/// that a relative error of 1e-7 is sure; the project promises 1e-6. The second-order terms, which a wrong
/// implementation would miss, are far larger: a test of its own says so.
@Suite struct MetaGradientTests {
  private let task = RegressionTask()
  private let settings = InnerLoopSettings(rate: 0.3, l1Strength: 0.05)
  private let tolerance = 1e-7

  @Test(arguments: [1, 2, 3]) func mamlMatchesFiniteDifferences(_ steps: Int) {
    let exact = task.metaGradient(.maml(settings), steps: steps)
    let numeric = task.finiteDifferences(.maml(settings), steps: steps)
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < tolerance)
  }

  @Test func compiledMetaGradientEqualsTheEagerOne() {
    let (algorithm, task) = (MetaObjective.maml(settings), task)
    let compiled = TracedFunction { (parameters: Parameters<Double>) in
      task.metaGradient(algorithm, steps: 2, at: parameters)
    }
    // The same kernels over the same elements: no tolerance.
    #expect(scalars(compiled(task.parameters)) == scalars(task.metaGradient(algorithm, steps: 2)))
  }

  @Test func outerLossIsTheQueryLossAfterTheSteps() {
    let algorithm = MetaObjective.maml(settings)
    var parameters = task.parameters
    for step in 0..<2 {
      parameters = parameters - 0.3 * gradient(at: parameters, of: task.supportLoss(step))
    }
    let result = algorithm.outerLossAndGradient(
      task.parameters, supportLosses: task.supportLosses(steps: 2), queryLoss: task.queryLoss)
    // The same arithmetic on the same values.
    #expect(result.loss.scalar == task.queryLoss(parameters).scalar)
    #expect(result.gradient.names == task.parameters.names)
    #expect(result.gradient.shapes == task.parameters.shapes)
  }

  @Test func noStepsLeaveTheGradientOfTheQueryLoss() {
    // Those whose outer gradient is one of the query loss in one line; ReferenceLineTests, ReptileTests and
    // ImplicitMetaGradientTests have the others.
    for made in settings.algorithms where made.metaGradient == .differentiated {
      let algorithm = made.objective
      let task = RegressionTask(layerForm: made.layerForm)
      let start = algorithm.adaptation.metaParameters(startingFrom: task.parameters)
      let plain = gradient(at: task.parameters, of: task.queryLoss)
      let found = task.metaGradient(
        algorithm, steps: 0, at: start, noise: testNoise(algorithm, for: start.model, seed: 1))
      // Without a step there is nothing between the two: the same operations.
      #expect(scalars(found.model) == scalars(plain))
    }
  }

  @Test(arguments: [1, 2]) func firstOrderIsTheQueryGradientAtTheAdaptedParameters(_ steps: Int) {
    let algorithm = MetaObjective.fomaml(settings)
    let adapted = algorithm.adaptation(task.parameters, losses: task.supportLosses(steps: steps))
    let expected = gradient(at: adapted, of: task.queryLoss)
    // The same operations on the same values.
    #expect(scalars(task.metaGradient(algorithm, steps: steps)) == scalars(expected))
    // And they are not MAML's: the second-order part is a tenth of the whole or more.
    let numeric = task.finiteDifferences(.maml(settings), steps: steps)
    #expect(GradientCheck.relativeError(expected.tensors, numeric) > 0.1)
  }

  @Test func firstOrderAdaptsAsMamlDoes() {
    let losses = task.supportLosses(steps: 2)
    let (first, second) = (MetaObjective.fomaml(settings), MetaObjective.maml(settings))
    #expect(
      scalars(first.adaptation(task.parameters, losses: losses))
        == scalars(second.adaptation(task.parameters, losses: losses)))
  }

  @Test(arguments: [1, 2]) func anilAdaptsTheOutputLayerAloneAndMatchesFiniteDifferences(_ steps: Int) {
    let algorithm = MetaObjective.anil(settings)
    let adapted = algorithm.adaptation(task.parameters, losses: task.supportLosses(steps: steps))
    for (name, (before, after)) in zip(task.parameters.names, zip(task.parameters.tensors, adapted.tensors)) {
      #expect((before.scalars == after.scalars) == !name.hasPrefix("output."), "\(name)")
    }
    let exact = task.metaGradient(algorithm, steps: steps)
    let numeric = task.finiteDifferences(algorithm, steps: steps)
    #expect(GradientCheck.relativeError(exact.tensors, numeric) < tolerance)
    // The hidden layers are meta-learned: their share is not zero.
    #expect(exact["hidden1.weight"].scalars.allSatisfy { $0 != 0 })
  }

  @Test(arguments: [1, 2]) func l1MamlMatchesFiniteDifferencesAwayFromKinks(_ steps: Int) {
    let algorithm = MetaObjective.l1MAML(settings)
    let adapted = algorithm.adaptation(task.parameters, losses: task.supportLosses(steps: steps))
    // No parameter is so close to 0 that a difference's step of 1e-5 could carry it over the kink.
    #expect((scalars(task.parameters) + scalars(adapted)).allSatisfy { abs($0) > 1e-3 })
    let exact = task.metaGradient(algorithm, steps: steps)
    #expect(GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: steps)) < tolerance)
  }

  @Test func l1TermMovesEveryParameterTowardsZero() {
    let plain = MetaObjective.maml(settings).adaptation(task.parameters, losses: task.supportLosses(steps: 1))
    let penalized = MetaObjective.l1MAML(settings).adaptation(task.parameters, losses: task.supportLosses(steps: 1))
    for (index, start) in scalars(task.parameters).enumerated() {
      // rate * strength = 0.015, subtracted with two more roundings of 1e-16.
      let shift = scalars(penalized)[index] - scalars(plain)[index]
      #expect(abs(shift + (start > 0 ? 0.015 : -0.015)) < 1e-15)
    }
  }

  @Test(arguments: [
    ParameterSelection.layers(["hidden1"]), .layers(["hidden2", "output"]), .allBut(["hidden2"]), .all,
  ])
  func anySubsetOfLayersAdaptsAndMatchesFiniteDifferences(_ adapted: ParameterSelection) {
    var algorithm = MetaObjective.maml(settings)
    algorithm.adaptation.last.adapted = adapted
    let after = algorithm.adaptation(task.parameters, losses: task.supportLosses(steps: 2))
    for (name, (before, after)) in zip(after.names, zip(task.parameters.tensors, after.tensors)) {
      #expect((before.scalars != after.scalars) == adapted.contains(name), "\(name)")
    }
    let exact = task.metaGradient(algorithm, steps: 2)
    #expect(GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: 2)) < tolerance)
  }
}
