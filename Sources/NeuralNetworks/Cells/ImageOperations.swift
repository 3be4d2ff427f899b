import TensorCore

// Operations of cells on images `[..., height, width, channels]`, with or without the tasks axis. Each keeps the size of an
// image, or with a stride of two halves it, rounded up.

/// The convolution of each channel by itself.
///
/// It is a convolution whose filters are 0 between different channels. That makes as many multiplications as a full one, but
/// in one pass of its kernel. The gradient of a sum of shifted images took 1.1 to 2 times as long at a stride of one, and 3 to
/// 6 times at a stride of two, where it makes every pixel (25 images of 14 x 14 pixels, 8 to 32 channels, windows of 3 and 5).
/// - Parameter weight: `[window, window, 1, channels]`, where the images have the tasks axis with or without it before
///   these; the window is odd.
func depthwiseConvolution<Scalar>(
  _ images: Tensor<Scalar>, _ weight: Tensor<Scalar>, stride: Int
) -> Tensor<Scalar> {
  let rank = weight.shape.rank
  let filters = weight * Tensor<Scalar>.identity(weight.shape[rank - 1])
  return convolution(images, filters, stride: stride, padding: weight.shape[rank - 4] / 2)
}

/// The largest pixel inside of the image in each window, for each channel.
/// - Parameter window: the side of a window in pixels, which is odd.
func paddedMaxPool<Scalar>(_ images: Tensor<Scalar>, window: Int, stride: Int) -> Tensor<Scalar> {
  let (padding, rank) = (window / 2, images.shape.rank)
  // A repeated edge changes no maximum: a window that sees the copy sees the original, too.
  let padded = [rank - 3, rank - 2].reduce(images) { images, axis in
    let size = images.shape[axis]
    let (first, last) = (images.sliced(axis: axis, 0..<1), images.sliced(axis: axis, size - 1..<size))
    let (before, after) = (
      Array(repeating: first, count: padding), Array(repeating: last, count: padding)
    )
    return concatenate(before + [images] + after, axis: axis)
  }
  return maxPool(padded, window: window, stride: stride)
}

/// The mean of the pixels inside of the image in each window, for each channel.
/// - Parameter window: the side of a window in pixels, which is odd.
func paddedMeanPool<Scalar>(_ images: Tensor<Scalar>, window: Int, stride: Int) -> Tensor<Scalar> {
  let (padding, rank) = (window / 2, images.shape.rank)
  let (height, width) = (images.shape[rank - 3], images.shape[rank - 2])
  let sums = [rank - 3, rank - 2].reduce(images) { images, axis in
    let padded = images.padded(axis: axis, before: padding, after: padding)
    let shifted = (0..<window).map { padded.sliced(axis: axis, $0..<$0 + images.shape[axis]) }
    return shifted.dropFirst().reduce(shifted[0], +)
  }
  func count(_ place: Int, of size: Int) -> Int { min(place + padding, size - 1) - max(place - padding, 0) + 1 }
  let shares = (0..<height * width).map { pixel in
    1 / Scalar(count(pixel / width, of: height) * count(pixel % width, of: width))
  }
  return subsampled(sums * Tensor(shape: [height, width, 1], scalars: shares), stride: stride)
}

/// Every `stride`-th pixel of every `stride`-th row.
func subsampled<Scalar>(_ images: Tensor<Scalar>, stride: Int) -> Tensor<Scalar> {
  stride == 1 ? images : maxPool(images, window: 1, stride: stride)
}
