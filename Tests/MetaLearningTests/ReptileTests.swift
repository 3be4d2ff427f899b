import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct ReptileTests {
  private let task = RegressionTask()
  private let settings = InnerLoopSettings(rate: 0.3)

  @Test func oneStepIsTheGradientOfJointTrainingTimesTheInnerRate() {
    let found = task.metaGradient(.reptile(settings), steps: 1)
    let joint = task.metaGradient(.joint(settings), steps: 1)
    // theta - (theta - 0.3 g): two roundings of numbers of order 1.
    for (x, y) in zip(scalars(found), scalars(joint)) { #expect(abs(x - 0.3 * y) < 1e-15) }
    #expect(scalars(joint).contains { abs($0) > 0.1 })
  }

  @Test(arguments: [2, 4]) func moreStepsGoTheWholeWay(_ steps: Int) {
    let end = MetaObjective.maml(settings).adaptation(task.parameters, losses: task.supportLosses(steps: steps))
    let result = MetaObjective.reptile(settings).outerLossAndGradient(
      task.parameters, supportLosses: task.supportLosses(steps: steps), queryLoss: task.queryLoss)
    // The same arithmetic on the same values.
    #expect(scalars(result.gradient) == scalars(task.parameters - end))
    #expect(result.loss.scalar == task.queryLoss(end).scalar)
  }

  @Test(arguments: [0.0, 0.9]) func adamInsideIsAdam(_ meanDecay: Double) {
    let rule = Adam.steps(rate: 0.1, meanDecay: meanDecay)
    let adaptation = Adaptation([Phase(adapted: .all, rule: rule)])
    let losses = task.supportLosses(steps: 3)
    let found = adaptation(task.parameters, losses: losses)
    var expected = task.parameters
    var state = rule.initialState(for: expected)
    for (index, loss) in losses.enumerated() {
      let derivative = gradient(at: expected, of: loss)
      expected = rule.step(expected, gradient: derivative, state: &state, count: index + 1)
    }
    // The same operations.
    #expect(scalars(found) == scalars(expected))
    #expect(found.names == task.parameters.names)
  }

  @Test func parametersThatAreNotAdaptedStay() {
    var algorithm = MetaObjective.reptile(settings)
    algorithm.adaptation.last.adapted = .outputLayer
    let found = task.metaGradient(algorithm, steps: 2)
    #expect(scalars(found.selecting(.allBut(["output"]))).allSatisfy { $0 == 0 })
    #expect(scalars(found.selecting(.outputLayer)).allSatisfy { $0 != 0 })
  }
}
