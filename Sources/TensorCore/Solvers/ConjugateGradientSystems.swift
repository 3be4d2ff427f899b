/// Conjugate gradients for several systems `A_i x_i = b_i` side by side, as compiled programs: each tensor of the unknowns
/// has the systems as its first axis.
///
/// The programs have no branches. The caller decides which systems still take steps and gives this to the programs as a
/// mask: a system that has reached the tolerance, or met a direction without positive curvature, stays where it is while
/// others go on, so that its solution does not depend on its neighbours.
public struct ConjugateGradientPrograms<Unknowns: TensorStructure, Context: TensorStructure>: Sendable
where Context.Scalar == Unknowns.Scalar {
  /// The type of the tensors' elements.
  public typealias Scalar = Unknowns.Scalar
  /// A function that computes the products `A_i v_i` of vectors, each tensor `[systems, ...]`, from a context on which the
  /// matrices depend.
  public typealias Operator = (_ vectors: Unknowns, _ context: Context) -> Unknowns

  /// The point from which the solution starts.
  public enum Start: Sendable {
    /// The solution starts at 0, which saves a product.
    case zeros
    /// The solution starts at the values in `ConjugateGradientSystems.start`.
    case given
  }

  /// The inputs of the first residuals.
  struct Problem: TensorStructure {
    var start: Unknowns
    var rightHandSides: Unknowns
    var context: Context

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try start.forEachTensor(body)
      try rightHandSides.forEachTensor(body)
      try context.forEachTensor(body)
    }
  }

  /// The state before the first step; the squared norms are `[systems]`.
  struct InitialState: TensorStructure {
    var residuals: Unknowns
    var squaredNorms: Tensor<Scalar>
    var squaredNormsOfRightHandSides: Tensor<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try residuals.forEachTensor(body)
      try squaredNorms.forEachTensor(body)
      try squaredNormsOfRightHandSides.forEachTensor(body)
    }
  }

  /// What a step changes; the squared norms are those of the residuals, `[systems]`.
  struct State: TensorStructure {
    var unknowns: Unknowns
    var residuals: Unknowns
    var directions: Unknowns
    var squaredNorms: Tensor<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try unknowns.forEachTensor(body)
      try residuals.forEachTensor(body)
      try directions.forEachTensor(body)
      try squaredNorms.forEachTensor(body)
    }
  }

  /// What a step reads; the mask `[systems]` is 1 where a system still takes steps.
  struct Constants: TensorStructure {
    var mask: Tensor<Scalar>
    var context: Context

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try mask.forEachTensor(body)
      try context.forEachTensor(body)
    }
  }

  let systems: Int
  let first: Program<Problem, InitialState>
  /// The program of one step, whose outputs are the directions' curvatures `[systems]`.
  let step: IteratedProgram<State, Constants, Tensor<Scalar>>

  /// Compiles the solver of systems of one shape.
  /// - Parameters:
  ///   - unknowns: tensors `[systems, ...]`. Only their shapes are used.
  ///   - context: the values on which the matrices depend. Only their shapes are used.
  ///   - start: the point from which solutions start.
  ///   - operator: the matrices, which must be symmetric.
  public init(unknowns: Unknowns, context: Context, start: Start, operator: Operator) {
    let shapes = unknowns.shapes
    precondition(!shapes.isEmpty, "a system has at least one unknown")
    let systems = shapes[0][0]
    precondition(shapes.allSatisfy { $0[0] == systems }, "\(shapes) are not the unknowns of \(systems) systems")
    self.systems = systems
    let problem = Problem(start: unknowns, rightHandSides: unknowns, context: context)
    first = Program(for: problem) { problem in
      let residuals =
        switch start {
        case .zeros: problem.rightHandSides
        case .given: problem.rightHandSides.combined(with: `operator`(problem.start, problem.context), -)
        }
      return InitialState(
        residuals: residuals, squaredNorms: Self.innerProducts(residuals, residuals),
        squaredNormsOfRightHandSides: Self.innerProducts(problem.rightHandSides, problem.rightHandSides))
    }
    let numbers = Tensor<Scalar>.placeholder([systems])
    step = IteratedProgram(
      state: State(unknowns: unknowns, residuals: unknowns, directions: unknowns, squaredNorms: numbers),
      constants: Constants(mask: numbers, context: context)
    ) { state, constants in
      Self.advance(state, mask: constants.mask) { `operator`($0, constants.context) }
    }
  }

  /// One step of the systems whose `mask` is 1 and whose direction has positive curvature.
  private static func advance(
    _ state: State, mask: Tensor<Scalar>, _ product: (Unknowns) -> Unknowns
  ) -> (state: State, outputs: Tensor<Scalar>) {
    let images = product(state.directions)
    let curvatures = innerProducts(state.directions, images)
    let moves = mask * (curvatures .> 0)
    let lengths = select(moves, state.squaredNorms / curvatures, 0)
    let unknowns = state.unknowns.combined(with: state.directions) { $0 + scaled($1, by: lengths) }
    let residuals = state.residuals.combined(with: images) { $0 - scaled($1, by: lengths) }
    let squaredNorms = innerProducts(residuals, residuals)
    let ratios = select(moves, squaredNorms / state.squaredNorms, 0)
    let directions = residuals.combined(with: state.directions) { $0 + scaled($1, by: ratios) }
    return (
      State(unknowns: unknowns, residuals: residuals, directions: directions, squaredNorms: squaredNorms), curvatures
    )
  }

  /// The inner product of each system's vectors, `[systems]`.
  private static func innerProducts(_ left: Unknowns, _ right: Unknowns) -> Tensor<Scalar> {
    zip(left.tensors, right.tensors).map { left, right in
      (left * right).sum(axes: Array(1..<left.shape.rank))
    }.reduce(0, +)
  }

  /// Each system's vector times its own factor.
  private static func scaled(_ vectors: Tensor<Scalar>, by factors: Tensor<Scalar>) -> Tensor<Scalar> {
    factors.reshaped(to: Shape([factors.shape[0]] + Array(repeating: 1, count: vectors.shape.rank - 1))) * vectors
  }

  /// The memory in which one worker solves, in bytes; it does not depend on the number of steps.
  public var workspaceBytes: Int { first.workspaceBytes + step.workspaceBytes }

  /// The program of the first residuals, and that of a step.
  package var compiled: (first: CompiledProgram<Scalar>, step: CompiledProgram<Scalar>) {
    (first.compiled, step.compiled)
  }

  /// Allocates the memory in which one worker solves.
  public func makeSystems() -> ConjugateGradientSystems<Unknowns, Context> { ConjugateGradientSystems(self) }
}

