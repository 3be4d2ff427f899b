import NeuralNetworks
public import TensorCore

/// The implicit meta-gradient as compiled programs, for several tasks at once (iMAML, algorithm 2).
///
/// Where the inner loop ends, at phi, the gradient of the inner objective G(phi, theta) vanishes. So phi follows from
/// theta by the implicit function theorem: with v the outer gradient at phi and g the solution of d2G/dphi2 g = v, the
/// meta-gradient is the outer loss's own derivative by theta less that of (g, dG/dphi), phi being held. For a proximal
/// term the latter is (I + H / lambda)^-1 v at the start (iMAML, eq. 6); for a sparse recovery it is what
/// dphi_S / dtheta = -(d2L/dphi_S2)^-1 d2L/dphi_S dtheta gives the features, on the support S of phi.
public struct ImplicitMetaGradientPrograms<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// Where an inner loop has ended.
  struct Point: TensorStructure {
    /// The meta-parameters theta.
    var parameters: MetaParameters<Scalar>
    /// The tasks' own parameters phi.
    var taskParameters: Parameters<Scalar>
    /// What a loss is taken on.
    var samples: Samples

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try taskParameters.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// What the meta-gradient follows from.
  struct Solution: TensorStructure {
    /// Theta, phi and what the tasks have adapted to.
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

  /// Sums over the tasks.
  struct Derivative: TensorStructure {
    var lossBefore: Tensor<Scalar>
    var lossAfter: Tensor<Scalar>
    /// The scores before and after adaptation; none where the problem has none.
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
  /// From theta, phi and the query samples to the outer gradient at phi.
  let outerGradient: Program<Point, Parameters<Scalar>>
  let system: ConjugateGradientPrograms<Parameters<Scalar>, Point>
  let derivative: Program<Solution, Derivative>

  /// Compiles the implicit meta-gradient through the one phase of `adaptation`.
  public init(_ adaptation: Adaptation, _ solver: ConjugateGradient, _ problem: AdaptationProblem<Samples>) {
    precondition(adaptation.phases.count == 1, "an implicit meta-gradient does not see the steps before its own")
    let rule = adaptation.last.penalizedRule
    let start = adaptation.start(problem.layout, tasks: problem.tasks)
    let taskParameters = adaptation.adaptedParameters(of: start.model)
    let trace = Trace(adaptation: adaptation, rule: rule, problem: problem)
    let point = Point(parameters: problem.layout, taskParameters: taskParameters, samples: problem.support)
    self.solver = solver
    isDrawnToTheStart = rule.attraction(ruleParameters: start.rules[0]) != nil
    inner = InnerLoopPrograms(adaptation, problem)
    outerGradient = Program(
      for: Point(parameters: problem.layout, taskParameters: taskParameters, samples: problem.query),
      trace.outerGradient)
    // From the outer gradient on: without a step the meta-gradient is that of FOMAML, or the direct one of a recovery from zero.
    system = ConjugateGradientPrograms(
      unknowns: taskParameters, context: point, start: isDrawnToTheStart ? .given : .zeros
    ) { vectors, point in
      trace.innerProblem(point.parameters, point.samples).product(point.taskParameters, along: vectors)
    }
    derivative = Program(for: Solution(point: point, query: problem.query, solution: taskParameters), trace.derivative)
  }

  /// The memory of a worker in bytes: it depends neither on the inner steps nor on those of the solver.
  public var workspaceBytes: Int {
    inner.workspaceBytes + outerGradient.workspaceBytes + system.workspaceBytes + derivative.workspaceBytes
  }

  /// What one worker differentiates in.
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

    func outerGradient(_ point: Point) -> Parameters<Scalar> {
      let gradient = gradient(at: point.taskParameters) {
        problem.queryLosses(point.parameters.model.merging($0), point.samples).sum()
      }
      // What the minimum holds at 0 does not move with theta.
      return rule.restricted(gradient, at: point.taskParameters)
    }

    func derivative(_ inputs: Solution) -> Derivative {
      let (theta, phi, query) = (inputs.point.parameters, inputs.point.taskParameters, inputs.query)
      let (loss, gradient) = valueAndGradient(at: theta) { theta in
        let inner = innerProblem(theta, inputs.point.samples)
        // -(g, dG/dphi): the system was divided by lambda, and so is this.
        let pull = inner.scaled(inputs.solution).map(stopGradient).innerProduct(with: inner.gradients(phi))
        // Its derivative is asked for, not its value.
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

/// Differentiates through the inner loops of several tasks. Not Sendable: it belongs to one worker.
public final class ImplicitMetaGradient<Samples: TensorStructure> {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar
  private typealias Programs = ImplicitMetaGradientPrograms<Samples>

  /// What came of a batch of tasks, sums over them.
  public struct Outcome: Sendable {
    /// The query loss before adaptation.
    public let lossBefore: Scalar
    /// The query loss after adaptation.
    public let lossAfter: Scalar
    /// The scores before and after, where the problem has any.
    public let scores: [Scalar]
    /// The meta-gradient.
    public let gradient: MetaParameters<Scalar>
    /// The largest share of a task's outer gradient that its linear system's solver left: it tells how far the solver is
    /// from having converged.
    public let residual: Scalar
    /// How far the inner loop is from having converged: the largest share of a task's parameters that one more step moves.
    /// It is nil where the rule draws a task to its start, since few steps then end near that start and not at the minimum.
    public let recoveryResidual: Scalar?
  }

  private let solver: ConjugateGradient
  private let isDrawnToTheStart: Bool
  private let inner: InnerLoop<Samples>
  private let outerGradient: Workspace<Programs.Point, Parameters<Scalar>>
  private let system: ConjugateGradientSystems<Parameters<Scalar>, Programs.Point>
  private let derivative: Workspace<Programs.Solution, Programs.Derivative>
  // The parts of these.
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

  /// Adapts by `steps` inner steps and differentiates the query loss after them.
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
    return Outcome(
      lossBefore: found.lossBefore.scalar, lossAfter: found.lossAfter.scalar, scores: found.scores.map(\.scalar),
      gradient: found.gradient, residual: system.relativeResiduals.worst,
      // Everyone has the end of the inner loop: it may go on.
      recoveryResidual: isDrawnToTheStart ? nil : inner.fixedPointResiduals().worst)
  }

  /// Gives every program the point where the inner loop has ended, and the samples.
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
  /// The largest of some residuals, where NaN is larger than any number.
  fileprivate var worst: Element { reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 } }
}
