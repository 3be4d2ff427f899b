/// Concatenates the operands along one axis.
struct Concatenate: Operation {
  let axis: Int

  var name: String { "concatenate" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    try checkAxis(axis, of: operands)
    var sizes = operands[0].sizes
    for operand in operands.dropFirst() {
      var others = operand.sizes
      guard others.count == sizes.count else {
        throw ShapeError(operation: name, operands: operands, reason: "the ranks differ")
      }
      let length = others[axis]
      others[axis] = sizes[axis]
      guard others == sizes else {
        throw ShapeError(operation: name, operands: operands, reason: "the shapes differ beside axis \(axis)")
      }
      sizes[axis] += length
    }
    return Shape(sizes)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    let outer = result.split(around: axis..<axis + 1).outer
    let lengths = operands.map { $0.split(around: axis..<axis + 1) }.map { $0.middle * $0.inner }
    return .kernel(ConcatenateKernel(outer: outer, lengths: lengths))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    var start = 0
    return operands.map { operand in
      defer { start += operand.shape[axis] }
      return cotangent.sliced(axis: axis, start..<start + operand.shape[axis])
    }
  }
}

private struct ConcatenateKernel: Kernel {
  let outer: Int
  let lengths: [Int]

  var kind: InstructionTime.Kind { .copy }
  var label: String { "concatenation of \(outer) x \(lengths)" }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    var out = result
    for row in 0..<outer {
      for (index, length) in lengths.enumerated() {
        out.update(from: operands[index] + row * length, count: length)
        out += length
      }
    }
  }
}

/// The concatenation of tensors along `axis`. Their other axes must agree.
public func concatenate<Scalar>(_ tensors: [Tensor<Scalar>], axis: Int) -> Tensor<Scalar> {
  precondition(!tensors.isEmpty, "concatenate needs at least one tensor")
  return tensors.count == 1 ? tensors[0] : .applying(Concatenate(axis: tensors[0].normalized(axis)), to: tensors)
}

/// Stacks tensors of one shape along a new first axis.
public func stack<Scalar>(_ tensors: [Tensor<Scalar>]) -> Tensor<Scalar> {
  concatenate(tensors.map { $0.insertingAxis(0) }, axis: 0)
}
