/// Products of matrices, a single one or a batch: `out[b] = op(left[b]) op(right[b])`.
///
/// An operand of rank 2 is shared by the whole batch. With `sumsBatch` the products are summed over the batch. The
/// gradient of a shared operand needs this form, which closes the operation under differentiation.
struct MatrixProduct: Operation {
  var transposesLeft = false
  var transposesRight = false
  var sumsBatch = false

  var name: String { "matmul" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let (left, right) = (operands[0], operands[1])
    guard (2...3).contains(left.rank), (2...3).contains(right.rank) else {
      throw ShapeError(operation: name, operands: operands, reason: "expected matrices, or batches of matrices")
    }
    let plan = plan(left, right)
    let inner = right[right.rank - (transposesRight ? 1 : 2)]
    guard plan.inner == inner else {
      throw ShapeError(operation: name, operands: operands, reason: "inner sizes \(plan.inner) and \(inner) differ")
    }
    guard left.rank == 2 || right.rank == 2 || left[0] == right[0] else {
      throw ShapeError(operation: name, operands: operands, reason: "batches of \(left[0]) and \(right[0]) differ")
    }
    let isBatched = (left.rank == 3 || right.rank == 3) && !sumsBatch
    return Shape((isBatched ? [plan.batch] : []) + [plan.rows, plan.columns])
  }

  private func plan(_ left: Shape, _ right: Shape) -> ProductPlan {
    let rows = left[left.rank - (transposesLeft ? 1 : 2)]
    let inner = left[left.rank - (transposesLeft ? 2 : 1)]
    let columns = right[right.rank - (transposesRight ? 2 : 1)]
    return ProductPlan(
      transposesLeft: transposesLeft, transposesRight: transposesRight, rows: rows, columns: columns, inner: inner,
      batch: left.rank == 3 ? left[0] : (right.rank == 3 ? right[0] : 1),
      leftStride: left.rank == 3 ? rows * inner : 0, rightStride: right.rank == 3 ? inner * columns : 0,
      outStride: sumsBatch ? 0 : rows * columns)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(MatrixProductKernel(plan: plan(operands[0], operands[1]).merged))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let (left, right) = (operands[0], operands[1])
    func product(_ a: Tensor<Scalar>, _ b: Tensor<Scalar>, _ ta: Bool, _ tb: Bool, like operand: Tensor<Scalar>)
      -> Tensor<Scalar>
    {
      let isBatched = a.shape.rank == 3 || b.shape.rank == 3
      let sums = isBatched && operand.shape.rank == 2
      let operation = MatrixProduct(transposesLeft: ta, transposesRight: tb, sumsBatch: sums)
      let result = Tensor<Scalar>.applying(operation, to: [a, b])
      // Where only the operand itself has the batch axis, its gradient is the same for the whole batch and is repeated.
      return result.shape == operand.shape ? result : result.broadcast(to: operand.shape, recording: operand.isTraced)
    }
    let leftCotangent =
      transposesLeft
      ? product(right, cotangent, transposesRight, true, like: left)
      : product(cotangent, right, false, !transposesRight, like: left)
    let rightCotangent =
      transposesRight
      ? product(cotangent, left, true, transposesLeft, like: right)
      : product(left, cotangent, !transposesLeft, false, like: right)
    return [leftCotangent, rightCotangent]
  }
}

extension ProductPlan {
  /// The same products as fewer, larger ones where the memory layout of the operands permits it.
  var merged: ProductPlan {
    var plan = self
    if batch > 1, outStride != 0, !transposesLeft, leftStride != 0, rightStride == 0 {
      // The rows of all left operands form one product with the shared right operand.
      plan.rows *= batch
    } else if batch > 1, outStride == 0, transposesLeft, !transposesRight, leftStride != 0, rightStride != 0 {
      // A sum of products over the batch is one product over all rows.
      plan.inner *= batch
    } else {
      return self
    }
    plan.batch = 1
    (plan.leftStride, plan.rightStride) = (0, 0)
    return plan
  }
}

private struct MatrixProductKernel: Kernel {
  let plan: ProductPlan

  var plain: PlainKernel? { .product(plan) }
  var operationCount: Int { 2 * plan.rows * plan.columns * plan.inner * plan.batch }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    plan.run(operands[0], operands[1], result, by: kernels)
  }
}

extension ProductPlan {
  /// The smallest size of every side at which a product goes to OpenBLAS, whose packing then pays off. The project's own
  /// kernels are faster on the long thin products of small networks (4000 x 64 x 64: by a third).
  private static let largeSide = 128

  /// Whether the project's own kernels compute the product at every level.
  var isSmall: Bool { min(rows, columns, inner) < Self.largeSide }

  @inline(__always)
  func run<Scalar: TensorScalar>(
    _ left: UnsafePointer<Scalar>, _ right: UnsafePointer<Scalar>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    guard inner > 0, batch > 0 else {
      return result.update(repeating: 0, count: rows * columns * (outStride == 0 ? 1 : batch))
    }
    if isSmall || kernels.isDeterministic { return kernels.smallProduct(self, left, right, result) }
    for index in 0..<batch {
      kernels.largeProduct(
        self, left + index * leftStride, right + index * rightStride, result + index * outStride,
        accumulating: outStride == 0 && index > 0)
    }
  }
}

/// The product of two matrices `[m, k]` and `[k, n]`, or of batches of them `[b, m, k]` and `[b, k, n]`; an operand
/// without the batch axis is shared by the whole batch.
public func matmul<Scalar>(_ left: Tensor<Scalar>, _ right: Tensor<Scalar>) -> Tensor<Scalar> {
  .applying(MatrixProduct(), to: [left, right])
}

/// The product of two matrices, or of batches of them, with either operand's matrices transposed.
public func matmul<Scalar>(
  _ left: Tensor<Scalar>, transposed transposesLeft: Bool, _ right: Tensor<Scalar>, transposed transposesRight: Bool
) -> Tensor<Scalar> {
  .applying(MatrixProduct(transposesLeft: transposesLeft, transposesRight: transposesRight), to: [left, right])
}
