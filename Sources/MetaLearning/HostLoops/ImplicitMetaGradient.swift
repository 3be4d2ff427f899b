import NeuralNetworks
public import TensorCore

/// The implicit meta-gradient as compiled programs, for several tasks at once (iMAML, algorithm 2).
///
/// At the end of the inner loop, phi, the gradient of the inner objective G(phi, theta) vanishes, so that phi follows from
/// theta by the implicit function theorem. With v the outer gradient at phi and g the solution of d2G/dphi2 g = v, the
/// meta-gradient is the partial derivative of the outer loss by theta less that of (g, dG/dphi), with phi held constant.
/// For a proximal term the latter is (I + H / lambda)^-1 v at the start (iMAML, eq. 6). For a sparse recovery it is the
/// gradient that dphi_S / dtheta = -(d2L/dphi_S2)^-1 d2L/dphi_S dtheta gives for the features, on the support S of phi.
public struct ImplicitMetaGradientPrograms<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// The end of an inner loop.
  struct Point: TensorStructure {
    /// The meta-parameters theta.
    var parameters: MetaParameters<Scalar>
    /// The adapted parameters phi of the tasks.
    var taskParameters: Parameters<Scalar>
    /// The samples of a loss.
    var samples: Samples

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try taskParameters.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// The inputs of the meta-gradient.
  struct Solution: TensorStructure {
    /// Theta, phi and the support samples.
    var point: Point
    var query: Samples
    /// The solution g of the linear system.
    var solution: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try query.forEachTensor(body)
      try solution.forEachTensor(body)
    }
  }

  /// The losses, scores and gradient, summed over the tasks.
  struct Derivative: TensorStructure {
    var lossBefore: Tensor<Scalar>
    var lossAfter: Tensor<Scalar>
    /// The scores before and after adaptation; empty where the problem has none.
    var scores: [Tensor<Scalar>]
    var gradient: MetaParameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try lossBefore.forEachTensor(body)
      try lossAfter.forEachTensor(body)
      try scores.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  let solver: ConjugateGradient
  let isDrawnToTheStart: Bool
  let inner: InnerLoopPrograms<Samples>
  /// The program that computes the outer gradient at phi from theta, phi and the query samples.
  let outerGradient: Program<Point, Parameters<Scalar>>
  let system: ConjugateGradientPrograms<Parameters<Scalar>, Point>
  let derivative: Program<Solution, Derivative>

  /// Compiles the implicit meta-gradient through the one phase of `adaptation`, by a system with the terms of `damping`.
  public init(
    _ adaptation: Adaptation, _ solver: ConjugateGradient, _ problem: AdaptationProblem<Samples>,
    damping: ImplicitDamping = ImplicitDamping()
  ) {
    precondition(adaptation.phases.count == 1, "an implicit meta-gradient does not see the steps before its own")
    precondition(adaptation.minibatch == nil, "an implicit meta-gradient is that of one problem, not of minibatches")
    let rule = adaptation.last.penalizedRule
    let start = adaptation.start(problem.layout, tasks: problem.tasks)
    let taskParameters = adaptation.adaptedParameters(of: start.model)
    let trace = Trace(adaptation: adaptation, rule: rule, problem: problem)
    let point = Point(parameters: problem.layout, taskParameters: taskParameters, samples: problem.support)
    self.solver = solver
    isDrawnToTheStart = rule.attraction(of: taskParameters, ruleParameters: start.rules[0]) != nil
    inner = InnerLoopPrograms(adaptation, problem)
    outerGradient = Program(
      for: Point(parameters: problem.layout, taskParameters: taskParameters, samples: problem.query),
      trace.outerGradient)
    // An attraction to the start lets the solver start at the outer gradient, so that with no steps the meta-gradient is
    // that of FOMAML. A recovery starts the solver at 0, so that with no steps the meta-gradient is the direct one.
    system = ConjugateGradientPrograms(
      unknowns: taskParameters, context: point, start: isDrawnToTheStart ? .given : .zeros
    ) { vectors, point in
      trace.innerProblem(point.parameters, point.samples).product(
        point.taskParameters, along: vectors, damping: damping)
    }
    derivative = Program(for: Solution(point: point, query: problem.query, solution: taskParameters), trace.derivative)
  }

  /// The memory of one worker, in bytes. It depends neither on the number of inner steps nor on that of the solver's
  /// steps.
  public var workspaceBytes: Int {
    inner.workspaceBytes + outerGradient.workspaceBytes + system.workspaceBytes + derivative.workspaceBytes
  }

  /// The programs of a meta-gradient through `steps` inner steps of an update rule, in the order of their runs, and the
  /// number of these. The solver makes all of its steps unless every task's system reaches the tolerance before.
  package func runs(steps: Int) -> [(name: String, program: CompiledProgram<Scalar>, runs: Int)] {
    precondition(inner.stepPrograms.count == 1, "the inner steps of a search are not a single program")
    return [
      ("start", inner.start.compiled, 1),
      ("inner step", inner.stepPrograms[0], steps),
      ("outer gradient", outerGradient.compiled, 1),
      ("first residuals of the system", system.compiled.first, 1),
      ("step of the solver", system.compiled.step, solver.maximumSteps),
      ("meta-gradient", derivative.compiled, 1),
    ]
  }

  /// Allocates the memory in which one worker differentiates.
  public func makeMetaGradient() -> ImplicitMetaGradient<Samples> { ImplicitMetaGradient(self) }

  /// The bodies of the programs.
  private struct Trace {
    let adaptation: Adaptation
    let rule: any PenalizedRule
    let problem: AdaptationProblem<Samples>

    func innerProblem(_ theta: MetaParameters<Scalar>, _ samples: Samples) -> InnerProblem<Scalar> {
      InnerProblem(adaptation, phase: 0, from: adaptation.start(theta, tasks: problem.tasks)) {
        problem.supportLosses($0, samples, adaptation.last.objective)
      }
    }

    /// The right-hand side of the system.
    func outerGradient(_ point: Point) -> Parameters<Scalar> {
      let gradient = gradient(at: point.taskParameters) {
        problem.queryLosses(point.parameters.model.merging($0), point.samples).sum()
      }
      // Elements that the minimum holds at 0 do not depend on theta.
      let free = rule.restricted(gradient, at: point.taskParameters)
      return innerProblem(point.parameters, point.samples).balanced(free, at: point.taskParameters)
    }

    func derivative(_ inputs: Solution) -> Derivative {
      let (theta, phi, query) = (inputs.point.parameters, inputs.point.taskParameters, inputs.query)
      let (loss, gradient) = valueAndGradient(at: theta) { theta in
        let inner = innerProblem(theta, inputs.point.samples)
        // -(g, dG/dphi): the system was divided by lambda, and so is this.
        let pull = inner.scaled(inputs.solution, at: phi).map(stopGradient).innerProduct(with: inner.gradients(phi))
        // Only the derivative of this term matters, so its value is subtracted.
        return problem.queryLosses(theta.model.merging(phi), query).sum() - (pull - stopGradient(pull))
      }
      let start = adaptation.start(of: theta.model)
      let ends = [start, theta.model.merging(phi)]
      return Derivative(
        lossBefore: problem.queryLosses(start, query).sum(), lossAfter: loss,
        scores: problem.queryScores.map { scores in ends.map { scores($0, query).sum() } } ?? [], gradient: gradient)
    }
  }
}

