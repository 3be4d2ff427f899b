/// The operand repeated along every axis where it has size 1.
struct Broadcast: Operation {
  let shape: Shape

  var name: String { "broadcast" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let fits = operands[0].rank == shape.rank && zip(operands[0].sizes, shape.sizes).allSatisfy { $0 == $1 || $0 == 1 }
    guard fits else {
      throw ShapeError(operation: name, operands: [operands[0], shape], reason: "only an axis of size 1 stretches")
    }
    try StridedCopy.checkRank([operands[0], shape], for: name)
    return shape
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .broadcast }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [cotangent.sum(to: operands[0].shape)]
  }
}

/// Writes a broadcast operand out in full.
struct BroadcastCopy: Kernel {
  let sizes: [Int]
  let strides: [Int]

  init(from operand: Shape, to result: Shape) {
    sizes = result.sizes
    strides = zip(operand.sizes, operand.strides).map { $0 == 1 ? 0 : $1 }
  }

  var kind: InstructionTime.Kind { .copy }
  var label: String { stridedCopyLabel(sizes: sizes, strides: strides) }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.stridedCopy(operands[0], result, sizes: sizes, strides: strides)
  }
}

extension Tensor {
  /// The tensor repeated to `shape`: the axes are aligned at the last one, and an axis of size 1 (or a missing axis) is
  /// repeated.
  public func broadcast(to shape: Shape) -> Tensor { broadcast(to: shape, recording: false) }

  /// - Parameter recording: record the broadcast of a constant instead of writing it out, because it is used with a traced
  ///   tensor.
  func broadcast(to shape: Shape, recording: Bool) -> Tensor {
    if self.shape == shape { return self }
    let aligned = self.shape.rank < shape.rank ? reshaped(to: self.shape.padded(toRank: shape.rank)) : self
    return .applying(Broadcast(shape: shape), to: [aligned], recording: recording)
  }

  /// The adjoint of broadcasting from `shape`: the sum over the axes that were repeated.
  func sum(to shape: Shape) -> Tensor {
    if self.shape == shape { return self }
    let padded = shape.padded(toRank: self.shape.rank)
    let axes = (0..<self.shape.rank).filter { padded[$0] == 1 && self.shape[$0] != 1 }
    return sum(axes: axes).reshaped(to: shape)
  }
}
