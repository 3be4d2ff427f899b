import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore

/// The computations of a supervised run, each compiled once a chunk size and shared by all workers.
///
/// Arguments are parameters, in the order of their layout, then what tasks draw, if anything, and then the inputs and
/// targets of support and query.
struct SupervisedPrograms: Sendable {
  private let setup: SupervisedSetup
  /// The meta-parameters, what tasks draw, and a chunk's support and query; results: the sums over tasks of the query loss
  /// before and after adaptation, of the outer loss and, of a classifier, of the accuracy before and after, then the
  /// gradient of the outer loss.
  private let metaGradients: TracedFunction<Float>
  /// Each task's parameters and a chunk's support, to the parameters after one inner step.
  private let innerSteps: TracedFunction<Float>
  /// Each task's parameters and a chunk's query, to the tasks' scores.
  private let scores: TracedFunction<Float>

  init(_ setup: SupervisedSetup) {
    self.setup = setup
    let layout = setup.initialParameters
    let adapted = setup.algorithm.adaptation.start(layout, noise: setup.noise.placeholders(tasks: 1), tasks: 1)
    metaGradients = TracedFunction { Self.metaGradient(setup, layout, $0) }
    innerSteps = TracedFunction { arguments in
      let parameters = adapted.replacingTensors(Array(arguments.prefix(adapted.tensors.count)))
      let examples = arguments.suffix(2)
      let loss = setup.loss(inputs: examples[examples.startIndex], targets: examples[examples.startIndex + 1])
      return setup.algorithm.adaptation.step(parameters, loss: loss).tensors
    }
    scores = TracedFunction { arguments in
      let parameters = adapted.replacingTensors(Array(arguments.prefix(adapted.tensors.count)))
      let examples = Array(arguments.suffix(2))
      return [setup.scores(parameters, inputs: examples[0], targets: examples[1])]
    }
  }

  private static func metaGradient(
    _ setup: SupervisedSetup, _ layout: Parameters<Float>, _ arguments: [Tensor<Float>]
  ) -> [Tensor<Float>] {
    let parameters = layout.replacingTensors(Array(arguments.prefix(layout.tensors.count)))
    let noise = Array(arguments.dropFirst(layout.tensors.count).prefix(setup.noise.count))
    let examples = Array(arguments.suffix(4))
    let tasks = examples[0].shape[0]
    let supportLoss = setup.loss(inputs: examples[0], targets: examples[1])
    let queryLoss = setup.loss(inputs: examples[2], targets: examples[3])
    let supportLosses = Array(repeating: supportLoss, count: setup.configuration.innerSteps)
    let algorithm = setup.algorithm
    let (outer, gradient) = algorithm.outerLossAndGradient(
      parameters, supportLosses: supportLosses, queryLoss: queryLoss, noise: noise, tasks: tasks)
    // Where this is the outer loss again, the program computes it once.
    let adapted = algorithm.adaptation(parameters, losses: supportLosses, noise: noise, tasks: tasks)
    let after = queryLoss(adapted)
    return [queryLoss(parameters), after, outer]
      + accuracies(setup, [parameters, adapted], inputs: examples[2], targets: examples[3]) + gradient.tensors
  }

  /// The sums over tasks of the accuracy of a classifier with each of these parameters; none of another model.
  private static func accuracies(
    _ setup: SupervisedSetup, _ parameters: [Parameters<Float>], inputs: Tensor<Float>, targets: Tensor<Float>
  ) -> [Tensor<Float>] {
    guard setup.task.isClassification else { return [] }
    return parameters.map { setup.scores($0, inputs: inputs, targets: targets).sum() }
  }

  /// The program of the meta-gradient of `tasks` tasks.
  func metaGradient(tasks: Int) -> Program<Float> {
    metaGradients.program(
      for: setup.initialParameters.shapes + setup.noise.shapes(tasks: tasks)
        + setup.exampleShapes(tasks: tasks, rows: setup.supportRows)
        + setup.exampleShapes(tasks: tasks, rows: setup.queryRows))
  }

  /// The program of one inner step of `tasks` tasks on their supports.
  func innerStep(tasks: Int) -> Program<Float> {
    innerSteps.program(for: startShapes(tasks) + setup.exampleShapes(tasks: tasks, rows: setup.supportRows))
  }

  /// The program of the scores of `tasks` tasks on the configured number of query examples.
  func scores(tasks: Int) -> Program<Float> {
    scores.program(for: startShapes(tasks) + setup.exampleShapes(tasks: tasks, rows: setup.queryRows))
  }

  private func startShapes(_ tasks: Int) -> [Shape] {
    setup.algorithm.adaptation.start(
      setup.initialParameters, noise: setup.noise.placeholders(tasks: tasks), tasks: tasks
    ).shapes
  }
}
