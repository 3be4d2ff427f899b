import MetaLearning
import NeuralNetworks
import TensorCore
import Testing

@Suite struct ReferenceLineTests {
  private let task = RegressionTask()
  private let settings = InnerLoopSettings(rate: 0.3)

  @Test(arguments: [1, 3]) func jointTrainingTakesTheGradientBeforeAdaptation(_ steps: Int) {
    let result = MetaObjective.joint(settings).outerLossAndGradient(
      task.parameters, supportLosses: task.supportLosses(steps: steps), queryLoss: task.queryLoss)
    let plain = gradient(at: task.parameters, of: task.supportLoss(0))
    // The same operations on the same values.
    #expect(scalars(result.gradient) == scalars(plain))
    #expect(result.loss.scalar == task.supportLoss(0)(task.parameters).scalar)
  }

  @Test func randomStartNeverMoves() {
    let result = MetaObjective.random(settings).outerLossAndGradient(
      task.parameters, supportLosses: task.supportLosses(steps: 2), queryLoss: task.queryLoss)
    #expect(scalars(result.gradient).allSatisfy { $0 == 0 })
    let adapted = MetaObjective.maml(settings).adaptation(task.parameters, losses: task.supportLosses(steps: 2))
    #expect(result.loss.scalar == task.queryLoss(adapted).scalar)
  }

  @Test func bothAdaptAsMamlDoes() {
    let losses = task.supportLosses(steps: 2)
    let expected = scalars(MetaObjective.maml(settings).adaptation(task.parameters, losses: losses))
    for algorithm in [MetaObjective.joint(settings), .random(settings)] {
      #expect(scalars(algorithm.adaptation(task.parameters, losses: losses)) == expected)
    }
  }
}
