import COpenBLAS
import CVectorKernels
public import RealModule

/// A number that tensors are made of: `Float` for training, `Double` for gradient checks and error curves.
///
/// The requirements are the native kernels; only `Float` and `Double` conform.
public protocol TensorScalar: Real, BinaryFloatingPoint, Sendable {
  /// `out[i] = function(a[i])`; `out` may be `a`.
  static func apply(
    _ function: UnaryFunction, _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, count: Int)
  /// `out[i] = function(a[i], b[i])`; an operand with stride 0 is a single number.
  static func apply(
    _ function: BinaryFunction, _ a: UnsafePointer<Self>, stride aStride: Int, _ b: UnsafePointer<Self>,
    stride bStride: Int, _ out: UnsafeMutablePointer<Self>, count: Int)
  /// `out[i] = function(a[i], b[i], c[i])`; an operand with stride 0 is a single number.
  static func apply(
    _ function: TernaryFunction, _ a: UnsafePointer<Self>, stride aStride: Int, _ b: UnsafePointer<Self>,
    stride bStride: Int, _ c: UnsafePointer<Self>, stride cStride: Int, _ out: UnsafeMutablePointer<Self>, count: Int)
  /// Sums over the middle axis of `[outer, reduced, inner]`.
  static func sum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, outer: Int, reduced: Int, inner: Int)
  /// The largest along the middle axis of `[outer, reduced, inner]`.
  static func maximum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, outer: Int, reduced: Int, inner: Int)
  /// Adds the rows of `[rows, width]` to `out`, one after another.
  static func addRows(_ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, rows: Int, width: Int)
  /// Inclusive running sums along the middle axis of `[outer, length, inner]`.
  static func cumulativeSum(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, outer: Int, length: Int, inner: Int, reversed: Bool)
  /// Copies a strided array of at most 6 axes into a contiguous one.
  static func stridedCopy(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, sizes: [Int], strides: [Int])
  /// Small batched products, by the project's own kernels.
  static func smallProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>)
  /// One large product, by OpenBLAS.
  static func largeProduct(
    _ plan: ProductPlan, _ left: UnsafePointer<Self>, _ right: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>,
    accumulating: Bool)
  /// Correlates the images of a task with its weights.
  static func convolve(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Self>, _ weights: UnsafePointer<Self>,
    _ out: UnsafeMutablePointer<Self>)
  /// The adjoint of `convolve` in the images; of the weights the last two axes are exchanged.
  static func convolutionInputGradient(
    _ windows: WindowPlan, filters: Int, _ gradient: UnsafePointer<Self>, _ weights: UnsafePointer<Self>,
    _ images: UnsafeMutablePointer<Self>)
  /// The adjoint of `convolve` in the weights.
  static func convolutionFilterGradient(
    _ windows: WindowPlan, filters: Int, _ images: UnsafePointer<Self>, _ gradient: UnsafePointer<Self>,
    _ weights: UnsafeMutablePointer<Self>)
  /// The position of the largest element of each window.
  static func poolChoice(_ windows: WindowPlan, _ images: UnsafePointer<Self>, _ choice: UnsafeMutablePointer<Self>)
  /// The elements at the chosen positions.
  static func poolGather(
    _ windows: WindowPlan, _ images: UnsafePointer<Self>, _ choice: UnsafePointer<Self>,
    _ out: UnsafeMutablePointer<Self>)
  /// Values added to zeros at the chosen positions.
  static func poolScatter(
    _ windows: WindowPlan, _ values: UnsafePointer<Self>, _ choice: UnsafePointer<Self>,
    _ images: UnsafeMutablePointer<Self>)
  /// Mean and variance along the middle axis of `[outer, reduced, inner]`, as `[outer, 2, inner]`.
  static func moments(
    _ a: UnsafePointer<Self>, _ out: UnsafeMutablePointer<Self>, outer: Int, reduced: Int, inner: Int)
  /// Sums of `a` and of `a (b - center)` along the middle axis of `[outer, reduced, inner]`, as `[outer, 2, inner]`; with
  /// gain and offset, over the elements with `b gain + offset > 0`.
  static func centeredSums(
    _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, center: UnsafePointer<Self>, gain: UnsafePointer<Self>?,
    offset: UnsafePointer<Self>?, _ out: UnsafeMutablePointer<Self>, outer: Int, reduced: Int, inner: Int)
  /// `a gain + offset` for `a` `[outer, reduced, inner]` and a gain and an offset for each `[outer, inner]`, or 0 where
  /// that is less and the line is rectified.
  static func line(
    _ a: UnsafePointer<Self>, gain: UnsafePointer<Self>, offset: UnsafePointer<Self>, isRectified: Bool,
    _ out: UnsafeMutablePointer<Self>, outer: Int, reduced: Int, inner: Int)
  /// `g gain - x slope - constant` for the operands g, x, gain, offset, slope, constant; if rectified, g counts as 0
  /// with `x gain + offset <= 0`.
  static func lineGradient(
    _ operands: UnsafePointer<UnsafePointer<Self>>, isRectified: Bool, _ out: UnsafeMutablePointer<Self>, outer: Int,
    reduced: Int, inner: Int)
  /// Runs instructions of a compiled program; a requirement so that the loop is specialised for the scalar.
  static func run(_ program: CompiledProgram<Self>, instructions: Range<Int>, in workspace: ProgramMemory<Self>)
}

/// The sizes of a batched matrix product `out[b] = op(left[b]) op(right[b])`, row-major.
public struct ProductPlan: Hashable, Sendable {
  var transposesLeft: Bool
  var transposesRight: Bool
  var rows: Int
  var columns: Int
  var inner: Int
  var batch: Int
  var leftStride: Int
  var rightStride: Int
  /// 0 sums over the batch, in order.
  var outStride: Int
  /// Whether the products are added to what is there.
  var addsToResult = false
}

/// Windows that slide over images `[images, height, width, channels]`.
public struct WindowPlan: Hashable, Sendable {
  var images: Int
  var height: Int
  var width: Int
  var channels: Int
  var windowHeight: Int
  var windowWidth: Int
  /// Pixels between neighbouring windows, in both directions.
  var stride: Int
  /// Zeros around an image, in pixels on each side.
  var padding: Int
  var outHeight: Int
  var outWidth: Int

  var native: metarl_windows {
    metarl_windows(
      images: images, height: height, width: width, channels: channels, window_height: windowHeight,
      window_width: windowWidth, stride: stride, padding: padding, out_height: outHeight, out_width: outWidth)
  }
}
