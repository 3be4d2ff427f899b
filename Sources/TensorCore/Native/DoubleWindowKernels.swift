import CVectorKernels

// Convolutions, pooling and the sums of normalisation.
extension Double {
  public static func convolve(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Double>, _ weights: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.convolve(&windows, filters, images, weights, out)
  }

  public static func convolutionInputGradient(
    _ windows: WindowPlan, filters: Int, _ gradient: UnsafePointer<Double>, _ weights: UnsafePointer<Double>,
    _ images: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.convolve_input_gradient(&windows, filters, gradient, weights, images)
  }

  public static func convolutionFilterGradient(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Double>, _ gradient: UnsafePointer<Double>,
    _ weights: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.convolve_filter_gradient(&windows, filters, images, gradient, weights)
  }

  public static func poolChoice(
    _ windows: WindowPlan, _ images: UnsafePointer<Double>, _ choice: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.pool_choose(&windows, images, choice)
  }

  public static func poolGather(
    _ windows: WindowPlan, _ images: UnsafePointer<Double>, _ choice: UnsafePointer<Double>,
    _ out: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.pool_gather(&windows, images, choice, out)
  }

  public static func poolScatter(
    _ windows: WindowPlan, _ values: UnsafePointer<Double>, _ choice: UnsafePointer<Double>,
    _ images: UnsafeMutablePointer<Double>
  ) {
    var windows = windows.native
    doubleKernels.pool_scatter(&windows, values, choice, images)
  }

  public static func moments(
    _ a: UnsafePointer<Double>, _ out: UnsafeMutablePointer<Double>, outer: Int, reduced: Int, inner: Int
  ) {
    doubleKernels.moments(a, out, outer, reduced, inner)
  }

  public static func centeredSums(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, center: UnsafePointer<Double>, gain: UnsafePointer<Double>?,
    offset: UnsafePointer<Double>?, _ out: UnsafeMutablePointer<Double>, outer: Int, reduced: Int, inner: Int
  ) {
    doubleKernels.centered_sums(a, b, center, gain, offset, out, outer, reduced, inner)
  }

  public static func line(
    _ a: UnsafePointer<Double>, gain: UnsafePointer<Double>, offset: UnsafePointer<Double>, isRectified: Bool,
    _ out: UnsafeMutablePointer<Double>, outer: Int, reduced: Int, inner: Int
  ) {
    doubleKernels.line(a, gain, offset, isRectified ? 1 : 0, out, outer, reduced, inner)
  }

  public static func lineGradient(
    _ operands: UnsafePointer<UnsafePointer<Double>>, isRectified: Bool, _ out: UnsafeMutablePointer<Double>,
    outer: Int,
    reduced: Int, inner: Int
  ) {
    doubleKernels.line_gradient(
      operands[0], operands[1], operands[2], operands[3], operands[4], operands[5], isRectified ? 1 : 0, out, outer,
      reduced, inner)
  }
}
