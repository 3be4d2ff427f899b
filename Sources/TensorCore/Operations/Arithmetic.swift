// Operators on tensors. Operands of different shapes are broadcast: aligned at the last axis, a size of 1 is repeated.

infix operator .>= : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// Creates a tensor without axes.
  public init(floatLiteral value: Double) { self.init(Scalar(value)) }

  /// Creates a tensor without axes.
  public init(integerLiteral value: Int) { self.init(Scalar(value)) }
}

extension Tensor {
  /// The sum, element by element.
  public static func + (a: Tensor, b: Tensor) -> Tensor { elementwise(.add, a, b) }
  /// The difference, element by element.
  public static func - (a: Tensor, b: Tensor) -> Tensor { elementwise(.subtract, a, b) }
  /// The product, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor { elementwise(.multiply, a, b) }
  /// The quotient, element by element.
  public static func / (a: Tensor, b: Tensor) -> Tensor { elementwise(.divide, a, b) }
  /// The negative, element by element.
  public static prefix func - (a: Tensor) -> Tensor { elementwise(.negate, a) }

  /// 1 where `a` is greater than `b`, 0 elsewhere; its gradient is zero.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { elementwise(.greater, a, b) }
  /// 1 where `a` is at least `b`, 0 elsewhere; its gradient is zero.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { elementwise(.greaterOrEqual, a, b) }
  /// 1 where `a` is less than `b`, 0 elsewhere; its gradient is zero.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { elementwise(.less, a, b) }
  /// 1 where `a` is at most `b`, 0 elsewhere; its gradient is zero.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { elementwise(.lessOrEqual, a, b) }
  /// 1 where `a` equals `b`, 0 elsewhere; its gradient is zero.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { elementwise(.equal, a, b) }
  /// 1 where `a` differs from `b`, 0 elsewhere; its gradient is zero.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { elementwise(.notEqual, a, b) }
}
