/// Spearman's rank correlation: Pearson's correlation of the ranks of two lists of values.
enum RankCorrelation {
  /// The correlation, from -1 to 1; nil for fewer than three pairs, or where all values of a list are equal.
  static func spearman(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "\(first.count) values beside \(second.count)")
    guard first.count > 2 else { return nil }
    return pearson(ranks(of: first), ranks(of: second))
  }

  /// The rank of each value from 1; equal values share the mean of their ranks.
  static func ranks(of values: [Double]) -> [Double] {
    values.map { value in
      let (below, equal) = (values.count { $0 < value }, values.count { $0 == value })
      return Double(below) + Double(equal + 1) / 2
    }
  }

  private static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
    func centered(_ values: [Double]) -> [Double] {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.map { $0 - mean }
    }
    func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map(*).reduce(0, +) }
    let (a, b) = (centered(first), centered(second))
    let norm = (product(a, a) * product(b, b)).squareRoot()
    return norm > 0 ? product(a, b) / norm : nil
  }
}
