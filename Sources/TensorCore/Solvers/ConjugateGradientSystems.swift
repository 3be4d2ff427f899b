/// Conjugate gradients for several systems `A_i x_i = b_i` side by side, as compiled programs: each tensor of the
/// unknowns has the systems as its leading axis.
///
/// The programs are straight lines. Which systems still take steps is decided outside, and given to them as a mask: a
/// system that has reached the tolerance, or met a direction without positive curvature, stays where it is while others
/// go on, so that its solution does not depend on its neighbours.
public struct ConjugateGradientPrograms<Scalar: TensorScalar>: Sendable {
  /// The products `A_i v_i` of vectors, each tensor `[systems, ...]`, by what the matrices depend on.
  public typealias Operator = (_ vectors: [Tensor<Scalar>], _ context: [Tensor<Scalar>]) -> [Tensor<Scalar>]

  /// Where the solution starts.
  public enum Start: Sendable {
    /// At 0, which saves a product.
    case zeros
    /// Where `ConjugateGradientSystems.setStart` says.
    case given
  }

  let systems: Int
  /// The number of tensors that the unknowns are made of.
  let count: Int
  /// Unknowns, right-hand sides, context; results: the squared norms of residuals and of right-hand sides, residuals.
  let first: Program<Scalar>
  /// The state is unknowns, residuals, directions and the residuals' squared norms; constants are the mask and the
  /// context; the output is the directions' curvatures.
  let step: IteratedProgram<Scalar>

  /// Compiles the solver of systems of one shape.
  /// - Parameters:
  ///   - unknowns: the shapes of the tensors that hold the unknowns, `[systems, ...]` each.
  ///   - context: the shapes of what the matrices depend on.
  ///   - start: where solutions start.
  ///   - operator: the matrices, which must be symmetric.
  public init(unknowns: [Shape], context: [Shape], start: Start, operator: Operator) {
    precondition(!unknowns.isEmpty, "a system has at least one unknown")
    let (systems, count) = (unknowns[0][0], unknowns.count)
    precondition(unknowns.allSatisfy { $0[0] == systems }, "\(unknowns) are not the unknowns of \(systems) systems")
    self.systems = systems
    self.count = count
    first = Program(argumentShapes: unknowns + unknowns + context) { arguments in
      let rightHandSides = Array(arguments[count..<2 * count])
      let products = `operator`(Array(arguments[..<count]), Array(arguments[(2 * count)...]))
      let residuals =
        switch start {
        case .zeros: rightHandSides
        case .given: zip(rightHandSides, products).map { $0 - $1 }
        }
      return [Self.innerProducts(residuals, residuals), Self.innerProducts(rightHandSides, rightHandSides)] + residuals
    }
    let state = unknowns + unknowns + unknowns + [[systems]]
    step = IteratedProgram(state: state, constants: [[systems]] + context) { state, constants in
      Self.advance(state, count: count, mask: constants[0]) { `operator`($0, Array(constants.dropFirst())) }
    }
  }

  /// One step of the systems whose `mask` is 1 and whose direction has positive curvature.
  private static func advance(
    _ state: [Tensor<Scalar>], count: Int, mask: Tensor<Scalar>, _ product: ([Tensor<Scalar>]) -> [Tensor<Scalar>]
  ) -> (state: [Tensor<Scalar>], outputs: [Tensor<Scalar>]) {
    let (unknowns, residuals) = (Array(state[..<count]), Array(state[count..<2 * count]))
    let (directions, squaredNorms) = (Array(state[2 * count..<3 * count]), state[3 * count])
    let images = product(directions)
    let curvatures = innerProducts(directions, images)
    let moves = mask * (curvatures .> 0)
    let lengths = select(moves, squaredNorms / curvatures, 0)
    let nextUnknowns = zip(unknowns, directions).map { $0 + scaled($1, by: lengths) }
    let nextResiduals = zip(residuals, images).map { $0 - scaled($1, by: lengths) }
    let nextSquaredNorms = innerProducts(nextResiduals, nextResiduals)
    let ratios = select(moves, nextSquaredNorms / squaredNorms, 0)
    let nextDirections = zip(nextResiduals, directions).map { $0 + scaled($1, by: ratios) }
    return (nextUnknowns + nextResiduals + nextDirections + [nextSquaredNorms], [curvatures])
  }

