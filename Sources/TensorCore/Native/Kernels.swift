import COpenBLAS
import CVectorKernels

/// The native kernels that a computation runs by, on arrays of one scalar.
///
/// Plain numbers: a copy counts no reference. What each kernel computes is in the texts that kernel_list.inc names.
///
/// `@unchecked Sendable`: the pointer is to a table of the program, which never changes.
public struct Kernels<Scalar: TensorScalar>: @unchecked Sendable {
  private let table: UnsafePointer<metarl_kernels>
  private let scalar: metarl_scalar
  /// Whether the kernels are those that have the same bits everywhere.
  let isDeterministic: Bool

  /// - Parameter scalar: the one that `Scalar` is.
  init(_ scalar: metarl_scalar, _ choice: KernelChoice) {
    guard let table = metarl_select_kernels(scalar, choice == .deterministic ? METARL_SAME_BITS : nil) else {
      preconditionFailure("the portable kernels are missing from this build")
    }
    self.table = table
    self.scalar = scalar
    isDeterministic = choice == .deterministic
  }

  /// The kernels for what is computed here: see ``KernelChoice/current``.
  static var current: Kernels { Scalar.kernels(.current) }

  /// The name of the level of vector instructions, such as `x86-64-v4`.
  var levelName: String { String(cString: table.pointee.name) }

  /// `out[i] = function(a[i])`; `out` may be `a`.
  @inline(__always)
  func apply(
    _ function: any UnaryFunction.Type, _ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, count: Int
  ) {
    table.pointee.unary(function.native, a, out, count)
  }

  /// `out[i] = function(a[i], b[i])`; an operand with stride 0 is a single number.
  @inline(__always)
  func apply(
    _ function: any BinaryFunction.Type, _ a: UnsafePointer<Scalar>, stride aStride: Int, _ b: UnsafePointer<Scalar>,
    stride bStride: Int, _ out: UnsafeMutablePointer<Scalar>, count: Int
  ) {
    table.pointee.binary(function.native, a, aStride, b, bStride, out, count)
  }

  /// `out[i] = function(a[i], b[i], c[i])`; an operand with stride 0 is a single number.
  @inline(__always)
  func apply(
    _ function: any TernaryFunction.Type, _ a: UnsafePointer<Scalar>, stride aStride: Int, _ b: UnsafePointer<Scalar>,
    stride bStride: Int, _ c: UnsafePointer<Scalar>, stride cStride: Int, _ out: UnsafeMutablePointer<Scalar>,
    count: Int
  ) {
    table.pointee.ternary(function.native, a, aStride, b, bStride, c, cStride, out, count)
  }

  /// Runs a pass of a compiled program.
  @inline(__always)
  func run(_ pass: metarl_pass, _ parts: UnsafePointer<metarl_pass_parts>, in memory: Memory<Scalar>) {
    var pass = pass
    table.pointee.pass(
      &pass, parts, memory.buffers, memory.constants, memory.scratch, memory.pointers, memory.strides)
  }

  /// Sums over the middle axis of `[outer, reduced, inner]`.
  @inline(__always)
  func sum(_ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, outer: Int, reduced: Int, inner: Int) {
    table.pointee.reduce_sum(a, out, outer, reduced, inner)
  }

  /// The largest along the middle axis of `[outer, reduced, inner]`.
  @inline(__always)
  func maximum(
    _ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, outer: Int, reduced: Int, inner: Int
  ) {
    table.pointee.reduce_max(a, out, outer, reduced, inner)
  }

  /// Adds the rows of `[rows, width]` to `out`, one after another.
  @inline(__always)
  func addRows(_ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, rows: Int, width: Int) {
    table.pointee.add_rows(a, out, rows, width)
  }

  /// Inclusive running sums along the middle axis of `[outer, length, inner]`.
  @inline(__always)
  func cumulativeSum(
    _ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, outer: Int, length: Int, inner: Int,
    reversed: Bool
  ) {
    table.pointee.cumulative_sum(a, out, outer, length, inner, reversed ? 1 : 0)
  }

  /// Copies a strided array of at most 6 axes into a contiguous one.
  @inline(__always)
  func stridedCopy(
    _ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, sizes: [Int], strides: [Int]
  ) {
    table.pointee.strided_copy(a, out, Int32(sizes.count), sizes, strides)
  }

