/// Terms that keep the matrix of an implicit meta-gradient positive where the loss has directions of negative curvature.
///
/// The system is ((1 + `identity`) I + H / (lambda + `strength`)) g = v. The paper has neither term; the authors' code
/// (github.com/aravindr93/imaml_dev, `matrix_evaluator`) has both, 1 and 10. With terms other than 0 the solution is not the
/// derivative of the minimum, but is nearer to the gradient of first-order MAML.
public struct ImplicitDamping: Hashable, Sendable {
  /// The multiple of the identity that is added to the matrix.
  public var identity: Double
  /// The number that is added to lambda below the Hessian. It needs an attraction of one strength for all elements.
  public var strength: Double

  /// Creates damping terms, which are not negative.
  public init(identity: Double = 0, strength: Double = 0) {
    precondition(identity >= 0 && strength >= 0, "terms of \(identity) and \(strength) do not damp a system")
    (self.identity, self.strength) = (identity, strength)
  }
}
