/// A primitive of the tensor core: its shape rule, its kernel and its gradient rule in one place.
protocol Operation: Hashable, Sendable {
  /// The name that error messages use.
  var name: String { get }

  /// The shape of the result, or an error that says why the operands do not fit.
  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape

  /// The computation of the operation on operands of these shapes.
  func lowering(operands: [Shape], result: Shape) -> Lowering

  /// The vector-Jacobian product for each operand, in differentiable operations; nil where it is zero everywhere.
  func pullback<Scalar: TensorScalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?]
}

extension Operation {
  /// - Throws: `ShapeError` where there is no first operand, or where it has no axis of that number.
  func checkAxis(_ axis: Int, of operands: [Shape]) throws(ShapeError) {
    guard let first = operands.first, first.sizes.indices.contains(axis) else {
      throw ShapeError(operation: name, operands: operands, reason: "there is no axis \(axis)")
    }
  }
}

/// The form in which an operation is computed.
enum Lowering {
  /// The result has the same elements in the same order, so that there is nothing to compute.
  case view
  /// An element of the result depends on the same element of each operand. Neighbouring operations are fused into one
  /// pass.
  case elementwise(ElementwiseFunction)
  /// The operand is repeated along axes of size 1; this costs nothing inside a fused pass.
  case broadcast
  /// The operation has its own kernel.
  case kernel(any Kernel)
  /// The operation is a sum over the parts of the data set with this number, which a ``StagedProgram`` leaves to its
  /// caller.
  case partSum(data: Int)
}

/// A computation over whole buffers. It allocates nothing.
protocol Kernel: Sendable {
  /// The same computation as a trivial value, where programs have an instruction for it; nil otherwise.
  var plain: PlainKernel? { get }

  /// The floating-point operations that a run executes; a comparison counts as one. It is 0 for copies.
  var operationCount: Int { get }

  /// A readable description of a run, with its sizes.
  var label: String { get }

  /// The kind of work that a run is.
  var kind: InstructionTime.Kind { get }

  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>)
}

extension Kernel {
  var plain: PlainKernel? { nil }
  var operationCount: Int { 0 }
}

/// The kernels that programs run most often. A call through the protocol counts references and looks up types, which takes
/// as long as a small product.
enum PlainKernel: Sendable {
  case product(ProductPlan)
  /// A sum over the middle one of three axes.
  case sum(outer: Int, reduced: Int, inner: Int)
}

extension Tensor {
  /// Applies an operation: computes it when every operand is known, records it otherwise.
  ///
  /// - Parameter recording: record the operation even when the operands are known. A constant that is broadcast for use
  ///   with a traced operand is then not written out.
  static func applying(
    _ operation: some Operation, to operands: [Tensor], recording: Bool = false
  ) -> Tensor {
    let shape: Shape
    do {
      shape = try operation.resultShape(operands.map { $0.shape })
    } catch {
      error.stopProgram()
    }
    if !recording, operands.allSatisfy({ !$0.isTraced }) {
      let value = EagerEvaluation.evaluate(operation, operands.map { $0.node }, result: shape)
      return Tensor(node: Node(shape: shape, content: .value(value)))
    }
    return Tensor(node: Node(shape: shape, content: .operation(operation, operands.map { $0.node })))
  }
}
