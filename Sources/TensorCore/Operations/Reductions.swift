/// The sum over neighbouring axes, which are removed from the shape.
struct Sum: Operation {
  let axes: Range<Int>

  var name: String { "sum" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try operands[0].removing(axes, for: name)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, reduced, inner) = operands[0].split(around: axes)
    return .kernel(SumKernel(outer: outer, reduced: reduced, inner: inner))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [cotangent.stretched(over: axes, of: operands[0])]
  }
}

private struct SumKernel: Kernel {
  let outer: Int
  let reduced: Int
  let inner: Int

  var plain: PlainKernel? { .sum(outer: outer, reduced: reduced, inner: inner) }
  var operationCount: Int { outer * reduced * inner }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.sum(operands[0], result, outer: outer, reduced: reduced, inner: inner)
  }
}

/// The largest element over neighbouring axes, which are removed from the shape. Equal largest elements share the
/// gradient.
struct Maximum: Operation {
  let axes: Range<Int>

  var name: String { "maximum" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let result = try operands[0].removing(axes, for: name)
    guard operands[0].split(around: axes).middle > 0 else {
      throw ShapeError(operation: name, operands: operands, reason: "no element to choose from")
    }
    return result
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, reduced, inner) = operands[0].split(around: axes)
    return .kernel(MaximumKernel(outer: outer, reduced: reduced, inner: inner))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let winners = operands[0] .== result.stretched(over: axes, of: operands[0])
    let share = cotangent / winners.applyingSum(over: axes)
    return [winners * share.stretched(over: axes, of: operands[0])]
  }
}

private struct MaximumKernel: Kernel {
  let outer: Int
  let reduced: Int
  let inner: Int

  var operationCount: Int { outer * reduced * inner }
  var kind: InstructionTime.Kind { .sum }
  var label: String { "maximum of [\(outer), \(reduced), \(inner)] over the middle" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    kernels.maximum(operands[0], result, outer: outer, reduced: reduced, inner: inner)
  }
}

extension Shape {
  fileprivate func removing(_ axes: Range<Int>, for operation: String) throws(ShapeError) -> Shape {
    guard axes.lowerBound >= 0, axes.upperBound <= rank else {
      throw ShapeError(operation: operation, operands: [self], reason: "axes \(axes) are not among its \(rank)")
    }
    return Shape(Array(sizes[..<axes.lowerBound] + sizes[axes.upperBound...]))
  }
}

extension Tensor {
  /// The sum of all elements.
  public func sum() -> Tensor { shape.rank == 0 ? self : applyingSum(over: 0..<shape.rank) }

  /// The sum over `axes`, which are kept with size 1 if `keepingAxes`. Negative axes count from the last.
  public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    reducing(axes, keepingAxes) { $0.applyingSum(over: $1) }
  }

  /// The sum over `axes`, which are kept with size 1 if `keepingAxes`. Negative axes count from the last.
  public func sum(axes: Int..., keepingAxes: Bool = false) -> Tensor { sum(axes: axes, keepingAxes: keepingAxes) }

  /// The mean of all elements.
  public func mean() -> Tensor { sum() * Tensor(1 / Scalar(shape.count)) }

  /// The mean over `axes`, which are kept with size 1 if `keepingAxes`.
  public func mean(axes: Int..., keepingAxes: Bool = false) -> Tensor {
    let count = Set(axes.map(normalized)).map { shape[$0] }.reduce(1, *)
    return sum(axes: axes, keepingAxes: keepingAxes) * Tensor(1 / Scalar(count))
  }

  /// The largest of all elements. Equal largest elements share the gradient.
  public func maximum() -> Tensor {
    shape.rank == 0 ? self : .applying(Maximum(axes: 0..<shape.rank), to: [self])
  }

  /// The largest element over `axes`, which are kept with size 1 if `keepingAxes`. Equal largest elements share the
  /// gradient.
  public func maximum(axes: Int..., keepingAxes: Bool = false) -> Tensor {
    reducing(axes, keepingAxes) { .applying(Maximum(axes: $1), to: [$0]) }
  }

  /// The smallest element over `axes`, which are kept with size 1 if `keepingAxes`. Equal smallest elements share the
  /// gradient.
  public func minimum(axes: Int..., keepingAxes: Bool = false) -> Tensor {
    -(-self).reducing(axes, keepingAxes) { .applying(Maximum(axes: $1), to: [$0]) }
  }

  /// log(sum(exp(x))) over one axis, without overflow.
  public func logSumExp(axis: Int, keepingAxes: Bool = false) -> Tensor {
    let maximum = maximum(axes: axis, keepingAxes: true)
    // An infinite maximum is not subtracted: infinity minus infinity is NaN.
    let largest = stopGradient(select(abs(maximum) .< Tensor(.infinity), maximum, 0))
    let result = log(exp(self - largest).sum(axes: [axis], keepingAxes: true)) + largest
    return keepingAxes ? result : result.removingAxis(normalized(axis))
  }

  /// `axis` counted from the first axis; negative axes count from the last.
  func normalized(_ axis: Int) -> Int {
    let normalized = axis < 0 ? axis + shape.rank : axis
    precondition(shape.sizes.indices.contains(normalized), "axis \(axis) is not one of a tensor of shape \(shape)")
    return normalized
  }

  fileprivate func applyingSum(over axes: Range<Int>) -> Tensor { .applying(Sum(axes: axes), to: [self]) }

  /// The adjoint of a reduction: the tensor, which lacks `axes` of `operand`, repeated along them.
  fileprivate func stretched(over axes: Range<Int>, of operand: Tensor) -> Tensor {
    var kept = operand.shape.sizes
    for axis in axes { kept[axis] = 1 }
    return reshaped(to: Shape(kept)).broadcast(to: operand.shape, recording: operand.isTraced)
  }

  /// Reduces runs of neighbouring axes, the last run first.
  private func reducing(
    _ axes: [Int], _ keepingAxes: Bool, _ reduce: (Tensor, Range<Int>) -> Tensor
  ) -> Tensor {
    let sorted = Set(axes.map(normalized)).sorted()
    var result = self
    var end = sorted.count
    while end > 0 {
      var start = end - 1
      while start > 0, sorted[start - 1] == sorted[start] - 1 { start -= 1 }
      result = reduce(result, sorted[start]..<sorted[end - 1] + 1)
      end = start
    }
    guard keepingAxes else { return result }
    return result.reshaped(to: Shape(shape.sizes.indices.map { sorted.contains($0) ? 1 : shape[$0] }))
  }
}
