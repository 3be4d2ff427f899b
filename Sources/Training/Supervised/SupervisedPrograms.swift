package import FewShotTasks
package import MetaLearning
package import NeuralNetworks
package import TensorCore
import Workers

/// The computations of a supervised run. Each is compiled once for every chunk size and shared by all workers.
package final class SupervisedPrograms: Sendable {
  /// The inputs of a chunk's meta-gradient.
  package struct Inputs: TensorStructure {
    package var parameters: MetaParameters<Float>
    /// The random numbers that the tasks draw for their update rules, if any.
    package var noise: [Parameters<Float>]
    package var support: LabeledExamples<Float>
    package var query: LabeledExamples<Float>

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
      try support.forEachTensor(body)
      try query.forEachTensor(body)
    }
  }

  /// The losses, accuracies and gradient of a chunk, summed over its tasks.
  package struct Outputs: TensorStructure {
    /// The query loss before adaptation.
    package var lossBefore: Tensor<Float>
    package var lossAfter: Tensor<Float>
    package var outerLoss: Tensor<Float>
    /// The accuracies of a classifier before and after adaptation; empty for other models.
    package var accuracies: [Tensor<Float>]
    /// The gradient of the outer loss with respect to each meta-parameter.
    package var gradient: MetaParameters<Float>

    package mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try lossBefore.forEachTensor(body)
      try lossAfter.forEachTensor(body)
      try outerLoss.forEachTensor(body)
      try accuracies.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  /// The inputs of the scores of adapted tasks.
  struct Scoring: TensorStructure {
    /// The model's parameters before any adaptation.
    var model: Parameters<Float>
    /// The adapted parameters of the tasks.
    var own: Parameters<Float>
    var query: LabeledExamples<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try model.forEachTensor(body)
      try own.forEachTensor(body)
      try query.forEachTensor(body)
    }
  }

  package typealias MetaGradient = Program<Inputs, Outputs>
  typealias Statistics = Program<BatchStatistics.Inputs, Parameters<Float>>

  /// The programs that compute the meta-gradient of a chunk of tasks.
  package enum MetaGradientPrograms: Sendable {
    /// One program that includes all inner steps.
    case unrolled(MetaGradient)
    /// Programs of single steps, which a loop on the host runs.
    case implicit(ImplicitMetaGradientPrograms<LabeledExamples<Float>>)
  }

  private let setup: SupervisedSetup
  /// The programs of meta-gradients, by the number of tasks.
  private let metaGradients = Locked<[Int: MetaGradientPrograms]>([:])
  /// The programs of inner loops, by the number of tasks.
  private let innerLoops = Locked<[Int: InnerLoopPrograms<LabeledExamples<Float>>]>([:])
  /// The programs of scores, by the number of tasks.
  private let scorings = Locked<[Int: Program<Scoring, Tensor<Float>>]>([:])
  /// The programs of statistics, by the number of tasks.
  private let statistics = Locked<[Int: Statistics]>([:])

  package init(_ setup: SupervisedSetup) { self.setup = setup }

  /// The meta-gradient of `tasks` tasks, compiled at its first use.
  package func metaGradient(tasks: Int) -> MetaGradientPrograms {
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
    if case .implicit(let solver, let damping) = setup.algorithm.metaGradient {
      return .implicit(ImplicitMetaGradientPrograms(setup.algorithm.adaptation, solver, problem, damping: damping))
    }
    let inputs = Inputs(
      parameters: problem.layout, noise: setup.noise.placeholders(tasks: tasks), support: problem.support,
      query: problem.query)
    return .unrolled(Program(for: inputs) { Self.metaGradient(setup, problem, $0) })
  }

  private static func metaGradient(
    _ setup: SupervisedSetup, _ problem: AdaptationProblem<LabeledExamples<Float>>, _ inputs: Inputs
  ) -> Outputs {
    let (algorithm, parameters) = (setup.algorithm, inputs.parameters)
    let supportLosses = problem.stepLosses(algorithm.adaptation, steps: setup.stepCount, on: inputs.support)
    let queryLoss: Adaptation.Loss<Float> = { problem.queryLosses($0, inputs.query).sum() }
    let (outer, gradient) = algorithm.outerLossAndGradient(
      parameters, supportLosses: supportLosses, queryLoss: queryLoss, noise: inputs.noise, tasks: problem.tasks)
    // Where this is the outer loss too, the program computes it once.
    let adapted = algorithm.adaptation(parameters, losses: supportLosses, noise: inputs.noise, tasks: problem.tasks)
    let start = algorithm.adaptation.start(of: parameters.model)
    let scores = problem.queryScores.map { scores in
      [start, adapted].map { scores($0, inputs.query).sum() }
    }
    return Outputs(
      lossBefore: queryLoss(start), lossAfter: queryLoss(adapted), outerLoss: outer, accuracies: scores ?? [],
      gradient: gradient)
  }

  /// The program of the statistics of `tasks` tasks; nil where a run does not average them.
  func batchStatistics(tasks: Int) -> Statistics? {
    statistics.withLock { known in
      if let program = known[tasks] { return program }
      known[tasks] = BatchStatistics.program(setup, tasks: tasks)
      return known[tasks]
    }
  }

  /// The inner loop of `tasks` tasks on their supports, compiled at its first use.
  func innerLoop(tasks: Int) -> InnerLoopPrograms<LabeledExamples<Float>> {
    innerLoops.withLock { known in
      if let programs = known[tasks] { return programs }
      let programs = InnerLoopPrograms(setup.algorithm.adaptation, setup.problem(tasks: tasks))
      known[tasks] = programs
      return programs
    }
  }

  /// The program of the scores of `tasks` tasks on their query examples, compiled at its first use.
  func scores(tasks: Int) -> Program<Scoring, Tensor<Float>> {
    scorings.withLock { known in
      if let program = known[tasks] { return program }
      let program = makeScores(tasks: tasks)
      known[tasks] = program
      return program
    }
  }

  private func makeScores(tasks: Int) -> Program<Scoring, Tensor<Float>> {
    let (setup, adaptation) = (setup, setup.algorithm.adaptation)
    let start = adaptation.start(
      setup.initialParameters, noise: setup.noise.placeholders(tasks: tasks), tasks: tasks)
    let scoring = Scoring(
      model: setup.initialParameters.model, own: adaptation.adaptedParameters(of: start.model),
      query: setup.examplePlaceholders(tasks: tasks, rows: setup.queryRows))
    return Program(for: scoring) { setup.scores($0.model.merging($0.own), $0.query) }
  }
}
