import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport

/// Three regression tasks at once for the network of `RegressionTask`, as loops on the host take them, in Double.
struct BatchedRegression: Sendable {
  static let tasks = 3
  private static let rows = 6
  let task = RegressionTask()

  /// `[tasks, rows, 2]`, or those of one task alone.
  private func examples(seed: Int, only index: Int?) -> [Tensor<Double>] {
    let inputs: Tensor<Double> = 2 * testValues([Self.tasks, Self.rows, 2], seed: seed)
    let targets: Tensor<Double> = testValues([Self.tasks, Self.rows, 2], seed: seed + 1)
    guard let index else { return [inputs, targets] }
    return [inputs, targets].map { $0.sliced(axis: 0, index..<index + 1) }
  }

  func support(only index: Int? = nil) -> [Tensor<Double>] { examples(seed: 71, only: index) }
  func query(only index: Int? = nil) -> [Tensor<Double>] { examples(seed: 73, only: index) }

  /// Each task's mean squared error.
  func losses(_ parameters: Parameters<Double>, _ examples: [Tensor<Double>]) -> Tensor<Double> {
    square(task.network(parameters, examples[0]) - examples[1]).mean(axes: 1, 2)
  }

  func problem(_ adaptation: Adaptation, tasks: Int = tasks) -> AdaptationProblem<Double> {
    let shape: Shape = [tasks, Self.rows, 2]
    return AdaptationProblem(
      layout: adaptation.metaParameters(startingFrom: task.parameters), tasks: tasks, supportShapes: [shape, shape],
      queryShapes: [shape, shape], supportLosses: { parameters, examples, _ in losses(parameters, examples) },
      queryLosses: { losses($0, $1) })
  }

  /// The implicit meta-gradient after `steps` inner steps, of all tasks or of one.
  func differentiate(
    _ adaptation: Adaptation, steps: Int, only index: Int? = nil, at start: Parameters<Double>? = nil
  ) -> (loss: Double, gradient: Parameters<Double>) {
    let problem = problem(adaptation, tasks: index == nil ? Self.tasks : 1)
    let start = start ?? problem.layout
    let found = ImplicitMetaGradientPrograms(adaptation, problem).makeMetaGradient().differentiate(
      start, support: support(only: index).map(\.scalars), query: query(only: index).map(\.scalars), steps: steps)
    return (
      found.lossAfter,
      start.replacingTensors(zip(start.shapes, found.gradient).map { Tensor(shape: $0, scalars: $1) })
    )
  }

  /// Central differences of the query loss after `steps` inner steps on the host, by every meta-parameter.
  func finiteDifferences(_ adaptation: Adaptation, steps: Int) -> [[Double]] {
    let problem = problem(adaptation)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    let own = adaptation.adaptedParameters(of: adaptation.start(problem.layout, tasks: Self.tasks))
    let (support, query) = (support().map(\.scalars), query())
    return GradientCheck.finiteDifferences(at: problem.layout.tensors) { tensors in
      let start = problem.layout.replacingTensors(tensors)
      loop.restart(from: start, support: support)
      for _ in 0..<steps { loop.step() }
      let end = own.replacingTensors(zip(own.shapes, loop.adapted).map { Tensor(shape: $0, scalars: $1) })
      return losses(start.merging(end), query).sum().scalar
    }
  }
}
