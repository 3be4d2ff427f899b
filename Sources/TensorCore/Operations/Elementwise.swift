import CVectorKernels

// Functions of the elements at one index. One is a type with its name, its native function and its gradient rule, in a file
// of its own or among its like, and an entry of CVectorKernels' function_list.inc.

/// A function of one number.
protocol UnaryFunction: Sendable {
  /// The name that error messages use.
  static var name: String { get }

  /// What its kernel is called.
  static var native: metarl_unary { get }

  /// The gradient rule, in differentiable operations: `g` times the derivative at `x`, where `y` is the function's value; nil
  /// where it is zero everywhere.
  static func pullback<Scalar>(_ g: Tensor<Scalar>, _ x: Tensor<Scalar>, _ y: Tensor<Scalar>) -> Tensor<Scalar>?
}

/// A function of two numbers.
protocol BinaryFunction: Sendable {
  /// The name that error messages use.
  static var name: String { get }

  /// What its kernel is called.
  static var native: metarl_binary { get }

  /// The gradient rule for both operands, where `y` is the function's value.
  static func pullback<Scalar>(
    _ g: Tensor<Scalar>, _ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ y: Tensor<Scalar>
  ) -> [Tensor<Scalar>?]
}

/// A function of three numbers.
protocol TernaryFunction: Sendable {
  /// The name that error messages use.
  static var name: String { get }

  /// What its kernel is called.
  static var native: metarl_ternary { get }

  /// The gradient rule for the three operands.
  static func pullback<Scalar>(_ g: Tensor<Scalar>, operands: [Tensor<Scalar>]) -> [Tensor<Scalar>?]
}

/// A function of the elements at one index.
enum ElementwiseFunction: Hashable, Sendable {
  case unary(any UnaryFunction.Type)
  case binary(any BinaryFunction.Type)
  case ternary(any TernaryFunction.Type)

  var name: String {
    switch self {
    case .unary(let function): function.name
    case .binary(let function): function.name
    case .ternary(let function): function.name
    }
  }

  /// Its number among the native functions of as many operands.
  var number: Int32 {
    switch self {
    case .unary(let function): Int32(function.native.rawValue)
    case .binary(let function): Int32(function.native.rawValue)
    case .ternary(let function): Int32(function.native.rawValue)
    }
  }

  private var type: Any.Type {
    switch self {
    case .unary(let function): function
    case .binary(let function): function
    case .ternary(let function): function
    }
  }

  static func == (a: Self, b: Self) -> Bool { a.type == b.type }

  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(type)) }
}

// In a pattern, such as `case .binary(Add.self)`.
func ~= (pattern: any UnaryFunction.Type, function: any UnaryFunction.Type) -> Bool { pattern == function }
func ~= (pattern: any BinaryFunction.Type, function: any BinaryFunction.Type) -> Bool { pattern == function }

/// A function of the elements at one index as an operation. Operands of different shapes are broadcast before it.
struct Elementwise: Operation {
  let function: ElementwiseFunction

  var name: String { function.name }

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
    case .ternary(let function): function.pullback(cotangent, operands: operands)
    }
  }
}

extension Tensor {
  static func elementwise(_ function: any UnaryFunction.Type, _ x: Tensor) -> Tensor {
    applying(Elementwise(function: .unary(function)), to: [x])
  }

  static func elementwise(_ function: any BinaryFunction.Type, _ a: Tensor, _ b: Tensor) -> Tensor {
    applying(Elementwise(function: .binary(function)), to: broadcasting([a, b], for: function.name))
  }

  static func elementwise(_ function: any TernaryFunction.Type, _ a: Tensor, _ b: Tensor, _ c: Tensor) -> Tensor {
    applying(Elementwise(function: .ternary(function)), to: broadcasting([a, b, c], for: function.name))
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
