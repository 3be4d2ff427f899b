import CVectorKernels

// Convolutions, pooling and the sums of normalisation.
extension Float {
  public static func convolve(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.convolve(&windows, filters, images, weights, out)
  }

  public static func convolutionInputGradient(
    _ windows: WindowPlan, filters: Int, _ gradient: UnsafePointer<Float>, _ weights: UnsafePointer<Float>,
    _ images: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.convolve_input_gradient(&windows, filters, gradient, weights, images)
  }

  public static func convolutionFilterGradient(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>,
    _ weights: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.convolve_filter_gradient(&windows, filters, images, gradient, weights)
  }

  public static func poolChoice(
    _ windows: WindowPlan, _ images: UnsafePointer<Float>, _ choice: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.pool_choose(&windows, images, choice)
  }

  public static func poolGather(
    _ windows: WindowPlan, _ images: UnsafePointer<Float>, _ choice: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.pool_gather(&windows, images, choice, out)
  }

  public static func poolScatter(
    _ windows: WindowPlan, _ values: UnsafePointer<Float>, _ choice: UnsafePointer<Float>,
    _ images: UnsafeMutablePointer<Float>
  ) {
    var windows = windows.native
    floatKernels.pool_scatter(&windows, values, choice, images)
  }

  public static func moments(
    _ a: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, outer: Int, reduced: Int, inner: Int
  ) {
    floatKernels.moments(a, out, outer, reduced, inner)
  }

  public static func centeredSums(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, center: UnsafePointer<Float>, gain: UnsafePointer<Float>?,
    offset: UnsafePointer<Float>?, _ out: UnsafeMutablePointer<Float>, outer: Int, reduced: Int, inner: Int
  ) {
    floatKernels.centered_sums(a, b, center, gain, offset, out, outer, reduced, inner)
  }

  public static func line(
    _ a: UnsafePointer<Float>, gain: UnsafePointer<Float>, offset: UnsafePointer<Float>, isRectified: Bool,
    _ out: UnsafeMutablePointer<Float>, outer: Int, reduced: Int, inner: Int
  ) {
    floatKernels.line(a, gain, offset, isRectified ? 1 : 0, out, outer, reduced, inner)
  }

  public static func lineGradient(
    _ operands: UnsafePointer<UnsafePointer<Float>>, isRectified: Bool, _ out: UnsafeMutablePointer<Float>, outer: Int,
    reduced: Int, inner: Int
  ) {
    floatKernels.line_gradient(
      operands[0], operands[1], operands[2], operands[3], operands[4], operands[5], isRectified ? 1 : 0, out, outer,
      reduced, inner)
  }
}
