public import TensorCore

/// How an inner step is searched for without a Hessian: conjugate gradients on Hessian-vector products give a direction,
/// towards the minimum of the local quadratic model of loss and penalty, and a line search its length (iMAML, section 4;
/// Martens 2010; Nocedal and Wright 2006, algorithm 7.1).
public struct HessianFreeSearch: Hashable, Sendable {
  /// The solver of the direction.
  public var direction: ConjugateGradient
  /// The lengths that are tried, from 1 on; where none is good enough a task stays where it is.
  public var trials: Int
  /// What a length is multiplied by for the next trial.
  public var shrinkage: Double
  /// The derivative along the direction predicts how much a step of a length decreases the objective. A length is accepted
  /// that brings at least this share of it (Armijo's condition; Nocedal and Wright, eq. 3.4).
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
