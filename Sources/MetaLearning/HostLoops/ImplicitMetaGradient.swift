public import NeuralNetworks
public import TensorCore

/// The implicit meta-gradient as compiled programs, for several tasks at once (iMAML, algorithm 2).
///
/// Where the inner loop ends, at phi, the gradient of the inner objective G(phi, theta) vanishes. So phi follows from
/// theta by the implicit function theorem: with v the outer gradient at phi and g the solution of d2G/dphi2 g = v, the
/// meta-gradient is the outer loss's own derivative by theta less that of (g, dG/dphi), phi being held. For a proximal
/// term the latter is (I + H / lambda)^-1 v at the start (iMAML, eq. 6); for a sparse recovery it is what
/// dphi_S / dtheta = -(d2L/dphi_S2)^-1 d2L/dphi_S dtheta gives the features, on the support S of phi.
public struct ImplicitMetaGradientPrograms<Scalar: TensorScalar>: Sendable {
  let problem: AdaptationProblem<Scalar>
  let solver: ConjugateGradient
  let adaptedCount: Int
  let isDrawnToTheStart: Bool
  let inner: InnerLoopPrograms<Scalar>
  /// From theta, phi and the query examples to the outer gradient at phi.
  let outerSlope: Program<Scalar>
  /// Its context is theta, phi and the support examples.
  let system: ConjugateGradientPrograms<Scalar>
  /// From theta, phi, the solution and all examples to the sums of the losses before and after, of the scores where there
  /// are any, and the meta-gradient.
  let derivative: Program<Scalar>

  /// Compiles the meta-gradient of `adaptation`, whose meta-gradient is implicit.
  public init(_ adaptation: Adaptation, _ problem: AdaptationProblem<Scalar>) {
    guard case .implicit(let solver) = adaptation.metaGradient else {
      preconditionFailure("\(adaptation.metaGradient) is not the implicit meta-gradient")
    }
    precondition(adaptation.opening == nil, "an implicit meta-gradient does not see the steps before its own")
    let start = adaptation.start(problem.layout, tasks: problem.tasks)
    let own = adaptation.adaptedParameters(of: start)
    let trace = Trace(adaptation: adaptation, problem: problem, own: own)
    self.problem = problem
    self.solver = solver
    adaptedCount = own.names.count
    isDrawnToTheStart =
      (adaptation.rule as? any PenalizedRule)?.attraction(own: start.group(Adaptation.rulePrefix)) != nil
    inner = InnerLoopPrograms(adaptation, problem)
    let base = problem.layout.shapes + own.shapes
    outerSlope = Program(argumentShapes: base + problem.queryShapes) { trace.outerSlope($0) }
    // From the outer gradient on: without a step the meta-gradient is that of FOMAML, or the direct one of a recovery from zero.
    system = ConjugateGradientPrograms(
      unknowns: own.shapes, context: base + problem.supportShapes, start: isDrawnToTheStart ? .given : .zeros
    ) { trace.product(along: $0, context: $1) }
    derivative = Program(argumentShapes: base + own.shapes + problem.supportShapes + problem.queryShapes) {
      trace.derivative($0)
    }
  }

  /// The memory of a worker in bytes: it depends neither on the inner steps nor on those of the solver.
  public var workspaceBytes: Int {
    inner.workspaceBytes + outerSlope.workspaceBytes + system.workspaceBytes + derivative.workspaceBytes
  }

  /// What one worker differentiates in.
  public func makeMetaGradient() -> ImplicitMetaGradient<Scalar> { ImplicitMetaGradient(self) }

  /// The bodies of the programs.
  private struct Trace {
    let adaptation: Adaptation
    let problem: AdaptationProblem<Scalar>
    let own: Parameters<Scalar>

    private var count: Int { problem.layout.tensors.count }

    private func theta(_ arguments: [Tensor<Scalar>]) -> Parameters<Scalar> {
      problem.layout.replacingTensors(Array(arguments[..<count]))
    }

    private func phi(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
      Array(arguments[count..<count + own.tensors.count])
    }

    private func innerProblem(_ theta: Parameters<Scalar>, _ examples: [Tensor<Scalar>]) -> InnerProblem<Scalar> {
      InnerProblem(adaptation, problem, parameters: theta, examples: examples)
    }

    /// The outer loss, summed over the tasks.
    private func outerLoss(
      _ theta: Parameters<Scalar>, _ phi: [Tensor<Scalar>], _ query: [Tensor<Scalar>]
    ) -> Tensor<Scalar> {
      problem.queryLosses(theta.merging(own.replacingTensors(phi)), query).sum()
    }

    func outerSlope(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
      let (theta, phi) = (theta(arguments), phi(arguments))
      let query = Array(arguments[(count + own.tensors.count)...])
      let slope = gradient(at: phi) { outerLoss(theta, $0, query) }
      // What the minimum holds at 0 does not move with theta.
      return innerProblem(theta, []).restricted(slope, at: phi)
    }

    func product(along vectors: [Tensor<Scalar>], context: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
      innerProblem(theta(context), Array(context[(count + own.tensors.count)...]))
        .product(phi(context), along: vectors)
    }

