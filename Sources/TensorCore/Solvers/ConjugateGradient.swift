/// The method of conjugate gradients for `A x = b`, where A is symmetric and positive definite and known only by its
/// products with vectors.
///
/// Source: Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems" (1952).
public struct ConjugateGradient: Hashable, Sendable {
  /// The largest number of steps. In exact arithmetic, as many steps as A has distinct eigenvalues suffice.
  public var maximumSteps: Int
  /// The relative residual at which the solver stops: the norm of the residual divided by that of b. 0 runs every step.
  public var relativeTolerance: Double

  /// The result of a solution: the value, the steps and the residual.
  public struct Solution<Scalar: TensorScalar>: Sendable {
    /// The approximate solution.
    public let value: Tensor<Scalar>
    /// The number of steps; each took one product with A.
    public let steps: Int
    /// The norm of `b - A x`, as the recurrence computes it.
    public let residualNorm: Double
  }

  /// Creates a solver; `maximumSteps` at least 0, `relativeTolerance` at least 0.
  public init(maximumSteps: Int, relativeTolerance: Double = 0) {
    precondition(
      maximumSteps >= 0 && relativeTolerance >= 0,
      "conjugate gradients cannot take \(maximumSteps) steps to a tolerance of \(relativeTolerance)")
    self.maximumSteps = maximumSteps
    self.relativeTolerance = relativeTolerance
  }

  /// Solves `A x = b` for known values.
  /// - Parameters:
  ///   - rightHandSide: b, of any shape.
  ///   - start: the first guess; zeros when nil.
  ///   - operator: the product of A with a tensor of b's shape.
  public func solve<Scalar>(
    rightHandSide: Tensor<Scalar>, start: Tensor<Scalar>? = nil, operator: (Tensor<Scalar>) throws -> Tensor<Scalar>
  ) rethrows -> Solution<Scalar> {
    var x = start ?? .zeros(rightHandSide.shape)
    var residual = try start.map { try rightHandSide - `operator`($0) } ?? rightHandSide
    var direction = residual
    var squaredNorm = square(residual).sum()
    let limit = Scalar(relativeTolerance * relativeTolerance) * square(rightHandSide).sum().scalar
    var steps = 0
    while steps < maximumSteps, squaredNorm.scalar > limit {
      let image = try `operator`(direction)
      let curvature = (direction * image).sum()
      // Zero or negative curvature: A is not positive definite along this direction, and no step is safe.
      guard curvature.scalar > 0 else { break }
      let length = squaredNorm / curvature
      x = x + length * direction
      residual = residual - length * image
      let nextSquaredNorm = square(residual).sum()
      direction = residual + (nextSquaredNorm / squaredNorm) * direction
      squaredNorm = nextSquaredNorm
      steps += 1
    }
    return Solution(value: x, steps: steps, residualNorm: Double(squaredNorm.scalar).squareRoot())
  }
}
