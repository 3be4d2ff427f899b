/// A primitive of the tensor core: its shape rule, its kernel and its gradient rule in one place.
protocol Operation: Hashable, Sendable {
  /// The name that error messages use.
  var name: String { get }

  /// The shape of the result, or why the operands do not fit.
  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape

  /// How the operation is computed on operands of these shapes.
  func lowering(operands: [Shape], result: Shape) -> Lowering

  /// The vector-Jacobian product for each operand, in differentiable operations; nil where it is zero everywhere.
  func pullback<Scalar: TensorScalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?]
}

extension Operation {
  /// - Throws: where there is no first operand, or where it has no axis of that number.
  func checkAxis(_ axis: Int, of operands: [Shape]) throws(ShapeError) {
    guard let first = operands.first, first.sizes.indices.contains(axis) else {
      throw ShapeError(operation: name, operands: operands, reason: "there is no axis \(axis)")
    }
  }
}

/// How an operation is computed.
enum Lowering {
  /// The same elements in the same order: no work.
  case view
  /// An element of the result from the same element of each operand; neighbours are fused into one pass.
  case elementwise(ElementwiseFunction)
  /// The operand read again along axes of size 1; free inside a fused pass.
  case broadcast
  /// A kernel of its own.
  case kernel(any Kernel)
}

/// A computation over whole buffers. It allocates nothing.
protocol Kernel: Sendable {
  /// The same computation as plain numbers, where programs have an instruction for it; nil otherwise.
  var plain: PlainKernel? { get }

  /// Floating-point operations of a run, as far as they are worth counting: those of products, convolutions and sums.
  var operationCount: Int { get }

  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>)
}

extension Kernel {
  var plain: PlainKernel? { nil }
  var operationCount: Int { 0 }
}

/// Kernels that programs run most often. A call by way of the protocol counts references and looks up types, which takes as
/// long as a small product.
enum PlainKernel: Sendable {
  case product(ProductPlan)
  /// Over the middle one of three axes.
  case sum(outer: Int, reduced: Int, inner: Int)
}

extension Tensor {
  /// Applies an operation: computes it when every operand is known, records it otherwise.
  ///
  /// - Parameter recording: record even when the operands are known. A constant that is stretched beside a traced
  ///   operand stays small that way.
  static func applying(
    _ operation: some Operation, to operands: [Tensor], recording: Bool = false
  ) -> Tensor {
    let shape: Shape
    do {
      shape = try operation.resultShape(operands.map(\.shape))
    } catch {
      error.stopProgram()
    }
    if !recording, operands.allSatisfy({ !$0.isTraced }) {
      let value = EagerEvaluation.evaluate(operation, operands.map(\.node), result: shape)
      return Tensor(node: Node(shape: shape, content: .value(value)))
    }
    return Tensor(node: Node(shape: shape, content: .operation(operation, operands.map(\.node))))
  }
}
