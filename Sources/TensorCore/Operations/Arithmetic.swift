import CVectorKernels

// Operators on tensors. Operands of different shapes are broadcast: aligned at the last axis, a size of 1 stretches.

extension Tensor: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// Creates a tensor without axes.
  public init(floatLiteral value: Double) { self.init(Scalar(value)) }

  /// Creates a tensor without axes.
  public init(integerLiteral value: Int) { self.init(Scalar(value)) }
}

extension Tensor {
  /// The sum, element by element.
  public static func + (a: Tensor, b: Tensor) -> Tensor { elementwise(Add.self, a, b) }
}

enum Add: BinaryFunction {
  static var name: String { "add" }
  static var native: metarl_binary { METARL_ADD }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [g, g] }
}

extension Tensor {
  /// The difference, element by element.
  public static func - (a: Tensor, b: Tensor) -> Tensor { elementwise(Subtract.self, a, b) }
}

enum Subtract: BinaryFunction {
  static var name: String { "subtract" }
  static var native: metarl_binary { METARL_SUBTRACT }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [g, -g] }
}

extension Tensor {
  /// The product, element by element.
  public static func * (a: Tensor, b: Tensor) -> Tensor { elementwise(Multiply.self, a, b) }
}

enum Multiply: BinaryFunction {
  static var name: String { "multiply" }
  static var native: metarl_binary { METARL_MULTIPLY }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [g * b, g * a] }
}

extension Tensor {
  /// The quotient, element by element.
  public static func / (a: Tensor, b: Tensor) -> Tensor { elementwise(Divide.self, a, b) }
}

enum Divide: BinaryFunction {
  static var name: String { "divide" }
  static var native: metarl_binary { METARL_DIVIDE }
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let share = g / b
    return [share, -(share * y)]
  }
}

extension Tensor {
  /// The negative, element by element.
  public static prefix func - (a: Tensor) -> Tensor { elementwise(Negate.self, a) }
}

enum Negate: UnaryFunction {
  static var name: String { "negate" }
  static var native: metarl_unary { METARL_NEGATE }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? { -g }
}