/// Differentiates through the inner loops of several tasks. The type is not Sendable: it belongs to one worker.
public final class ImplicitMetaGradient<Samples: TensorStructure> {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar
  private typealias Programs = ImplicitMetaGradientPrograms<Samples>

  /// The results for a batch of tasks. Losses, scores and gradient are sums over the tasks.
  public struct Outcome: Sendable {
    /// The query loss before adaptation.
    public let lossBefore: Scalar
    /// The query loss after adaptation.
    public let lossAfter: Scalar
    /// The scores before and after adaptation; empty where the problem has none.
    public let scores: [Scalar]
    /// The meta-gradient.
    public let gradient: MetaParameters<Scalar>
    /// The largest relative residual of the tasks' linear systems, as a share of the outer gradient. It tells how far the
    /// solver is from having converged.
    public let residual: Scalar
    /// The distance of the inner loop from convergence: the largest relative change of a task's parameters in one more
    /// step. It is nil where the rule attracts a task to its start, since few steps then end near that start and not at
    /// the minimum.
    public let recoveryResidual: Scalar?
    /// The largest bound of a task's distance from its minimum before its last inner step; nil where the phase has no
    /// tolerance.
    public let distance: Scalar?
  }

  private let solver: ConjugateGradient
  private let isDrawnToTheStart: Bool
  private let inner: InnerLoop<Samples>
  private let outerGradient: Workspace<Programs.Point, Parameters<Scalar>>
  private let system: ConjugateGradientSystems<Parameters<Scalar>, Programs.Point>
  private let derivative: Workspace<Programs.Solution, Programs.Derivative>
  // The points of the programs, as parts of their buffers.
  private let outerPoint: PointBuffers
  private let systemPoint: PointBuffers
  private let derivativePoint: Buffers<Programs.Point>
  private let derivativeQuery: Buffers<Samples>
  private let solution: Buffers<Parameters<Scalar>>

