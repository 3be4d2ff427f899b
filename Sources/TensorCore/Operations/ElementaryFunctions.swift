import CVectorKernels

// Functions of every element. Accuracy: within 3 units in the last place in Float, the C library's in Double.

/// e to the power of each element.
public func exp<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Exp.self, x) }

enum Exp: UnaryFunction {
  static var name: String { "exp" }
  static var native: metarl_unary { METARL_EXP }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * y
  }
}

/// The natural logarithm of each element; NaN where the element is negative.
public func log<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Log.self, x) }

enum Log: UnaryFunction {
  static var name: String { "log" }
  static var native: metarl_unary { METARL_LOG }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g / x
  }
}

/// The hyperbolic tangent of each element.
public func tanh<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Tanh.self, x) }

enum Tanh: UnaryFunction {
  static var name: String { "tanh" }
  static var native: metarl_unary { METARL_TANH }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * (1 - square(y))
  }
}

/// 1 / (1 + e^-x) of each element.
public func sigmoid<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Sigmoid.self, x) }

enum Sigmoid: UnaryFunction {
  static var name: String { "sigmoid" }
  static var native: metarl_unary { METARL_SIGMOID }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * (y * (1 - y))
  }
}

/// The larger of each element and 0; its derivative at 0 is taken as 0.
public func relu<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(ReLU.self, x) }

enum ReLU: UnaryFunction {
  static var name: String { "relu" }
  static var native: metarl_unary { METARL_RELU }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    // The step of the value is the step of the operand, which need not be kept for it.
    g * step(y)
  }
}

/// log(1 + e^x) of each element, without overflow.
public func softplus<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Softplus.self, x) }

enum Softplus: UnaryFunction {
  static var name: String { "softplus" }
  static var native: metarl_unary { METARL_SOFTPLUS }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * sigmoid(x)
  }
}

/// The square root of each element; NaN where the element is negative.
public func sqrt<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(SquareRoot.self, x) }

enum SquareRoot: UnaryFunction {
  static var name: String { "sqrt" }
  static var native: metarl_unary { METARL_SQRT }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g / (2 * y)
  }
}

/// The absolute value of each element; its derivative at 0 is taken as 0.
public func abs<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Magnitude.self, x) }

enum Magnitude: UnaryFunction {
  static var name: String { "abs" }
  static var native: metarl_unary { METARL_ABS }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * sign(x)
  }
}

/// -1, 0 or 1 by the sign of each element; its gradient is zero.
public func sign<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Sign.self, x) }

enum Sign: UnaryFunction {
  static var name: String { "sign" }
  static var native: metarl_unary { METARL_SIGN }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? { nil }
}

/// 1 where an element is positive, 0 elsewhere; its gradient is zero.
public func step<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Step.self, x) }

enum Step: UnaryFunction {
  static var name: String { "step" }
  static var native: metarl_unary { METARL_STEP }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? { nil }
}

/// The square of each element.
public func square<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Square.self, x) }

enum Square: UnaryFunction {
  static var name: String { "square" }
  static var native: metarl_unary { METARL_SQUARE }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * (2 * x)
  }
}

/// 1 / x of each element.
public func reciprocal<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Reciprocal.self, x) }

enum Reciprocal: UnaryFunction {
  static var name: String { "reciprocal" }
  static var native: metarl_unary { METARL_RECIPROCAL }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    -(g * square(y))
  }
}

/// The sine of each element, in radians.
public func sin<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Sine.self, x) }

enum Sine: UnaryFunction {
  static var name: String { "sin" }
  static var native: metarl_unary { METARL_SIN }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    g * cos(x)
  }
}

/// The cosine of each element, in radians.
public func cos<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(Cosine.self, x) }

enum Cosine: UnaryFunction {
  static var name: String { "cos" }
  static var native: metarl_unary { METARL_COS }
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>? {
    -(g * sin(x))
  }
}

/// The soft threshold of each element: moved towards 0 by `threshold`, and 0 within it. It is the proximal map of
/// `threshold` times the L1 norm.
public func softThreshold<Scalar>(_ x: Tensor<Scalar>, by threshold: Tensor<Scalar>) -> Tensor<Scalar> {
  sign(x) * relu(abs(x) - threshold)
}

/// The same values with a gradient of zero.
public func stopGradient<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .applying(StopGradient(), to: [x]) }

/// The same values, through which no gradient passes.
struct StopGradient: Operation {
  var name: String { "stopGradient" }

  func resultShape(_ operands: [Shape]) -> Shape { operands[0] }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .view }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [nil] }
}
