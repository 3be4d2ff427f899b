/// The same elements in the same order, with other axes.
struct Reshape: Operation {
  let shape: Shape

  var name: String { "reshape" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands[0].count == shape.count else {
      throw ShapeError(
        operation: name, operands: [operands[0], shape],
        reason: "\(operands[0].count) elements do not fill \(shape.count)")
    }
    return shape
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .view }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [cotangent.reshaped(to: operands[0].shape)]
  }
}

extension Tensor {
  /// The same elements with another shape of the same count.
  public func reshaped(to shape: Shape) -> Tensor {
    shape == self.shape ? self : .applying(Reshape(shape: shape), to: [self])
  }

  /// The elements along one axis.
  public func flattened() -> Tensor { reshaped(to: [shape.count]) }

  /// The tensor without `axis`, which must have size 1.
  public func removingAxis(_ axis: Int) -> Tensor {
    var sizes = shape.sizes
    sizes.remove(at: normalized(axis))
    return reshaped(to: Shape(sizes))
  }

  /// The tensor with a new axis of size 1 at `axis`.
  public func insertingAxis(_ axis: Int) -> Tensor {
    precondition((0...shape.rank).contains(axis), "a tensor of shape \(shape) cannot get an axis \(axis)")
    var sizes = shape.sizes
    sizes.insert(1, at: axis)
    return reshaped(to: Shape(sizes))
  }
}
