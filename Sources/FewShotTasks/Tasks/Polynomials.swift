import Parts
public import RandomStreams

/// Polynomials of one order, y = sum of c_i (x / 2)^i, with every c_i uniform over [-1, 1] and x over [-2, 2].
///
/// Source: MT-net, section 6.3, which states the coefficients; the inputs' range, and that the i-th coefficient is
/// divided by 2^i so that no power outweighs the others, are those of its authors' code.
public struct Polynomials: ScalarFunctionDistribution, Hashable {
  /// The coefficients c_0, c_1, ...
  public typealias Task = [Double]

  /// The highest power.
  public let order: Int
  let inputs = -2.0...2.0

  /// Creates the distribution of polynomials of `order`.
  public init(order: Int) {
    precondition(order >= 0, "a polynomial cannot have the order \(order)")
    self.order = order
  }

  public func sampleTask(from stream: inout RandomStream) -> [Double] {
    (0...order).map { _ in stream.uniform(in: -1...1) }
  }

  func value(of coefficients: [Double], at input: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * (input / 2) + $1 }
  }
}

extension Polynomials {
  /// The families of the orders that MT-net compares.
  static let families: [any SupervisedTaskFamily] = (0...3).map { order in
    GeneratedTaskFamily(
      Card(
        "polynomial-\(order)", "polynomials of order \(order) in x / 2, coefficients in [-1, 1], x in [-2, 2]",
        source: "Lee, Choi 2018 (MT-net), section 6.3"), Polynomials(order: order))
  }
}
