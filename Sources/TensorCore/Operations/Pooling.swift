/// The position in its window, counted row by row, of each window's largest element: `[..., out height, out width,
/// channels]`. Among equal elements it is the first. The position has no gradient.
struct PoolChoice: Operation {
  let steps: PoolingSteps

  var name: String { "poolChoice" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape { try steps.result(of: operands[0], for: name) }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(PoolingKernel(part: .choice, windows: steps.windows(of: operands[0])))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] { [nil] }
}

/// The element of each window at the position that the second operand gives.
struct PoolGather: Operation {
  let steps: PoolingSteps

  var name: String { "poolGather" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let result = try steps.result(of: operands[0], for: name)
    guard operands[1] == result else {
      throw ShapeError(operation: name, operands: operands, reason: "expected a choice for each of \(result)")
    }
    return result
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(PoolingKernel(part: .gather, windows: steps.windows(of: operands[0])))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let shape = operands[0].shape
    let scatter = PoolScatter(steps: steps, height: shape[shape.rank - 3], width: shape[shape.rank - 2])
    return [.applying(scatter, to: [cotangent, operands[1]]), nil]
  }
}

/// Adds an element for each window to zeros, at the position that the second operand gives: the adjoint of `PoolGather`.
struct PoolScatter: Operation {
  let steps: PoolingSteps
  let height: Int
  let width: Int

  var name: String { "poolScatter" }

  private func images(_ values: Shape) -> Shape {
    Shape(values.sizes.dropLast(3) + [height, width] + values.sizes.suffix(1))
  }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let images = images(operands[0])
    guard operands[0] == operands[1], try steps.result(of: images, for: name) == operands[0] else {
      throw ShapeError(operation: name, operands: operands, reason: "these are not windows of \(images)")
    }
    return images
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .kernel(PoolingKernel(part: .scatter, windows: steps.windows(of: result)))
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [.applying(PoolGather(steps: steps), to: [cotangent, operands[1]]), nil]
  }
}

/// Square windows that lie wholly inside of the image.
struct PoolingSteps: Hashable, Sendable {
  let window: Int
  let stride: Int

  func result(of images: Shape, for operation: String) throws(ShapeError) -> Shape {
    let spatial = images.sizes.dropLast().suffix(2)
    guard images.rank >= 4, window >= 1, stride >= 1, spatial.allSatisfy({ $0 >= window }) else {
      throw ShapeError(
        operation: operation, operands: [images],
        reason: "expected images [..., height, width, channels] with room for a window of \(window) by \(window)")
    }
    return Shape(images.sizes.dropLast(3) + spatial.map { ($0 - window) / stride + 1 } + images.sizes.suffix(1))
  }

  /// - Parameter images: a shape that the shape rule has accepted.
  func windows(of images: Shape) -> WindowPlan {
    let image = Array(images.sizes.suffix(3))
    return WindowPlan(
      images: images.sizes.dropLast(3).reduce(1, *), height: image[0], width: image[1], channels: image[2],
      windowHeight: window, windowWidth: window, stride: stride, padding: 0,
      outHeight: (image[0] - window) / stride + 1, outWidth: (image[1] - window) / stride + 1)
  }
}

private struct PoolingKernel: Kernel {
  enum Part { case choice, gather, scatter }

  let part: Part
  let windows: WindowPlan

  var operationCount: Int {
    let results = windows.images * windows.outHeight * windows.outWidth * windows.channels
    return switch part {
    case .choice: results * windows.windowHeight * windows.windowWidth
    case .gather: 0
    case .scatter: results
    }
  }

  var kind: InstructionTime.Kind { .other }

  var label: String {
    let name =
      switch part {
      case .choice: "positions of the largest"
      case .gather: "elements at positions"
      case .scatter: "sums at positions"
      }
    return "pooling \(windows.windowHeight)x\(windows.windowWidth) of \(windows.images) x \(windows.height) x "
      + "\(windows.width) x \(windows.channels): \(name)"
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    switch part {
    case .choice: kernels.poolChoice(windows, operands[0], result)
    case .gather: kernels.poolGather(windows, operands[0], operands[1], result)
    case .scatter: kernels.poolScatter(windows, operands[0], operands[1], result)
    }
  }
}

/// The largest element of each window of `window` by `window` pixels, every `stride` pixels. Pixels at the lower and right
/// edges that do not fill a window are left out. Among equal elements the gradient goes to the first.
/// - Parameters:
///   - images: `[..., height, width, channels]`, of rank 4 at least.
///   - window: the height and width of a window, in pixels.
///   - stride: the distance between windows, in pixels; `window` where nil.
public func maxPool<Scalar>(_ images: Tensor<Scalar>, window: Int, stride: Int? = nil) -> Tensor<Scalar> {
  let steps = PoolingSteps(window: window, stride: stride ?? window)
  // Which element is largest is constant within a neighbourhood, so that the gradient treats the choice as a constant.
  return .applying(PoolGather(steps: steps), to: [images, .applying(PoolChoice(steps: steps), to: [images])])
}
