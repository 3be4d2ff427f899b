/// A function of the elements at one index. Operands of different shapes are broadcast before it.
struct Elementwise: Operation {
  let function: ElementwiseFunction

  var name: String {
    switch function {
    case .unary(let function): "\(function)"
    case .binary(let function): "\(function)"
    case .ternary(let function): "\(function)"
    }
  }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands.allSatisfy({ $0 == operands[0] }) else {
      throw ShapeError(operation: name, operands: operands, reason: "the shapes differ")
    }
    return operands[0]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .elementwise(function) }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    switch function {
    case .unary(let function): [function.pullback(cotangent, operands[0], result)]
    case .binary(let function): function.pullback(cotangent, operands[0], operands[1], result)
    case .ternary(.select): selectPullback(cotangent, mask: operands[0])
    }
  }

  private func selectPullback<Scalar>(_ g: Tensor<Scalar>, mask: Tensor<Scalar>) -> [Tensor<Scalar>?] {
    [nil, select(mask, g, 0), select(mask, 0, g)]
  }
}

extension UnaryFunction {
  /// The gradient rule: `g` times the derivative at `x`, where `y` is the function's value.
  fileprivate func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> Tensor<Scalar>? {
    switch self {
    case .negate: -g
    case .exp: g * y
    case .log: g / x
    case .tanh: g * (1 - TensorCore.square(y))
    case .sigmoid: g * (y * (1 - y))
    // The step of the value is the step of the operand, which need not be kept for it.
    case .relu: g * TensorCore.step(y)
    case .softplus: g * TensorCore.sigmoid(x)
    case .sqrt: g / (2 * y)
    case .abs: g * TensorCore.sign(x)
    case .sign, .step: nil
    case .reciprocal: -(g * TensorCore.square(y))
    case .square: g * (2 * x)
    case .sin: g * TensorCore.cos(x)
    case .cos: -(g * TensorCore.sin(x))
    case .identity: g
    }
  }
}

extension BinaryFunction {
  /// The gradient rule for both operands, where `y` is the function's value.
  fileprivate func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    switch self {
    case .add: return [g, g]
    case .subtract: return [g, -g]
    case .multiply: return [g * b, g * a]
    case .divide:
      let share = g / b
      return [share, -(share * y)]
    // Where the operands are equal the first one takes the gradient.
    case .maximum:
      let first = a .>= b
      return [select(first, g, 0), select(first, 0, g)]
    case .minimum:
      let first = a .<= b
      return [select(first, g, 0), select(first, 0, g)]
    case .greater, .greaterOrEqual, .less, .lessOrEqual, .equal, .notEqual: return [nil, nil]
    }
  }
}

extension Tensor {
  static func elementwise(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
    applying(Elementwise(function: .unary(function)), to: [x])
  }

  static func elementwise(_ function: BinaryFunction, _ a: Tensor, _ b: Tensor) -> Tensor {
    applying(Elementwise(function: .binary(function)), to: broadcasting([a, b], for: "\(function)"))
  }

  /// Stretches the operands to their common shape.
  static func broadcasting(_ operands: [Tensor], for operation: String) -> [Tensor] {
    var shape = operands[0].shape
    do {
      for operand in operands.dropFirst() {
        shape = try Shape.broadcasting(shape, operand.shape, for: operation)
      }
    } catch {
      error.stopProgram()
    }
    let recording = operands.contains(where: \.isTraced)
    return operands.map { $0.shape == shape ? $0 : $0.broadcast(to: shape, recording: recording) }
  }
}
