import FewShotTasks
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
  private func examples(seed: Int, only index: Int?) -> LabeledExamples<Double> {
    let examples = LabeledExamples<Double>(
      inputs: 2 * testValues([Self.tasks, Self.rows, 2], seed: seed),
      targets: testValues([Self.tasks, Self.rows, 2], seed: seed + 1))
    guard let index else { return examples }
    return examples.mapTensors { $0.sliced(axis: 0, index..<index + 1) }
  }

  func support(only index: Int? = nil) -> LabeledExamples<Double> { examples(seed: 71, only: index) }
  func query(only index: Int? = nil) -> LabeledExamples<Double> { examples(seed: 73, only: index) }

  /// Each task's mean squared error.
  func losses(_ parameters: Parameters<Double>, _ examples: LabeledExamples<Double>) -> Tensor<Double> {
    square(task.network(parameters, examples.inputs) - examples.targets).mean(axes: 1, 2)
  }

  /// Of all tasks or of one.
  func problem(_ adaptation: Adaptation, only index: Int? = nil) -> AdaptationProblem<LabeledExamples<Double>> {
    AdaptationProblem(
      layout: adaptation.metaParameters(startingFrom: task.parameters), tasks: index == nil ? Self.tasks : 1,
      support: support(only: index), query: query(only: index),
      supportLosses: { parameters, examples, _ in losses(parameters, examples) }, queryLosses: { losses($0, $1) })
  }

  /// The implicit meta-gradient after `steps` inner steps, of all tasks or of one.
  func differentiate(
    _ adaptation: Adaptation, steps: Int, only index: Int? = nil, by solver: ConjugateGradient,
    damping: ImplicitDamping = ImplicitDamping()
  ) -> (loss: Double, gradient: MetaParameters<Double>) {
    let problem = problem(adaptation, only: index)
    let found = ImplicitMetaGradientPrograms(adaptation, solver, problem, damping: damping).makeMetaGradient()
      .differentiate(problem.layout, support: problem.support, query: problem.query, steps: steps)
    return (found.lossAfter, found.gradient)
  }

  /// The same by an algorithm that is differentiated implicitly.
  func differentiate(
    _ algorithm: MetaObjective, steps: Int, only index: Int? = nil
  ) -> (loss: Double, gradient: MetaParameters<Double>) {
    guard case .implicit(let solver, let damping) = algorithm.metaGradient else {
      preconditionFailure("\(algorithm.metaGradient) is not implicit")
    }
    return differentiate(algorithm.adaptation, steps: steps, only: index, by: solver, damping: damping)
  }

  /// Central differences of the query loss after `steps` inner steps on the host, by every meta-parameter.
  func finiteDifferences(_ adaptation: Adaptation, steps: Int) -> [[Double]] {
    let problem = problem(adaptation)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    return GradientCheck.finiteDifferences(at: problem.layout.tensors) { tensors in
      let start = problem.layout.replacingTensors(tensors)
      loop.restart(from: start, support: problem.support)
      for _ in 0..<steps { loop.step() }
      return losses(start.model.merging(loop.adapted.read()), problem.query).sum().scalar
    }
  }
}
