import CVectorKernels

// The kernels over windows, and the sums of normalisation.
extension KernelScalar {
  static func convolve(
    _ level: String, _ windows: metarl_windows, _ filters: Int, _ images: [Self], _ weights: [Self],
    _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).convolve($0, filters, images, weights, out) }
  }

  static func convolveInputGradient(
    _ level: String, _ windows: metarl_windows, _ filters: Int, _ gradient: [Self], _ weights: [Self],
    _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).convolve_input_gradient($0, filters, gradient, weights, out) }
  }

  static func convolveFilterGradient(
    _ level: String, _ windows: metarl_windows, _ filters: Int, _ images: [Self], _ gradient: [Self],
    _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).convolve_filter_gradient($0, filters, images, gradient, out) }
  }

  static func poolChoose(
    _ level: String, _ windows: metarl_windows, _ images: [Self], _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).pool_choose($0, images, out) }
  }

  static func poolGather(
    _ level: String, _ windows: metarl_windows, _ images: [Self], _ choice: [Self], _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).pool_gather($0, images, choice, out) }
  }

  static func poolScatter(
    _ level: String, _ windows: metarl_windows, _ values: [Self], _ choice: [Self], _ out: UnsafeMutablePointer<Self>
  ) {
    withUnsafePointer(to: windows) { kernels(level).pool_scatter($0, values, choice, out) }
  }

  static func moments(_ level: String, _ a: [Self], _ out: UnsafeMutablePointer<Self>, _ sizes: [Int]) {
    kernels(level).moments(a, out, sizes[0], sizes[1], sizes[2])
  }

  static func centeredSums(
    _ level: String, _ a: [Self], _ b: [Self], _ channels: [[Self]], _ out: UnsafeMutablePointer<Self>,
    _ sizes: [Int]
  ) {
    let sums = kernels(level).centered_sums
    if channels.count == 1 {
      sums?(a, b, channels[0], nil, nil, out, sizes[0], sizes[1], sizes[2])
    } else {
      sums?(a, b, channels[0], channels[1], channels[2], out, sizes[0], sizes[1], sizes[2])
    }
  }

  static func line(
    _ level: String, _ a: [Self], _ channels: [[Self]], _ isRectified: Bool, _ out: UnsafeMutablePointer<Self>,
    _ sizes: [Int]
  ) {
    kernels(level).line(a, channels[0], channels[1], isRectified ? 1 : 0, out, sizes[0], sizes[1], sizes[2])
  }

  static func lineGradient(
    _ level: String, _ rows: [[Self]], _ channels: [[Self]], _ isRectified: Bool, _ out: UnsafeMutablePointer<Self>,
    _ sizes: [Int]
  ) {
    kernels(level).line_gradient(
      rows[0], rows[1], channels[0], channels[1], channels[2], channels[3], isRectified ? 1 : 0, out, sizes[0],
      sizes[1], sizes[2])
  }
}