  private struct PointBuffers {
    let parameters: Buffers<MetaParameters<Scalar>>
    let taskParameters: Buffers<Parameters<Scalar>>
    let samples: Buffers<Samples>

    init(_ buffers: Buffers<Programs.Point>) {
      parameters = buffers.parameters
      taskParameters = buffers.taskParameters
      samples = buffers.samples
    }
  }

  init(_ programs: ImplicitMetaGradientPrograms<Samples>) {
    (solver, isDrawnToTheStart) = (programs.solver, programs.isDrawnToTheStart)
    inner = programs.inner.makeLoop()
    outerGradient = programs.outerGradient.makeWorkspace()
    system = programs.system.makeSystems()
    derivative = programs.derivative.makeWorkspace()
    outerPoint = PointBuffers(outerGradient.inputs)
    systemPoint = PointBuffers(system.context)
    derivativePoint = derivative.inputs.point
    derivativeQuery = derivative.inputs.query
    solution = derivative.inputs.solution
  }

  /// Adapts by `steps` inner steps, and differentiates the query loss after them.
  public func differentiate(
    _ parameters: MetaParameters<Scalar>, support: Samples, query: Samples, steps: Int
  ) -> Outcome {
    inner.restart(from: parameters, support: support)
    for _ in 0..<steps { inner.step() }
    setPoint(parameters, support: support, query: query)
    outerGradient.run()
    system.rightHandSides.copy(from: outerGradient.outputs)
    if isDrawnToTheStart { system.start.copy(from: outerGradient.outputs) }
    system.solve(solver)
    solution.copy(from: system.solutions)
    derivative.run()
    let found = derivative.outputs.read()
    let distance = inner.distanceBounds.map(\.worst)
    return Outcome(
      lossBefore: found.lossBefore.scalar, lossAfter: found.lossAfter.scalar, scores: found.scores.map(\.scalar),
      gradient: found.gradient, residual: system.relativeResiduals.worst,
      // The end of the inner loop has been copied, so one more step may change it.
      recoveryResidual: isDrawnToTheStart ? nil : inner.fixedPointResiduals().worst, distance: distance)
  }

  /// Writes the end of the inner loop and the samples to every program.
  private func setPoint(_ parameters: MetaParameters<Scalar>, support: Samples, query: Samples) {
    for (point, samples) in [(outerPoint, query), (systemPoint, support)] {
      point.parameters.write(parameters)
      point.taskParameters.copy(from: inner.adapted)
      point.samples.write(samples)
    }
    derivativePoint.copy(from: system.context)
    derivativeQuery.write(query)
  }
}

extension Array where Element: TensorScalar {
  /// The largest of some residuals, where NaN counts as larger than any number.
  fileprivate var worst: Element { reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 } }
}
