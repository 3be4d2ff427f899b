/// The rows of the first operand `[n, ...]` that the second operand `[k]` names by indices in `0..<n`.
struct Gather: Operation {
  var name: String { "gather" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].rank >= 1, operands[1].rank == 1 else {
      throw ShapeError(operation: name, operands: operands, reason: "expected rows [n, ...] and indices [k]")
    }
    return Shape([operands[1][0]] + operands[0].sizes.dropFirst())
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (_, rows, width) = operands[0].split(around: 0..<1)
    return .kernel(GatherKernel(rows: rows, width: width, count: operands[1][0]))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [.applying(Scatter(rows: operands[0].shape[0]), to: [cotangent, operands[1]]), nil]
  }
}

/// Adds row `i` of the first operand `[k, ...]` to row `indices[i]` of a tensor of zeros `[n, ...]`: the adjoint of
/// `Gather`.
struct Scatter: Operation {
  let rows: Int

  var name: String { "scatter" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].rank >= 1, operands[1].rank == 1, operands[0][0] == operands[1][0] else {
      throw ShapeError(operation: name, operands: operands, reason: "expected rows [k, ...] and indices [k]")
    }
    return Shape([rows] + operands[0].sizes.dropFirst())
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (_, count, width) = operands[0].split(around: 0..<1)
    return .kernel(ScatterKernel(rows: rows, width: width, count: count))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [gather(cotangent, rows: operands[1]), nil]
  }
}

/// `index` as a row number. An index that is not a row number is a programming error and stops the program.
private func row<Scalar: TensorScalar>(_ index: Scalar, of rows: Int) -> Int {
  guard let row = Int(exactly: index), (0..<rows).contains(row) else {
    preconditionFailure("gather: index \(index) is not one of \(rows) rows")
  }
  return row
}

private struct GatherKernel: Kernel {
  let rows: Int
  let width: Int
  let count: Int

  var kind: InstructionTime.Kind { .copy }
  var label: String { "\(count) rows of [\(rows), \(width)] by number" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    for index in 0..<count {
      let row = row(operands[1][index], of: rows)
      (result + index * width).update(from: operands[0] + row * width, count: width)
    }
  }
}

private struct ScatterKernel: Kernel {
  let rows: Int
  let width: Int
  let count: Int

  var operationCount: Int { count * width }
  var kind: InstructionTime.Kind { .other }
  var label: String { "sums of \(count) rows into [\(rows), \(width)] by number" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    result.update(repeating: 0, count: rows * width)
    for index in 0..<count {
      let out = result + row(operands[1][index], of: rows) * width
      kernels.apply(Add.self, out, stride: 1, operands[0] + index * width, stride: 1, out, count: width)
    }
  }
}

/// The rows of `tensor` `[n, ...]` that `indices` `[k]` name, as `[k, ...]`.
///
/// An index that is not a whole number in `0..<n` is a programming error and stops the program.
public func gather<Scalar>(_ tensor: Tensor<Scalar>, rows indices: Tensor<Scalar>) -> Tensor<Scalar> {
  .applying(Gather(), to: [tensor, indices])
}