  /// The inner product of each system's vectors, `[systems]`.
  private static func innerProducts(_ left: [Tensor<Scalar>], _ right: [Tensor<Scalar>]) -> Tensor<Scalar> {
    zip(left, right).map { left, right in
      (left * right).sum(axes: Array(1..<left.shape.rank))
    }.reduce(0, +)
  }

  /// Each system's vector times its own number.
  private static func scaled(_ vectors: Tensor<Scalar>, by factors: Tensor<Scalar>) -> Tensor<Scalar> {
    factors.reshaped(to: Shape([factors.shape[0]] + Array(repeating: 1, count: vectors.shape.rank - 1))) * vectors
  }

  /// The memory in which one worker solves, in bytes; it does not depend on the number of steps.
  public var workspaceBytes: Int { first.workspaceBytes + step.program.workspaceBytes }

  /// What one worker solves in.
  public func makeSystems() -> ConjugateGradientSystems<Scalar> { ConjugateGradientSystems(self) }
}

/// The systems that one worker solves at a time. Not Sendable.
public final class ConjugateGradientSystems<Scalar: TensorScalar> {
  private let programs: ConjugateGradientPrograms<Scalar>
  private let first: Workspace<Scalar>
  private let state: Workspace<Scalar>

  private var count: Int { programs.count }

  init(_ programs: ConjugateGradientPrograms<Scalar>) {
    self.programs = programs
    first = programs.first.makeWorkspace()
    state = programs.step.program.makeWorkspace()
  }

  /// Gives `set` the places of tensor `index` of the context: set each to the same.
  public func setContext(_ index: Int, _ set: (Workspace<Scalar>, Int) -> Void) {
    set(first, 2 * count + index)
    set(state, 3 * count + 2 + index)
  }

  /// Gives `set` the place of tensor `index` of the right-hand sides.
  public func setRightHandSide(_ index: Int, _ set: (Workspace<Scalar>, Int) -> Void) { set(first, count + index) }

  /// Gives `set` the place of tensor `index` of the unknowns, where they start. Not for programs that start at 0.
  public func setStart(_ index: Int, _ set: (Workspace<Scalar>, Int) -> Void) { set(first, index) }

  /// Gives `body` the place of tensor `index` of the solutions.
  public func readSolution(_ index: Int, _ body: (Workspace<Scalar>, Int) -> Void) { body(state, index) }

  /// Solves, each system to the tolerance relative to its own right-hand side.
  /// - Returns: the steps that each system made.
  @discardableResult public func solve(_ settings: ConjugateGradient) -> [Int] {
    programs.first.run(in: first)
    for index in 0..<count {
      state.setArgument(index, toArgument: index, of: first)
      state.setArgument(count + index, toResult: 2 + index, of: first)
      state.setArgument(2 * count + index, toResult: 2 + index, of: first)
    }
    state.setArgument(3 * count, toResult: 0, of: first)
    let share = Scalar(settings.relativeTolerance * settings.relativeTolerance)
    let limits = first.result(1).map { share * $0 }
    var steps = Array(repeating: 0, count: programs.systems)
    var isActive = zip(first.result(0), limits).map { $0 > $1 }
    for _ in 0..<settings.maximumSteps where isActive.contains(true) {
      state.setArgument(3 * count + 1, to: isActive.map { $0 ? 1 : 0 })
      programs.step.step(in: state)
      let (curvatures, squaredNorms) = (state.result(0), state.argument(3 * count))
      for system in isActive.indices where isActive[system] {
        let hasMoved = curvatures[system] > 0
        steps[system] += hasMoved ? 1 : 0
        isActive[system] = hasMoved && squaredNorms[system] > limits[system]
      }
    }
    return steps
  }

  /// What the last solution leaves of each right-hand side: the norm of b - A x as a share of b's, as the solver's recurrence
  /// has it, which roundings part from the product's own by little more than one of them a step. A solver that has not
  /// converged leaves much; 0 where the right-hand side is 0, and NaN where it, or the solution, has one.
  public var relativeResiduals: [Scalar] {
    zip(state.argument(3 * count), first.result(1)).map { left, right in
      right == 0 ? 0 : (left / right).squareRoot()
    }
  }
}
