/// The cross-correlation of images with filters, with zeros around the images and a window every `stride` pixels.
///
/// Together with its two adjoints it is closed under differentiation: each of the three is linear in both operands, and
/// the derivatives of each are the other two.
struct Convolution: Operation {
  let stride: Int
  let padding: Int

  var name: String { "convolution" }

  private func plan(_ operands: [Shape]) throws(ShapeError) -> ConvolutionPlan {
    try ConvolutionPlan(images: operands[0], filters: operands[1], stride: stride, padding: padding, for: name)
  }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape { try plan(operands).result }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .convolution(.result, { () throws(ShapeError) in try plan(operands) })
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [
      cotangent.convolutionInputGradient(operands[1], like: operands[0].shape, stride: stride, padding: padding),
      operands[0].convolutionFilterGradient(cotangent, like: operands[1].shape, stride: stride, padding: padding),
    ]
  }
}

/// The adjoint of a convolution with respect to the images: maps a gradient `[..., out height, out width, filters]` of the
/// result to a gradient of the images.
///
/// The last two axes of the second operand, the filters, are exchanged: the kernel reads them in the order `[..., window
/// height, window width, filters, channels]`.
struct ConvolutionInputGradient: Operation {
  let stride: Int
  let padding: Int
  let height: Int
  let width: Int

  var name: String { "convolutionInputGradient" }

  private func plan(_ operands: [Shape]) throws(ShapeError) -> ConvolutionPlan {
    let (gradient, turned) = (operands[0], operands[1])
    guard gradient.rank >= 4, turned.rank >= 4 else {
      throw ShapeError(operation: name, operands: operands, reason: "expected a gradient of images, and filters")
    }
    var filters = turned.sizes
    filters.swapAt(filters.count - 2, filters.count - 1)
    let images = Shape(gradient.sizes.dropLast(3) + [height, width, turned[turned.rank - 1]])
    let plan = try ConvolutionPlan(
      images: images, filters: Shape(filters), stride: stride, padding: padding, for: name)
    guard plan.result == gradient else {
      throw ShapeError(operation: name, operands: operands, reason: "the result would have been \(plan.result)")
    }
    return plan
  }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    let plan = try plan(operands)
    return Shape(operands[0].sizes.dropLast(3) + [height, width, plan.windows.channels])
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .convolution(.inputGradient, { () throws(ShapeError) in try plan(operands) })
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let filters = operands[1].transposed()
    return [
      .applying(Convolution(stride: stride, padding: padding), to: [cotangent, filters]),
      cotangent.convolutionFilterGradient(operands[0], like: filters.shape, stride: stride, padding: padding)
        .transposed(),
    ]
  }
}

/// The adjoint of a convolution with respect to the filters, for images and a gradient of the result. With `sumsTasks`,
/// all tasks share the filters.
struct ConvolutionFilterGradient: Operation {
  let stride: Int
  let padding: Int
  let windowHeight: Int
  let windowWidth: Int
  let sumsTasks: Bool

  var name: String { "convolutionFilterGradient" }

  private func filterShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    guard operands.allSatisfy({ $0.rank >= 4 }) else {
      throw ShapeError(operation: name, operands: operands, reason: "expected images and a gradient of images")
    }
    let tasks = operands[0].rank == 5 && !sumsTasks ? [operands[0][0]] : []
    return Shape(tasks + [windowHeight, windowWidth, operands[0].sizes.last ?? 0, operands[1].sizes.last ?? 0])
  }

  private func plan(_ operands: [Shape]) throws(ShapeError) -> ConvolutionPlan {
    let plan = try ConvolutionPlan(
      images: operands[0], filters: filterShape(operands), stride: stride, padding: padding, for: name)
    guard plan.result == operands[1] else {
      throw ShapeError(operation: name, operands: operands, reason: "the result would have been \(plan.result)")
    }
    return plan
  }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape {
    _ = try plan(operands)
    return try filterShape(operands)
  }

  func lowering(operands: [Shape], result: Shape) -> Lowering {
    .convolution(.filterGradient, { () throws(ShapeError) in try plan(operands) })
  }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    [
      operands[1].convolutionInputGradient(cotangent, like: operands[0].shape, stride: stride, padding: padding),
      .applying(Convolution(stride: stride, padding: padding), to: [operands[0], cotangent]),
    ]
  }
}

