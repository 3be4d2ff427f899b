/// The mean of a sample and its confidence interval.
public struct SampleSummary: Equatable, Sendable {
  /// The mean of the values.
  public let mean: Double
  /// The standard deviation of the mean; nil where a stratum has one value only.
  public let standardError: Double?
  /// Half the width of the 95% confidence interval of the mean by Student's t; nil where there is no interval.
  public let halfWidth: Double?

  /// The 95% confidence interval of the mean; nil where there is none.
  public var interval: ClosedRange<Double>? { halfWidth.map { mean - $0...mean + $0 } }

  /// Summarizes a sample, which must not be empty.
  public init(_ values: [Double]) { self.init(strata: [values]) }

  /// Summarizes a sample that was drawn stratum by stratum, a fixed number from each: the mean is over all values, and
  /// differences between the strata do not add to its uncertainty.
  ///
  /// The variance of the mean is the sum of `(n / N)^2 s^2 / n` over the strata (Cochran, Sampling Techniques, equation
  /// 5.6). The degrees of freedom are Welch's and Satterthwaite's (equation 5.16), rounded down; for one stratum they are
  /// `n - 1`. There is no interval where a stratum has one value only.
  /// - Parameter strata: the values of each stratum, none of which may be empty.
  init(strata: [[Double]]) {
    precondition(!strata.isEmpty && !strata.contains([]), "a summary needs at least one value in each stratum")
    let count = Double(strata.map(\.count).reduce(0, +))
    mean = strata.map { $0.reduce(0, +) }.reduce(0, +) / count
    guard strata.allSatisfy({ $0.count > 1 }) else {
      (standardError, halfWidth) = (nil, nil)
      return
    }
    var (variance, squares) = (0.0, 0.0)
    for stratum in strata {
      let (size, own) = (Double(stratum.count), stratum.reduce(0, +) / Double(stratum.count))
      let spread = stratum.reduce(0) { $0 + ($1 - own) * ($1 - own) } / (size - 1)
      let share = size / (count * count) * spread
      variance += share
      squares += share * share / (size - 1)
    }
    // Satterthwaite's number is at least that of the smallest stratum; without any spread it does not matter.
    let smallest = strata.map(\.count).min() ?? 2
    let freedom = variance > 0 ? (variance * variance / squares).rounded(.down) : 1
    let degrees = freedom.isFinite ? max(smallest - 1, Int(min(freedom, 1e9))) : smallest - 1
    standardError = variance.squareRoot()
    halfWidth = Self.quantile(degreesOfFreedom: degrees) * variance.squareRoot()
  }

  /// Returns the 97.5% quantile of Student's distribution.
  static func quantile(degreesOfFreedom: Int) -> Double {
    if degreesOfFreedom <= tabulated.count { return tabulated[degreesOfFreedom - 1] }
    // The expansion around the normal quantile z in powers of 1/n; Abramowitz and Stegun, 26.7.5. Beyond the table its
    // error is below 1e-5.
    let (z, n) = (1.959963984540054, Double(degreesOfFreedom))
    let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
    return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
      + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
  }

  private static let tabulated = [
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139, 2.200985,
    2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
  ]
}
