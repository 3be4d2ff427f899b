/// Inclusive running sums along one axis, from its start or from its end.
struct CumulativeSum: Operation {
  let axis: Int
  let reversed: Bool

  var name: String { "cumulativeSum" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try checkAxis(axis, of: operands)
    return operands[0]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, length, inner) = result.split(around: axis..<axis + 1)
    return .kernel(CumulativeSumKernel(outer: outer, length: length, inner: inner, reversed: reversed))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [.applying(CumulativeSum(axis: axis, reversed: !reversed), to: [cotangent])]
  }
}

private struct CumulativeSumKernel: Kernel {
  let outer: Int
  let length: Int
  let inner: Int
  let reversed: Bool

  var operationCount: Int { outer * length * inner }
  var kind: InstructionTime.Kind { .sum }
  var label: String { "running sums of [\(outer), \(length), \(inner)] over the middle" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.cumulativeSum(operands[0], result, outer: outer, length: length, inner: inner, reversed: reversed)
  }
}

extension Tensor {
  /// Running sums along `axis`, each including its own element; computed from the end if `reversed`.
  public func cumulativeSum(axis: Int, reversed: Bool = false) -> Tensor {
    .applying(CumulativeSum(axis: normalized(axis), reversed: reversed), to: [self])
  }
}