/// The systems that one worker solves at a time. The type is not Sendable: the memory belongs to one worker at a time.
public final class ConjugateGradientSystems<Unknowns: TensorStructure, Context: TensorStructure>
where Context.Scalar == Unknowns.Scalar {
  /// The type of the tensors' elements.
  public typealias Scalar = Unknowns.Scalar
  private typealias Programs = ConjugateGradientPrograms<Unknowns, Context>

  /// The values on which the matrices depend.
  public let context: Buffers<Context>
  /// The right-hand sides.
  public let rightHandSides: Buffers<Unknowns>
  /// The points from which the solutions start. Programs that start at 0 do not read them.
  public let start: Buffers<Unknowns>
  /// The solutions.
  public let solutions: Buffers<Unknowns>

  private let systems: Int
  private let first: Workspace<Programs.Problem, Programs.InitialState>
  private let loop: IteratedWorkspace<Programs.State, Programs.Constants, Tensor<Scalar>>
  private let firstResiduals: Buffers<Unknowns>
  private let firstSquaredNorms: Buffers<Tensor<Scalar>>
  private let squaredNormsOfRightHandSides: Buffers<Tensor<Scalar>>
  private let residuals: Buffers<Unknowns>
  private let directions: Buffers<Unknowns>
  private let squaredNorms: Buffers<Tensor<Scalar>>
  private let mask: Buffers<Tensor<Scalar>>
  private let contextOfSteps: Buffers<Context>

  init(_ programs: ConjugateGradientPrograms<Unknowns, Context>) {
    systems = programs.systems
    first = programs.first.makeWorkspace()
    loop = programs.step.makeWorkspace()
    context = first.inputs.context
    rightHandSides = first.inputs.rightHandSides
    start = first.inputs.start
    solutions = loop.state.unknowns
    firstResiduals = first.outputs.residuals
    firstSquaredNorms = first.outputs.squaredNorms
    squaredNormsOfRightHandSides = first.outputs.squaredNormsOfRightHandSides
    residuals = loop.state.residuals
    directions = loop.state.directions
    squaredNorms = loop.state.squaredNorms
    mask = loop.constants.mask
    contextOfSteps = loop.constants.context
  }

  /// Solves every system to the tolerance relative to its right-hand side.
  /// - Returns: the number of steps that each system made.
  @discardableResult public func solve(_ settings: ConjugateGradient) -> [Int] {
    begin()
    let share = Scalar(settings.relativeTolerance * settings.relativeTolerance)
    let limits = squaredNormsOfRightHandSides.scalars.map { share * $0 }
    var steps = Array(repeating: 0, count: systems)
    var isActive = zip(squaredNorms.scalars, limits).map { $0 > $1 }
    for _ in 0..<settings.maximumSteps where isActive.contains(true) {
      mask.write(isActive.map { $0 ? 1 : 0 })
      loop.step()
      let (curvatures, squaredNorms) = (loop.outputs.scalars, squaredNorms.scalars)
      for system in isActive.indices where isActive[system] {
        let hasMoved = curvatures[system] > 0
        steps[system] += hasMoved ? 1 : 0
        isActive[system] = hasMoved && squaredNorms[system] > limits[system]
      }
    }
    return steps
  }

  private func begin() {
    first.run()
    contextOfSteps.copy(from: context)
    solutions.copy(from: start)
    residuals.copy(from: firstResiduals)
    directions.copy(from: firstResiduals)
    squaredNorms.copy(from: firstSquaredNorms)
  }

  /// The relative residual of each system after the last solution: the norm of b - A x divided by the norm of b. The
  /// solver's recurrence computes it, and rounding separates it from the residual of the explicit product by little more
  /// than one unit a step. It is large where the solver has not converged, 0 where the right-hand side is 0, and NaN where
  /// the right-hand side or the solution has a NaN.
  public var relativeResiduals: [Scalar] {
    zip(squaredNorms.scalars, squaredNormsOfRightHandSides.scalars).map { left, right in
      right == 0 ? 0 : (left / right).squareRoot()
    }
  }
}
