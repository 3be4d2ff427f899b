import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore
import Workers

/// The computations of a supervised run, each compiled once a chunk size and shared by all workers.
final class SupervisedPrograms: Sendable {
  /// What gives the meta-gradient of a chunk of tasks.
  enum MetaGradientPrograms: Sendable {
    /// One straight line. Arguments are the meta-parameters, what tasks draw, if anything, and the inputs and targets of
    /// support and query; results are the sums over tasks of the query loss before and after adaptation, of the outer loss
    /// and, of a classifier, of the accuracy before and after, then the gradient of the outer loss.
    case straight(Program<Float>)
    /// A loop on the host.
    case implicit(ImplicitMetaGradientPrograms<Float>)
  }

  private let setup: SupervisedSetup
  /// By the number of tasks.
  private let metaGradients = Locked<[Int: MetaGradientPrograms]>([:])
  /// Likewise.
  private let statistics = Locked<[Int: Program<Float>]>([:])

  init(_ setup: SupervisedSetup) { self.setup = setup }

  /// The meta-gradient of `tasks` tasks, compiled when first asked for.
  func metaGradient(tasks: Int) -> MetaGradientPrograms {
    metaGradients.withLock { known in
      if let programs = known[tasks] { return programs }
      let programs = makeMetaGradient(tasks: tasks)
      known[tasks] = programs
      return programs
    }
  }

  private func makeMetaGradient(tasks: Int) -> MetaGradientPrograms {
    let setup = setup
    let problem = setup.problem(tasks: tasks)
    if case .implicit = setup.algorithm.adaptation.metaGradient {
      return .implicit(ImplicitMetaGradientPrograms(setup.algorithm.adaptation, problem))
    }
    let shapes =
      problem.layout.shapes + setup.noise.shapes(tasks: tasks) + problem.supportShapes + problem.queryShapes
    return .straight(Program(argumentShapes: shapes) { Self.metaGradient(setup, problem, $0) })
  }

  private static func metaGradient(
    _ setup: SupervisedSetup, _ problem: AdaptationProblem<Float>, _ arguments: [Tensor<Float>]
  ) -> [Tensor<Float>] {
    let count = problem.layout.tensors.count
    let parameters = problem.layout.replacingTensors(Array(arguments[..<count]))
    let noise = Array(arguments[count..<count + setup.noise.count])
    let examples = Array(arguments[(count + setup.noise.count)...])
    let (support, query) = (Array(examples[..<2]), Array(examples[2...]))
    let algorithm = setup.algorithm
    let supportLosses = (0..<setup.stepCount).map { step -> Adaptation.Loss<Float> in
      { problem.supportLosses($0, support, algorithm.adaptation.objective(ofStep: step)).sum() }
    }
    let queryLoss: Adaptation.Loss<Float> = { problem.queryLosses($0, query).sum() }
    let (outer, gradient) = algorithm.outerLossAndGradient(
      parameters, supportLosses: supportLosses, queryLoss: queryLoss, noise: noise, tasks: problem.tasks)
    // Where this is the outer loss again, the program computes it once.
    let adapted = algorithm.adaptation(parameters, losses: supportLosses, noise: noise, tasks: problem.tasks)
    let beginning = algorithm.adaptation.beginning(parameters)
    return [queryLoss(beginning), queryLoss(adapted), outer]
      + accuracies(setup, [beginning, adapted], inputs: query[0], targets: query[1]) + gradient.tensors
  }

  /// The sums over tasks of the accuracy of a classifier with each of these parameters; none of another model.
  private static func accuracies(
    _ setup: SupervisedSetup, _ parameters: [Parameters<Float>], inputs: Tensor<Float>, targets: Tensor<Float>
  ) -> [Tensor<Float>] {
    guard setup.task.isClassification else { return [] }
    return parameters.map { setup.scores($0, inputs: inputs, targets: targets).sum() }
  }

  /// The statistics of `tasks` tasks; nil where a run does not average them.
  func batchStatistics(tasks: Int) -> Program<Float>? {
    statistics.withLock { known in
      if let program = known[tasks] { return program }
      known[tasks] = BatchStatistics.program(setup, tasks: tasks)
      return known[tasks]
    }
  }

  /// The inner loop of `tasks` tasks on their supports.
  func innerLoop(tasks: Int) -> InnerLoopPrograms<Float> {
    InnerLoopPrograms(setup.algorithm.adaptation, setup.problem(tasks: tasks))
  }

  /// The scores of `tasks` tasks on their query examples. Arguments are the meta-parameters, the tasks' own ones, and the
  /// query.
  func scores(tasks: Int) -> Program<Float> {
    let (setup, layout) = (setup, setup.initialParameters)
    let noise = setup.noise.placeholders(tasks: tasks)
    let start = setup.algorithm.adaptation.start(layout, noise: noise, tasks: tasks)
    let own = setup.algorithm.adaptation.adaptedParameters(of: start)
    let shapes = layout.shapes + own.shapes + setup.exampleShapes(tasks: tasks, rows: setup.queryRows)
    return Program(argumentShapes: shapes) { arguments in
      let parameters = layout.replacingTensors(Array(arguments[..<layout.tensors.count]))
      let adapted = own.replacingTensors(Array(arguments[layout.tensors.count..<shapes.count - 2]))
      let query = Array(arguments.suffix(2))
      return [setup.scores(parameters.merging(adapted), inputs: query[0], targets: query[1])]
    }
  }
}