/// One of the three computations, task by task.
private struct ConvolutionKernel: Kernel {
  enum Part { case result, inputGradient, filterGradient }

  let part: Part
  let plan: ConvolutionPlan

  /// The same count for all three computations: each pairs every window position with every filter and every element of
  /// the window, also where the window lies on the border of zeros.
  var operationCount: Int {
    let windows = plan.windows
    let places = windows.images * windows.outHeight * windows.outWidth
    return 2 * plan.tasks * places * windows.windowHeight * windows.windowWidth * windows.channels * plan.filters
  }

  var kind: InstructionTime.Kind { .convolution }

  var label: String {
    let windows = plan.windows
    let name =
      switch part {
      case .result: "result"
      case .inputGradient: "gradient of the images"
      case .filterGradient: "gradient of the filters"
      }
    return (plan.tasks == 1 ? "" : "\(plan.tasks) tasks, ")
      + "convolution \(windows.windowHeight)x\(windows.windowWidth) of \(windows.images) x \(windows.height) x "
      + "\(windows.width) x \(windows.channels), \(plan.filters) filters: \(name)"
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func run<Scalar: TensorScalar>(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, _ result: UnsafeMutablePointer<Scalar>,
    by kernels: Kernels<Scalar>
  ) {
    let (images, filters, results) = (plan.imageCount, plan.filterCount, plan.resultCount)
    for task in 0..<plan.tasks {
      switch part {
      case .result:
        kernels.convolve(
          plan.windows, filters: plan.filters, operands[0] + task * images, operands[1] + task * filters,
          result + task * results)
      case .inputGradient:
        kernels.convolutionInputGradient(
          plan.windows, filters: plan.filters, operands[0] + task * results, operands[1] + task * filters,
          result + task * images)
      case .filterGradient:
        kernels.convolutionFilterGradient(
          plan.windows, filters: plan.filters, operands[0] + task * images, operands[1] + task * results,
          result + task * filters)
      }
    }
  }
}

extension Lowering {
  /// - Parameter plan: gives the sizes, which the shape rule has checked before.
  fileprivate static func convolution(
    _ part: ConvolutionKernel.Part, _ plan: () throws(ShapeError) -> ConvolutionPlan
  ) -> Lowering {
    do {
      return .kernel(ConvolutionKernel(part: part, plan: try plan()))
    } catch {
      error.stopProgram()
    }
  }
}

extension Tensor {
  /// The gradient of images of shape `images`, from this gradient of their convolution with `filters`.
  fileprivate func convolutionInputGradient(_ filters: Tensor, like images: Shape, stride: Int, padding: Int) -> Tensor
  {
    let operation = ConvolutionInputGradient(
      stride: stride, padding: padding, height: images[images.rank - 3], width: images[images.rank - 2])
    return .applying(operation, to: [self, filters.transposed()])
  }

  /// The gradient of filters of shape `filters` for these images and a gradient of their convolution.
  fileprivate func convolutionFilterGradient(
    _ gradient: Tensor, like filters: Shape, stride: Int, padding: Int
  ) -> Tensor {
    let operation = ConvolutionFilterGradient(
      stride: stride, padding: padding, windowHeight: filters[filters.rank - 4],
      windowWidth: filters[filters.rank - 3], sumsTasks: filters.rank == 4)
    return .applying(operation, to: [self, gradient])
  }
}

/// The cross-correlation of images with filters, which networks call a convolution.
///
/// - Parameters:
///   - images: `[images, height, width, channels]`, or with the tasks axis before these.
///   - filters: `[window height, window width, channels, filters]`. Where the images have the tasks axis, the filters may
///     have it too; then each task has its own filters.
///   - stride: pixels from one window to the next, in both directions.
///   - padding: zeros around each image, in pixels on each side.
/// - Returns: `[..., (height + 2 padding - window height) / stride + 1, the same of the width, filters]`, rounded down.
public func convolution<Scalar>(
  _ images: Tensor<Scalar>, _ filters: Tensor<Scalar>, stride: Int = 1, padding: Int = 0
) -> Tensor<Scalar> {
  .applying(Convolution(stride: stride, padding: padding), to: [images, filters])
}
