/// The mean and the variance (the mean squared deviation) along the middle axis of `[outer, reduced, inner]`, as
/// `[outer, 2, inner]`.
struct Moments: Operation {
  var name: String { "moments" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].rank == 3, operands[0][1] > 0 else {
      throw ShapeError(
        operation: name, operands: operands, reason: "expected [outer, reduced, inner], not reduced to 0")
    }
    return [operands[0][0], 2, operands[0][2]]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(MomentsKernel(outer: operands[0][0], reduced: operands[0][1], inner: operands[0][2]))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    // d mean / d x = 1 / n; d variance / d x = 2 (x - mean) / n, in which the mean's own change cancels.
    let share = Tensor(1 / Scalar(operands[0].shape[1]))
    let (ofMean, ofVariance) = (cotangent.sliced(axis: 1, 0..<1), cotangent.sliced(axis: 1, 1..<2))
    let deviation = operands[0] - result.sliced(axis: 1, 0..<1)
    return [share * ofMean + deviation * (2 * share * ofVariance)]
  }
}

private struct MomentsKernel: Kernel {
  let outer: Int
  let reduced: Int
  let inner: Int

  /// Each element is added to a mean; its deviation is a subtraction, squared and added to another sum.
  var operationCount: Int { 4 * outer * reduced * inner }
  var kind: InstructionTime.Kind { .sum }
  var label: String { "moments of \(sizesWithoutOnes([outer, reduced, inner]))" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.moments(operands[0], result, outer: outer, reduced: reduced, inner: inner)
  }
}

/// The sums of a and of a (b - center) along the middle axis of `[outer, reduced, inner]`, as `[outer, 2, inner]`; the
/// center is `[outer, 1, inner]`. One walk through memory computes both.
///
/// Rectified sums have two more operands, gain and offset, of the center's shape, and are over the elements with b gain +
/// offset > 0: those that ReLU passes. The gain and the offset have no gradient.
struct CenteredSums: Operation {
  var isRectified = false

  var name: String { "centeredSums" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let shape = operands[0]
    guard shape.rank == 3, operands.count == (isRectified ? 5 : 3), operands[1] == shape,
      operands.dropFirst(2).allSatisfy({ $0 == [shape[0], 1, shape[2]] })
    else {
      throw ShapeError(
        operation: name, operands: operands, reason: "expected two of [outer, reduced, inner], others [outer, 1, inner]"
      )
    }
    return [shape[0], 2, shape[2]]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(
      CenteredSumsKernel(
        isRectified: isRectified, outer: operands[0][0], reduced: operands[0][1], inner: operands[0][2]))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let (b, center) = (operands[1], operands[2])
    let mask = isRectified ? step(b * operands[3] + operands[4]) : 1
    let (ofSum, ofProduct) = (cotangent.sliced(axis: 1, 0..<1), cotangent.sliced(axis: 1, 1..<2))
    let ofA = mask * (ofSum + (b - center) * ofProduct)
    let ofCenter = -(ofProduct * result.sliced(axis: 1, 0..<1))
    return [ofA, mask * operands[0] * ofProduct, ofCenter] + (isRectified ? [nil, nil] : [])
  }
}

private struct CenteredSumsKernel: Kernel {
  let isRectified: Bool
  let outer: Int
  let reduced: Int
  let inner: Int

  /// For each element a sum, a difference, a product and its sum; a line and a comparison where the sums are rectified.
  var operationCount: Int { (isRectified ? 7 : 4) * outer * reduced * inner }
  var kind: InstructionTime.Kind { .sum }
  var label: String {
    "\(isRectified ? "rectified " : "")centered sums of \(sizesWithoutOnes([outer, reduced, inner]))"
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.centeredSums(
      operands[0], operands[1], center: operands[2], gain: isRectified ? operands[3] : nil,
      offset: isRectified ? operands[4] : nil, result, outer: outer, reduced: reduced, inner: inner)
  }
}
