import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct HessianFreeTests {
  private let batch = BatchedRegression()

  private func adaptation(lambda: Double, trials: Int = 10) -> Adaptation {
    var settings = InnerLoopSettings(rate: 0.1)
    settings.regularization = lambda
    settings.search = HessianFreeSearch(direction: ConjugateGradient(maximumSteps: 5), trials: trials)
    return MetaObjective.hessianFreeIMAML(settings).adaptation
  }

  /// The tasks' inner objectives, loss and proximal term, after 0, 1, ... steps.
  private func objectives(_ adaptation: Adaptation, steps: Int) -> [[Double]] {
    let lambda = (adaptation.last.rule as? ProximalStep)?.regularization ?? .nan
    let theta = batch.task.parameters
    let loop = InnerLoopPrograms(adaptation, batch.problem(adaptation)).makeLoop()
    loop.restart(from: adaptation.metaParameters(startingFrom: theta), support: batch.support())
    let support = batch.support()
    return (0...steps).map { step in
      if step > 0 { loop.step() }
      let own = loop.adapted.read()
      let distance = (own - theta).map(square).tensors
        .map { $0.sum(axes: Array(1..<$0.shape.rank)) }.reduce(0, +)
      return (batch.losses(own, support) + Tensor(lambda / 2) * distance).scalars
    }
  }

  /// A weak proximal term leaves the Hessian of a tanh network indefinite in places: some directions then end early, and
  /// some steps are shortened. Every task's objective must still fall at every step.
  @Test(arguments: [1e-3, 0.1, 2]) func everyStepGoesDown(_ lambda: Double) {
    let found = objectives(adaptation(lambda: lambda), steps: 6)
    for (before, after) in zip(found, found.dropFirst()) {
      #expect(zip(before, after).allSatisfy { $0 > $1 || abs($0 - $1) < 1e-12 }, "\(before) to \(after)")
    }
    #expect(zip(found[0], found[6]).allSatisfy { $1 < 0.9 * $0 })
  }

  @Test func sixStepsGoFurtherThanTwoHundredOfGradientDescent() {
    var descent = adaptation(lambda: 1)
    descent.last.search = nil
    let (newton, gradient) = (objectives(adaptation(lambda: 1), steps: 6), objectives(descent, steps: 200))
    // Task 1 is at its minimum in both: roundings decide which is lower.
    #expect(zip(newton[6], gradient[200]).allSatisfy { $0 < $1 + 1e-9 })
    #expect(zip(newton[6], gradient[12]).allSatisfy { $0 < $1 - 1e-3 })
  }

  @Test func stepThatIsSearchedForCannotBeTraced() async {
    await #expect(processExitsWith: .failure) {
      let batch = BatchedRegression()
      let adaptation = MetaObjective.hessianFreeIMAML(InnerLoopSettings(rate: 1)).adaptation
      let support = batch.support()
      _ = adaptation(
        batch.task.parameters, losses: [{ batch.losses($0, support).sum() }], tasks: BatchedRegression.tasks)
    }
  }
}
