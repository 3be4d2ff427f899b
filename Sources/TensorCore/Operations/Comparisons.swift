import CVectorKernels

// Comparisons, and what chooses by them. Operands of different shapes are broadcast.

infix operator .>= : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence

/// 1 where a comparison holds, 0 elsewhere; its gradient is zero.
protocol Comparison: BinaryFunction {}

extension Comparison {
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [nil, nil] }
}

extension Tensor {
  /// 1 where `a` is greater than `b`, 0 elsewhere; its gradient is zero.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { elementwise(Greater.self, a, b) }
}

enum Greater: Comparison {
  static var name: String { "greater" }
  static var native: metarl_binary { METARL_GREATER }
}

extension Tensor {
  /// 1 where `a` is at least `b`, 0 elsewhere; its gradient is zero.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { elementwise(GreaterOrEqual.self, a, b) }
}

enum GreaterOrEqual: Comparison {
  static var name: String { "greaterOrEqual" }
  static var native: metarl_binary { METARL_GREATER_EQUAL }
}

extension Tensor {
  /// 1 where `a` is less than `b`, 0 elsewhere; its gradient is zero.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { elementwise(Less.self, a, b) }
}

enum Less: Comparison {
  static var name: String { "less" }
  static var native: metarl_binary { METARL_LESS }
}

extension Tensor {
  /// 1 where `a` is at most `b`, 0 elsewhere; its gradient is zero.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { elementwise(LessOrEqual.self, a, b) }
}

enum LessOrEqual: Comparison {
  static var name: String { "lessOrEqual" }
  static var native: metarl_binary { METARL_LESS_EQUAL }
}

extension Tensor {
  /// 1 where `a` equals `b`, 0 elsewhere; its gradient is zero.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { elementwise(Equal.self, a, b) }
}

enum Equal: Comparison {
  static var name: String { "equal" }
  static var native: metarl_binary { METARL_EQUAL }
}

extension Tensor {
  /// 1 where `a` differs from `b`, 0 elsewhere; its gradient is zero.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { elementwise(NotEqual.self, a, b) }
}

enum NotEqual: Comparison {
  static var name: String { "notEqual" }
  static var native: metarl_binary { METARL_NOT_EQUAL }
}

/// The larger of two tensors, element by element; where equal, the first takes the gradient.
public func maximum<Scalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .elementwise(Larger.self, a, b)
}

enum Larger: BinaryFunction {
  static var name: String { "maximum" }
  static var native: metarl_binary { METARL_MAXIMUM }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let first = a .>= b
    return [select(first, g, 0), select(first, 0, g)]
  }
}

/// The smaller of two tensors, element by element; where equal, the first takes the gradient.
public func minimum<Scalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .elementwise(Smaller.self, a, b)
}

enum Smaller: BinaryFunction {
  static var name: String { "minimum" }
  static var native: metarl_binary { METARL_MINIMUM }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let first = a .<= b
    return [select(first, g, 0), select(first, 0, g)]
  }
}

/// `a` where `mask` is not 0, `b` elsewhere; the three are broadcast together, and the mask gets no gradient.
public func select<Scalar>(_ mask: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .elementwise(Select.self, mask, a, b)
}

enum Select: TernaryFunction {
  static var name: String { "select" }
  static var native: metarl_ternary { METARL_SELECT }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, operands: [Tensor<Scalar>]) -> [Tensor<Scalar>?] {
    [nil, select(operands[0], g, 0), select(operands[0], 0, g)]
  }
}
