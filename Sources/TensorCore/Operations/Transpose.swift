/// The axes in another order: axis `i` of the result is axis `permutation[i]` of the operand.
struct Transpose: Operation {
  let permutation: [Int]

  var name: String { "transpose" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard permutation.sorted() == Array(0..<operands[0].rank) else {
      throw ShapeError(
        operation: name, operands: operands, reason: "\(permutation) is not an order of its \(operands[0].rank) axes")
    }
    try StridedCopy.checkRank(operands, for: name)
    return Shape(permutation.map { operands[0][$0] })
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let strides = operands[0].strides
    return .kernel(StridedCopy(sizes: result.sizes, strides: permutation.map { strides[$0] }, offset: 0))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let inverse = permutation.indices.sorted { permutation[$0] < permutation[$1] }
    return [.applying(Transpose(permutation: inverse), to: [cotangent])]
  }
}

/// Copies a strided part of the operand.
struct StridedCopy: Kernel {
  let sizes: [Int]
  let strides: [Int]
  let offset: Int

  var kind: InstructionTime.Kind { .copy }
  var label: String { stridedCopyLabel(sizes: sizes, strides: strides) }

  /// Checks that the rank is at most that of the native copy, which walks a fixed number of axes.
  static func checkRank(_ operands: [Shape], for operation: String) throws(ShapeError) {
    guard operands.allSatisfy({ $0.rank <= 6 }) else {
      throw ShapeError(operation: operation, operands: operands, reason: "more than 6 axes")
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.stridedCopy(operands[0] + offset, result, sizes: sizes, strides: strides)
  }
}

extension Tensor {
  /// The tensor with its axes permuted: axis `i` of the result is axis `permutation[i]` of this tensor.
  public func transposed(permutation: [Int]) -> Tensor {
    permutation == Array(0..<shape.rank) ? self : .applying(Transpose(permutation: permutation), to: [self])
  }

  /// The tensor with its last two axes exchanged.
  public func transposed() -> Tensor {
    precondition(shape.rank >= 2, "transpose of \(shape): there are no two axes to exchange")
    var permutation = Array(0..<shape.rank)
    permutation.swapAt(shape.rank - 2, shape.rank - 1)
    return transposed(permutation: permutation)
  }
}
