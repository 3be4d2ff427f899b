/// x gain + offset for x `[outer, reduced, channels]` and a gain and an offset `[outer, 1, channels]`, followed by ReLU
/// where rectified: normalisation in one walk through memory.
struct ChannelLine: Operation {
  let isRectified: Bool

  var name: String { "channelLine" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try operands.checkChannels(rows: 1, for: name)
    return operands[0]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(ChannelLineKernel(isGradient: false, isRectified: isRectified, sizes: result))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let passed = isRectified ? cotangent * step(result) : cotangent
    return [passed * operands[1], (passed * operands[0]).sumOfRows(), passed.sumOfRows()]
  }
}

/// g gain - x slope - constant, with g and x `[outer, reduced, channels]` and, after them, gain, offset, slope and constant
/// `[outer, 1, channels]`: the gradient that batch normalisation sends to its operand x. Where rectified, g counts as 0
/// for elements with x gain + offset <= 0, which ReLU has stopped.
struct ChannelLineGradient: Operation {
  let isRectified: Bool

  var name: String { "channelLineGradient" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try operands.checkChannels(rows: 2, for: name)
    return operands[0]
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(ChannelLineKernel(isGradient: true, isRectified: isRectified, sizes: result))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let (g, x, gain, offset, slope) = (operands[0], operands[1], operands[2], operands[3], operands[4])
    let passed = isRectified ? cotangent * step(x * gain + offset) : cotangent
    return [
      passed * gain, -(cotangent * slope), (passed * g).sumOfRows(), nil, -(cotangent * x).sumOfRows(),
      -cotangent.sumOfRows(),
    ]
  }
}

private struct ChannelLineKernel: Kernel {
  let isGradient: Bool
  let isRectified: Bool
  let outer: Int
  let reduced: Int
  let inner: Int

  init(isGradient: Bool, isRectified: Bool, sizes: Shape) {
    self.isGradient = isGradient
    self.isRectified = isRectified
    (outer, reduced, inner) = (sizes[0], sizes[1], sizes[2])
  }

  /// For each element a line; where it is rectified, a comparison, and for the gradient the line beside it.
  var operationCount: Int {
    let operations =
      switch (isGradient, isRectified) {
      case (false, false): 2
      case (false, true): 3
      case (true, false): 4
      case (true, true): 7
      }
    return operations * outer * reduced * inner
  }

  var kind: InstructionTime.Kind { .other }

  var label: String {
    "\(isRectified ? "rectified " : "")line\(isGradient ? " gradient" : "") of "
      + "\(sizesWithoutOnes([outer, reduced, inner]))"
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    if isGradient {
      kernels.lineGradient(
        operands, isRectified: isRectified, result, outer: outer, reduced: reduced, inner: inner)
    } else {
      kernels.line(
        operands[0], gain: operands[1], offset: operands[2], isRectified: isRectified, result, outer: outer,
        reduced: reduced, inner: inner)
    }
  }
}

extension [Shape] {
  /// Checks that the first `rows` operands are `[outer, reduced, channels]` and the others `[outer, 1, channels]`.
  fileprivate func checkChannels(rows: Int, for operation: String) throws(ShapeError) {
    let shape = self[0]
    guard shape.rank == 3, prefix(rows).allSatisfy({ $0 == shape }),
      dropFirst(rows).allSatisfy({ $0 == [shape[0], 1, shape[2]] })
    else {
      throw ShapeError(
        operation: operation, operands: self, reason: "expected [outer, reduced, channels], then [outer, 1, channels]")
    }
  }
}

extension Tensor {
  fileprivate func sumOfRows() -> Tensor { sum(axes: [1], keepingAxes: true) }
}
