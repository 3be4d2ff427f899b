// Functions of every element. Accuracy: within 3 units in the last place in Float, the C library's in Double.

/// e to the power of each element.
public func exp<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.exp, x) }

/// The natural logarithm of each element; NaN where the element is negative.
public func log<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.log, x) }

/// The hyperbolic tangent of each element.
public func tanh<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.tanh, x) }

/// 1 / (1 + e^-x) of each element.
public func sigmoid<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.sigmoid, x) }

/// The larger of each element and 0; its derivative at 0 is taken as 0.
public func relu<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.relu, x) }

/// log(1 + e^x) of each element, without overflow.
public func softplus<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.softplus, x) }

/// The square root of each element; NaN where the element is negative.
public func sqrt<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.sqrt, x) }

/// The absolute value of each element; its derivative at 0 is taken as 0.
public func abs<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.abs, x) }

/// -1, 0 or 1 by the sign of each element; its gradient is zero.
public func sign<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.sign, x) }

/// 1 where an element is positive, 0 elsewhere; its gradient is zero.
public func step<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.step, x) }

/// The square of each element.
public func square<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.square, x) }

/// 1 / x of each element.
public func reciprocal<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.reciprocal, x) }

/// The sine of each element, in radians.
public func sin<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.sin, x) }

/// The cosine of each element, in radians.
public func cos<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { .elementwise(.cos, x) }

/// The larger of two tensors, element by element. Where they are equal, the gradient goes to the first.
public func maximum<Scalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .elementwise(.maximum, a, b)
}

/// The smaller of two tensors, element by element. Where they are equal, the gradient goes to the first.
public func minimum<Scalar>(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .elementwise(.minimum, a, b)
}

/// `a` where `mask` is not 0, `b` elsewhere; the three are broadcast together, and the mask gets no gradient.
public func select<Scalar>(_ mask: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>) -> Tensor<Scalar> {
  .applying(
    Elementwise(function: .ternary(.select)), to: Tensor.broadcasting([mask, a, b], for: "select"))
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
