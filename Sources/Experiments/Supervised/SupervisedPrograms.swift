import MetaLearning
import NeuralNetworks
import Synchronization
import TensorCore

/// The computations of a supervised run, each compiled once a chunk size and shared by all workers.
final class SupervisedPrograms: Sendable {
  /// What gives the meta-gradient of a chunk of tasks.
  enum MetaGradientPrograms: Sendable {
    /// One straight line. Arguments are the meta-parameters and then the inputs and targets of support and query; results
    /// are the sums over tasks of the query loss before and after adaptation and of the outer loss, then the gradient of
    /// the last.
    case straight(Program<Float>)
    /// A loop on the host.
    case implicit(ImplicitMetaGradientPrograms<Float>)
  }

  private let setup: SupervisedSetup
  /// By the number of tasks.
  private let metaGradients = Mutex<[Int: MetaGradientPrograms]>([:])

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
    let (setup, configuration) = (setup, setup.configuration)
    let problem = setup.problem(tasks: tasks, shots: configuration.shots)
    if case .implicit = setup.algorithm.adaptation.metaGradient {
      return .implicit(ImplicitMetaGradientPrograms(setup.algorithm.adaptation, problem))
    }
    let shapes = problem.layout.shapes + problem.supportShapes + problem.queryShapes
    return .straight(Program(argumentShapes: shapes) { Self.metaGradient(setup, problem, $0) })
  }

  private static func metaGradient(
    _ setup: SupervisedSetup, _ problem: AdaptationProblem<Float>, _ arguments: [Tensor<Float>]
  ) -> [Tensor<Float>] {
    let count = problem.layout.tensors.count
    let parameters = problem.layout.replacingTensors(Array(arguments[..<count]))
    let (support, query) = (Array(arguments[count..<count + 2]), Array(arguments[(count + 2)...]))
    let algorithm = setup.algorithm
    let supportLosses = (0..<setup.stepCount).map { step -> Adaptation.Loss<Float> in
      { problem.supportLosses($0, support, algorithm.adaptation.objective(ofStep: step)).sum() }
    }
    let queryLoss: Adaptation.Loss<Float> = { problem.queryLosses($0, query).sum() }
    let (outer, gradient) = algorithm.outerLossAndGradient(
      parameters, supportLosses: supportLosses, queryLoss: queryLoss, tasks: problem.tasks)
    // Where this is the outer loss again, the program computes it once.
    let after = queryLoss(algorithm.adaptation(parameters, losses: supportLosses, tasks: problem.tasks))
    return [queryLoss(algorithm.adaptation.beginning(parameters)), after, outer] + gradient.tensors
  }

  /// The inner loop of `tasks` tasks on `shots` examples each.
  func innerLoop(tasks: Int, shots: Int) -> InnerLoopPrograms<Float> {
    InnerLoopPrograms(setup.algorithm.adaptation, setup.problem(tasks: tasks, shots: shots))
  }

  /// The scores of `tasks` tasks on the configured number of query examples. Arguments are the meta-parameters, the tasks'
  /// own ones, and the query.
  func scores(tasks: Int) -> Program<Float> {
    let (setup, layout) = (setup, setup.initialParameters)
    let start = setup.algorithm.adaptation.start(layout, tasks: tasks)
    let own = setup.algorithm.adaptation.adaptedParameters(of: start)
    let shapes = layout.shapes + own.shapes + setup.exampleShapes(tasks: tasks, rows: setup.configuration.queries)
    return Program(argumentShapes: shapes) { arguments in
      let parameters = layout.replacingTensors(Array(arguments[..<layout.tensors.count]))
      let adapted = own.replacingTensors(Array(arguments[layout.tensors.count..<shapes.count - 2]))
      let query = Array(arguments.suffix(2))
      return [setup.scores(parameters.merging(adapted), inputs: query[0], targets: query[1])]
    }
  }
}