  /// Small batched products, by the project's own kernels.
  @inline(__always)
  func smallProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Scalar>, _ right: UnsafePointer<Scalar>,
    _ out: UnsafeMutablePointer<Scalar>
  ) {
    let sums = plan.outStride == 0 && plan.batch > 1
    if sums, !plan.addsToResult { out.update(repeating: 0, count: plan.rows * plan.columns) }
    table.pointee.matrix_product(
      plan.transposesLeft ? 1 : 0, plan.transposesRight ? 1 : 0, plan.rows, plan.columns, plan.inner, plan.batch,
      left, plan.leftStride, right, plan.rightStride, out, plan.outStride, sums || plan.addsToResult ? 1 : 0)
  }

  /// One large product, by OpenBLAS.
  func largeProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Scalar>, _ right: UnsafePointer<Scalar>,
    _ out: UnsafeMutablePointer<Scalar>, accumulating: Bool
  ) {
    var product = metarl_large_product(plan, isDouble: scalar == METARL_DOUBLE, accumulating: accumulating)
    metarl_multiply(&product, left, right, out)
  }

  /// Samples of normal distributions, `means + deviations z` `[rows, width]` with means `[rows, width]` and deviations
  /// `[width]`. The standard normal numbers z of row r are made of Philox4x32-10's blocks for the key and the counter
  /// with r added to its third word: see random.inc.
  package func sampleNormals(
    key: SIMD2<UInt32>, counter: SIMD4<UInt32>, means: Span<Scalar>, deviations: Span<Scalar>,
    into samples: inout MutableSpan<Scalar>
  ) {
    precondition(
      means.count == samples.count && means.count.isMultiple(of: deviations.count),
      "\(samples.count) samples do not fit \(means.count) means and \(deviations.count) deviations")
    var place = metarl_random_place(
      key: (key[0], key[1]), counter: (counter[0], counter[1], counter[2], counter[3]))
    let rows = means.count / deviations.count
    means.withUnsafeBufferPointer { means in
      deviations.withUnsafeBufferPointer { deviations in
        samples.withUnsafeMutableBufferPointer { samples in
          table.pointee.normals(
            &place, rows, deviations.count, means.baseAddress, deviations.baseAddress, samples.baseAddress)
        }
      }
    }
  }

  /// Whether the sum of the values is a finite number. Then all of them are, since a sum with an infinity or a NaN is not.
  package func haveFiniteSum(_ values: Span<Scalar>) -> Bool {
    var total: Scalar = 0
    values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return }
      sum(start, &total, outer: 1, reduced: values.count, inner: 1)
    }
    return total.isFinite
  }

  /// Floating-point operations of `rounds` rounds of multiply-adds that wait for nothing.
  func multiplyAdds(rounds: Int) -> Int {
    var sum: Scalar = 0
    return withUnsafeMutablePointer(to: &sum) { table.pointee.multiply_adds(rounds, $0) }
  }
}

// Convolutions, pooling and the sums of normalisation.
extension Kernels {
  /// Correlates the images of a task with its weights.
  func convolve(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Scalar>, _ weights: UnsafePointer<Scalar>,
    _ out: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.convolve(&windows, filters, images, weights, out)
  }

  /// The adjoint of `convolve` in the images; of the weights the last two axes are exchanged.
  func convolutionInputGradient(
    _ windows: WindowPlan, filters: Int, _ gradient: UnsafePointer<Scalar>, _ weights: UnsafePointer<Scalar>,
    _ images: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.convolve_input_gradient(&windows, filters, gradient, weights, images)
  }

  /// The adjoint of `convolve` in the weights.
  func convolutionFilterGradient(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Scalar>, _ gradient: UnsafePointer<Scalar>,
    _ weights: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.convolve_filter_gradient(&windows, filters, images, gradient, weights)
  }

  /// The position of the largest element of each window.
  func poolChoice(
    _ windows: WindowPlan, _ images: UnsafePointer<Scalar>, _ choice: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.pool_choose(&windows, images, choice)
  }

  /// The elements at the chosen positions.
  func poolGather(
    _ windows: WindowPlan, _ images: UnsafePointer<Scalar>, _ choice: UnsafePointer<Scalar>,
    _ out: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.pool_gather(&windows, images, choice, out)
  }

  /// Values added to zeros at the chosen positions.
  func poolScatter(
    _ windows: WindowPlan, _ values: UnsafePointer<Scalar>, _ choice: UnsafePointer<Scalar>,
    _ images: UnsafeMutablePointer<Scalar>
  ) {
    var windows = windows.native
    table.pointee.pool_scatter(&windows, values, choice, images)
  }

  /// Mean and variance along the middle axis of `[outer, reduced, inner]`, as `[outer, 2, inner]`.
  func moments(
    _ a: UnsafePointer<Scalar>, _ out: UnsafeMutablePointer<Scalar>, outer: Int, reduced: Int, inner: Int
  ) {
    table.pointee.moments(a, out, outer, reduced, inner)
  }

  /// Sums of `a` and of `a (b - center)` along the middle axis of `[outer, reduced, inner]`, as `[outer, 2, inner]`; with
  /// gain and offset, over the elements with `b gain + offset > 0`.
  func centeredSums(
    _ a: UnsafePointer<Scalar>, _ b: UnsafePointer<Scalar>, center: UnsafePointer<Scalar>,
    gain: UnsafePointer<Scalar>?, offset: UnsafePointer<Scalar>?, _ out: UnsafeMutablePointer<Scalar>, outer: Int,
    reduced: Int, inner: Int
  ) {
    table.pointee.centered_sums(a, b, center, gain, offset, out, outer, reduced, inner)
  }

  /// `a gain + offset` for `a` `[outer, reduced, inner]` and a gain and an offset for each `[outer, inner]`, or 0 where
  /// that is less and the line is rectified.
  func line(
    _ a: UnsafePointer<Scalar>, gain: UnsafePointer<Scalar>, offset: UnsafePointer<Scalar>, isRectified: Bool,
    _ out: UnsafeMutablePointer<Scalar>, outer: Int, reduced: Int, inner: Int
  ) {
    table.pointee.line(a, gain, offset, isRectified ? 1 : 0, out, outer, reduced, inner)
  }

  /// `g gain - x slope - constant` for the operands g, x, gain, offset, slope, constant; if rectified, g counts as 0
  /// with `x gain + offset <= 0`.
  func lineGradient(
    _ operands: UnsafePointer<UnsafePointer<Scalar>>, isRectified: Bool, _ out: UnsafeMutablePointer<Scalar>,
    outer: Int, reduced: Int, inner: Int
  ) {
    table.pointee.line_gradient(
      operands[0], operands[1], operands[2], operands[3], operands[4], operands[5], isRectified ? 1 : 0, out, outer,
      reduced, inner)
  }
}
