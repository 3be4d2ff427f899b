/// 1 for the elements of largest magnitude along one axis, 0 for the others.
struct LargestMask: Operation {
  let axis: Int
  let count: Int

  var name: String { "largestMask" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try checkAxis(axis, of: operands)
    return operands[0]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, length, inner) = result.split(around: axis..<axis + 1)
    return .kernel(LargestMaskKernel(outer: outer, length: length, inner: inner, count: min(count, length)))
  }

  /// Nil, since a small change of the operand changes no element of the mask.
  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [nil] }
}

private struct LargestMaskKernel: Kernel {
  let outer: Int
  let length: Int
  let inner: Int
  let count: Int

  var operationCount: Int { outer * length * inner * count }
  var kind: InstructionTime.Kind { .other }
  var label: String { "mask of the \(count) largest of \(length) in \(outer * inner) lines" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    result.update(repeating: 0, count: outer * length * inner)
    for line in 0..<outer * inner {
      let start = line / inner * length * inner + line % inner
      for _ in 0..<count { markLargest(of: operands[0] + start, result + start) }
    }
  }

  /// Marks the largest of the elements that are not marked yet; among equal elements, the first.
  @inline(__always)
  private func markLargest<Scalar: TensorScalar>(
    of elements: UnsafePointer<Scalar>, _ marks: UnsafeMutablePointer<Scalar>
  ) {
    var best: Int?
    for index in stride(from: 0, to: length * inner, by: inner) where marks[index] == 0 {
      if let best, !(elements[index].magnitude > elements[best].magnitude) { continue }
      best = index
    }
    if let best { marks[best] = 1 }
  }
}

/// 1 for the `count` elements of largest magnitude along `axis`, 0 for the others; its gradient is zero.
///
/// Among equal elements the earlier ones are marked. Every element is marked where there are no more than `count`. The
/// cost is the number of elements times `count`.
public func largestMask<Scalar>(_ x: Tensor<Scalar>, count: Int, axis: Int) -> Tensor<Scalar> {
  precondition(count >= 0, "\(count) elements cannot be the largest")
  return .applying(LargestMask(axis: x.normalized(axis), count: count), to: [x])
}
