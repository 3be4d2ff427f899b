import MetaLearning
import NeuralNetworks
import Parts
import TensorCore
import TestSupport
import Testing

/// Tasks that adapt at once, on a leading axis, against the same tasks one after another.
@Suite struct TasksAxisTests {
  private let task = RegressionTask()
  private let tasks = 3
  private let rows = 5
  private let steps = 2

  private var supportInputs: Tensor<Double> { 2 * testValues([tasks, rows, 2], seed: 61) }
  private var supportTargets: Tensor<Double> { testValues([tasks, rows, 2], seed: 62) }
  private var queryInputs: Tensor<Double> { 2 * testValues([tasks, rows, 2], seed: 63) }
  private var queryTargets: Tensor<Double> { testValues([tasks, rows, 2], seed: 64) }

  /// The sum over tasks of each one's mean squared error; for one of them where `index` says which.
  private func loss(
    _ inputs: Tensor<Double>, _ targets: Tensor<Double>, only index: Int? = nil,
    of network: MultilayerPerceptron? = nil
  ) -> Adaptation.Loss<Double> {
    let network = network ?? task.network
    guard let index else { return { square(network($0, inputs) - targets).mean(axes: 1, 2).sum() } }
    let (inputs, targets) = (inputs.element(index, axis: 0), targets.element(index, axis: 0))
    return { square(network($0, inputs) - targets).mean() }
  }

  /// Those whose meta-gradient is one line; ImplicitMetaGradientTests has the others.
  private static let algorithms = {
    var settings = InnerLoopSettings(rate: 0.3, l1Strength: 0.05, optimizer: .adam)
    settings.recovery.rate = 0.3
    return settings.algorithms.filter { if case .implicit = $0.metaGradient { false } else { true } }
  }()

  @Test(arguments: algorithms.map(\.card.name))
  func batchIsTheSumOfItsTasks(_ name: String) throws {
    let made = try #require(Self.algorithms.first { $0.card.name == name })
    let algorithm = made.objective
    let task = RegressionTask(layerForm: made.layerForm)
    let start = algorithm.adaptation.metaParameters(startingFrom: task.parameters)
    let noise = (0..<tasks).map { testNoise(algorithm, for: start.model, seed: 80 + 10 * $0) }
    let batched = algorithm.outerLossAndGradient(
      start, supportLosses: Array(repeating: loss(supportInputs, supportTargets, of: task.network), count: steps),
      queryLoss: loss(queryInputs, queryTargets, of: task.network),
      noise: noise[0].replacingTensors(
        noise[0].tensors.indices.map { index in stack(noise.map { $0.tensors[index] }) }), tasks: tasks)
    var sum = start.zeros
    var outer = 0.0
    for index in 0..<tasks {
      let single = algorithm.outerLossAndGradient(
        start,
        supportLosses: Array(
          repeating: loss(supportInputs, supportTargets, only: index, of: task.network), count: steps),
        queryLoss: loss(queryInputs, queryTargets, only: index, of: task.network), noise: noise[index])
      sum = sum.combined(with: single.gradient, +)
      outer += single.loss.scalar
    }
    // Products of other shapes add up in another order: some dozens of roundings of 1e-16 on numbers of order 1. Adam
    // divides by the square root of a gradient, and so multiplies them by the inverse of the smallest, up to 1e4.
    let tolerance = name == "reptile" ? 1e-10 : 1e-13
    #expect(abs(batched.loss.scalar - outer) < tolerance)
    #expect(batched.gradient.shapes == start.shapes)
    for (x, y) in zip(scalars(batched.gradient), scalars(sum)) { #expect(abs(x - y) < tolerance) }
  }

  @Test func eachTaskHasAdaptedParametersOfItsOwn() {
    let algorithm = MetaObjective.anil(InnerLoopSettings(rate: 0.3))
    let adapted = algorithm.adaptation(
      task.parameters, losses: [loss(supportInputs, supportTargets)], tasks: tasks)
    #expect(adapted["output.weight"].shape == [3, 3, 2])
    #expect(adapted["hidden1.weight"].shape == [2, 4])
    #expect(adapted.names == task.parameters.names)
    let single = algorithm.adaptation(task.parameters, losses: [loss(supportInputs, supportTargets, only: 1)])
    // As above.
    let own = adapted["output.weight"].element(1, axis: 0)
    for (x, y) in zip(own.scalars, single["output.weight"].scalars) { #expect(abs(x - y) < 1e-13) }
    #expect(own.scalars != adapted["output.weight"].element(0, axis: 0).scalars)
  }
}
