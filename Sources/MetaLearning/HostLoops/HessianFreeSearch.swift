public import TensorCore

/// A search for an inner step without a Hessian: conjugate gradients on Hessian-vector products give a direction towards
/// the minimum of the local quadratic model of loss and penalty, and a line search gives the length (iMAML, section 4;
/// Martens 2010; Nocedal and Wright 2006, algorithm 7.1).
public struct HessianFreeSearch: Hashable, Sendable {
  /// The solver of the direction.
  public var direction: ConjugateGradient
  /// The largest number of lengths that are tried, from 1 on. Where none is accepted, a task stays where it is.
  public var trials: Int
  /// The factor of the length from one trial to the next.
  public var shrinkage: Double
  /// The smallest share of the decrease of the objective that the directional derivative predicts for a length, at which
  /// the length is accepted (Armijo's condition; Nocedal and Wright, eq. 3.4).
  public var sufficientDecrease: Double

  /// Creates a search; at least one length is tried.
  public init(
    direction: ConjugateGradient, trials: Int = 10, shrinkage: Double = 0.5, sufficientDecrease: Double = 1e-4
  ) {
    precondition(trials >= 1, "a line search cannot try \(trials) lengths")
    self.direction = direction
    self.trials = trials
    self.shrinkage = shrinkage
    self.sufficientDecrease = sufficientDecrease
  }
}