    func derivative(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
      let phi = phi(arguments)
      let rest = Array(arguments[(count + own.tensors.count)...])
      let solution = Array(rest[..<own.tensors.count])
      let support = Array(rest[own.tensors.count..<own.tensors.count + problem.supportShapes.count])
      let query = Array(rest.suffix(problem.queryShapes.count))
      let (loss, slope) = valueAndGradient(at: theta(arguments).tensors) { tensors in
        let theta = problem.layout.replacingTensors(tensors)
        let inner = innerProblem(theta, support)
        // -(g, dG/dphi): the system was divided by lambda, and so is this.
        let factors = inner.scaled(solution).map(stopGradient)
        let pull = zip(factors, inner.slope(phi)).map { ($0 * $1).sum() }.reduce(0, +)
        // Its derivative is asked for, not its value.
        return outerLoss(theta, phi, query) - (pull - stopGradient(pull))
      }
      let beginning = adaptation.beginning(theta(arguments))
      let before = problem.queryLosses(beginning, query).sum()
      let ends = [beginning, theta(arguments).merging(own.replacingTensors(phi))]
      let scores = problem.queryScores.map { scores in ends.map { scores($0, query).sum() } } ?? []
      return [before, loss] + scores + slope
    }
  }
}

/// Differentiates through the inner loops of several tasks. Not Sendable: it belongs to one worker.
public final class ImplicitMetaGradient<Scalar: TensorScalar> {
  private let programs: ImplicitMetaGradientPrograms<Scalar>
  private let inner: InnerLoop<Scalar>
  private let outerSlope: Workspace<Scalar>
  private let system: ConjugateGradientSystems<Scalar>
  private let derivative: Workspace<Scalar>

  private var parameterCount: Int { programs.problem.layout.tensors.count }

  init(_ programs: ImplicitMetaGradientPrograms<Scalar>) {
    self.programs = programs
    inner = programs.inner.makeLoop()
    outerSlope = programs.outerSlope.makeWorkspace()
    system = programs.system.makeSystems()
    derivative = programs.derivative.makeWorkspace()
  }

  /// The sums over the tasks of the query losses before and after adaptation, of the scores before and after where the
  /// problem has any, and of the meta-gradients: one array a meta-parameter. The residual is the largest share of a task's
  /// outer gradient that its linear system's solver left: it tells how far the solver is from having converged. That of the
  /// recovery tells it of the inner loop, by one step more: the largest share of a task's parameters that still moves. It is
  /// nil where the rule draws a task to its start, since few steps then end near that start and not at the minimum.
  public func differentiate(
    _ parameters: Parameters<Scalar>, support: [[Scalar]], query: [[Scalar]], steps: Int
  ) -> (
    lossBefore: Scalar, lossAfter: Scalar, scores: [Scalar], gradient: [[Scalar]], residual: Scalar,
    recoveryResidual: Scalar?
  ) {
    inner.restart(from: parameters, support: support)
    for _ in 0..<steps { inner.step() }
    setParameters(parameters, support: support, query: query)
    programs.outerSlope.run(in: outerSlope)
    solve()
    programs.derivative.run(in: derivative)
    // Everyone has the end of the inner loop: it may go on.
    let recoveryResidual = programs.isDrawnToTheStart ? nil : inner.fixedPointResiduals().worst
    let sums = (0..<(programs.problem.queryScores == nil ? 2 : 4)).map { derivative.result($0)[0] }
    return (
      sums[0], sums[1], Array(sums[2...]), (0..<parameterCount).map { derivative.result(sums.count + $0) },
      system.relativeResiduals.worst, recoveryResidual
    )
  }

  /// Gives every program the point where the inner loop has ended, and the examples.
  private func setParameters(_ parameters: Parameters<Scalar>, support: [[Scalar]], query: [[Scalar]]) {
    let (theta, own) = (parameterCount, programs.adaptedCount)
    for (index, tensor) in parameters.tensors.enumerated() {
      outerSlope.setArgument(index, to: tensor.scalars)
      system.setContext(index) { $0.setArgument($1, to: tensor.scalars) }
      derivative.setArgument(index, to: tensor.scalars)
    }
    for index in 0..<own {
      inner.writeAdapted(index, to: outerSlope, theta + index)
      system.setContext(theta + index) { inner.writeAdapted(index, to: $0, $1) }
      inner.writeAdapted(index, to: derivative, theta + index)
    }
    for (index, examples) in support.enumerated() {
      system.setContext(theta + own + index) { $0.setArgument($1, to: examples) }
      derivative.setArgument(theta + 2 * own + index, to: examples)
    }
    for (index, examples) in query.enumerated() {
      outerSlope.setArgument(theta + own + index, to: examples)
      derivative.setArgument(theta + 2 * own + support.count + index, to: examples)
    }
  }

  private func solve() {
    for index in 0..<programs.adaptedCount {
      system.setRightHandSide(index) { $0.setArgument($1, toResult: index, of: outerSlope) }
      if programs.isDrawnToTheStart {
        system.setStart(index) { $0.setArgument($1, toResult: index, of: outerSlope) }
      }
    }
    system.solve(programs.solver)
    for index in 0..<programs.adaptedCount {
      system.readSolution(index) {
        derivative.setArgument(parameterCount + programs.adaptedCount + index, toArgument: $1, of: $0)
      }
    }
  }
}

extension Array where Element: TensorScalar {
  /// The largest of some residuals, where NaN is larger than any number.
  fileprivate var worst: Element { reduce(0) { $1.isNaN || $1 > $0 ? $1 : $0 } }
}
