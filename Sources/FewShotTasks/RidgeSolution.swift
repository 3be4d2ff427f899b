import TensorCore

/// The closed forms of a regularised linear regression, to which an inner solver and an implicit meta-gradient converge.
///
/// The inner problem is G(phi) = |X phi - y|^2 / n + lambda / 2 |phi - theta|^2, with the Hessian H = 2 X^T X / n of its
/// first part; phi* = (H + lambda I)^-1 (2 X^T y / n + lambda theta), so that d phi* / d theta = (I + H / lambda)^-1
/// (Rajeswaran, Finn, Kakade, Levine, "Meta-learning with implicit gradients", 2019, lemma 1).
public struct RidgeSolution: Sendable {
  /// The number of weights.
  public let size: Int
  private let lambda: Double
  /// 2 X^T y / n.
  private let moment: [Double]
  /// The Cholesky factors of H + lambda I.
  private let factorization: CholeskyFactorization

  /// Sets up the problem from its examples.
  /// - Parameters:
  ///   - inputs: X, row-major `[targets.count, size]`.
  ///   - targets: y.
  ///   - lambda: the strength of the regularisation, positive.
  public init(inputs: [Double], targets: [Double], lambda: Double) {
    precondition(
      !targets.isEmpty && inputs.count.isMultiple(of: targets.count) && lambda > 0,
      "\(inputs.count) inputs, \(targets.count) targets and a strength of \(lambda) are no ridge regression")
    let size = inputs.count / targets.count
    let share = 2 / Double(targets.count)
    var matrix = Array(repeating: 0.0, count: size * size)
    var moment = Array(repeating: 0.0, count: size)
    for (row, target) in targets.enumerated() {
      for i in 0..<size {
        let x = inputs[row * size + i]
        moment[i] += share * x * target
        for j in 0..<size { matrix[i * size + j] += share * x * inputs[row * size + j] }
      }
    }
    for i in 0..<size { matrix[i * size + i] += lambda }
    guard let factorization = CholeskyFactorization(of: matrix, size: size) else {
      preconditionFailure("the inputs of a ridge regression are not finite")
    }
    self.size = size
    self.lambda = lambda
    self.moment = moment
    self.factorization = factorization
  }

  /// phi*, the minimum of the inner problem around theta.
  public func solution(around theta: [Double]) -> [Double] {
    factorization.solve(zip(moment, theta).map { $0 + lambda * $1 })
  }

  /// The meta-gradient (I + H / lambda)^-1 g for the outer gradient g at phi*.
  public func metaGradient(ofOuterGradient gradient: [Double]) -> [Double] {
    factorization.solve(gradient.map { lambda * $0 })
  }
}
