import CVectorKernels

/// The sizes of a batched matrix product `out[b] = op(left[b]) op(right[b])`, row-major.
struct ProductPlan: Hashable, Sendable {
  var transposesLeft: Bool
  var transposesRight: Bool
  var rows: Int
  var columns: Int
  var inner: Int
  var batch: Int
  var leftStride: Int
  var rightStride: Int
  /// The distance of neighbouring results in elements; 0 sums over the batch, in order.
  var outStride: Int
  /// Whether the products are added to the elements that are already there.
  var addsToResult = false
}

/// Windows that slide over images `[images, height, width, channels]`.
struct WindowPlan: Hashable, Sendable {
  var images: Int
  var height: Int
  var width: Int
  var channels: Int
  var windowHeight: Int
  var windowWidth: Int
  /// Pixels between neighbouring windows, in both directions.
  var stride: Int
  /// The width of the border of zeros around an image, in pixels on each side.
  var padding: Int
  var outHeight: Int
  var outWidth: Int

  var native: metarl_windows {
    metarl_windows(
      images: images, height: height, width: width, channels: channels, window_height: windowHeight,
      window_width: windowWidth, stride: stride, padding: padding, out_height: outHeight, out_width: outWidth)
  }
}
