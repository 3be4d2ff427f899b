#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

// Distributions of one parameter and more.
extension RandomStream {
  /// A number from the gamma distribution of a shape, with the scale 1.
  ///
  /// Source: Marsaglia, Tsang, "A simple method for generating gamma variables" (ACM TOMS 2000), with its section 6 for
  /// shapes below 1. The number of random words that it takes varies.
  public mutating func gamma(shape: Double) -> Double {
    precondition(shape > 0, "a gamma distribution has a positive shape, not \(shape)")
    guard shape >= 1 else {
      // 1 - u is in (0, 1].
      let factor = pow(1 - uniform(), 1 / shape)
      return gamma(shape: shape + 1) * factor
    }
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(1 - uniform()) < 0.5 * x * x + d - d * v + d * log(v) { return d * v }
    }
  }

  /// A number from the beta distribution, by two of gamma distributions.
  public mutating func beta(_ a: Double, _ b: Double) -> Double {
    let first = gamma(shape: a)
    return first / (first + gamma(shape: b))
  }

  /// Probabilities from the Dirichlet distribution of some concentrations, by numbers of gamma distributions.
  public mutating func dirichlet(_ concentrations: [Double]) -> [Double] {
    let weights = concentrations.map { gamma(shape: $0) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
}
