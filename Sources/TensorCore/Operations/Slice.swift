/// The part of one axis that lies in a range.
struct Slice: Operation {
  let axis: Int
  let range: Range<Int>

  var name: String { "slice" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].sizes.indices.contains(axis), range.lowerBound >= 0, range.upperBound <= operands[0][axis] else {
      throw ShapeError(operation: name, operands: operands, reason: "axis \(axis) has no range \(range)")
    }
    var sizes = operands[0].sizes
    sizes[axis] = range.count
    return Shape(sizes)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, length, inner) = operands[0].split(around: axis..<axis + 1)
    return .kernel(
      StridedCopy(
        sizes: [outer, range.count * inner], strides: [length * inner, 1], offset: range.lowerBound * inner))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let pad = Pad(axis: axis, before: range.lowerBound, after: operands[0].shape[axis] - range.upperBound)
    return [.applying(pad, to: [cotangent])]
  }
}

/// Pads one axis with zeros before and after its elements: the adjoint of `Slice`.
struct Pad: Operation {
  let axis: Int
  let before: Int
  let after: Int

  var name: String { "pad" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].sizes.indices.contains(axis), before >= 0, after >= 0 else {
      throw ShapeError(
        operation: name, operands: operands, reason: "axis \(axis) cannot get \(before) and \(after) zeros")
    }
    var sizes = operands[0].sizes
    sizes[axis] += before + after
    return Shape(sizes)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let (outer, length, inner) = operands[0].split(around: axis..<axis + 1)
    return .kernel(PadKernel(outer: outer, before: before * inner, length: length * inner, after: after * inner))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [cotangent.sliced(axis: axis, before..<before + operands[0].shape[axis])]
  }
}

private struct PadKernel: Kernel {
  let outer: Int
  let before: Int
  let length: Int
  let after: Int

  var kind: InstructionTime.Kind { .copy }
  var label: String { "padding of [\(outer), \(length)] by \(before) and \(after)" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    var out = result
    for row in 0..<outer {
      out.update(repeating: 0, count: before)
      (out + before).update(from: operands[0] + row * length, count: length)
      (out + before + length).update(repeating: 0, count: after)
      out += before + length + after
    }
  }
}

extension Tensor {
  /// The part of `axis` that lies in `range`.
  public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
    let axis = normalized(axis)
    return range == 0..<shape[axis] ? self : .applying(Slice(axis: axis, range: range), to: [self])
  }

  /// The tensor with zeros added before and after the elements of `axis`.
  public func padded(axis: Int, before: Int, after: Int) -> Tensor {
    before == 0 && after == 0
      ? self : .applying(Pad(axis: normalized(axis), before: before, after: after), to: [self])
  }

  /// Element `index` of `axis`; the axis is removed from the shape.
  public func element(_ index: Int, axis: Int) -> Tensor {
    sliced(axis: axis, index..<index + 1).removingAxis(axis)
  }
}
