/// The sizes of a convolution of images `[images, height, width, channels]` with filters `[window height, window width,
/// channels, filters]`. Both may have the tasks axis before these; the filters may have it only if the images have it.
///
/// Where all tasks share the filters, the images of all tasks count as those of one task.
struct ConvolutionPlan: Hashable, Sendable {
  let windows: WindowPlan
  let filters: Int
  /// The number of sets of filters.
  let tasks: Int
  /// The shape of the convolution's result.
  let result: Shape

  init(
    images: Shape, filters: Shape, stride: Int, padding: Int, for operation: String
  ) throws(ShapeError) {
    func refusal(_ reason: String) -> ShapeError {
      ShapeError(operation: operation, operands: [images, filters], reason: reason)
    }
    guard (4...5).contains(images.rank), filters.rank == 4 || filters.rank == 5 && images.rank == 5 else {
      throw refusal(
        "expected images [(tasks,) images, height, width, channels] and filters [(tasks,) height, width, "
          + "channels, filters]")
    }
    let hasOwnFilters = filters.rank == 5
    guard !hasOwnFilters || images[0] == filters[0] else {
      throw refusal("tasks of \(images[0]) and \(filters[0]) differ")
    }
    let (image, window) = (Array(images.sizes.suffix(3)), Array(filters.sizes.suffix(4)))
    guard image[2] == window[2], window.allSatisfy({ $0 > 0 }) else {
      throw refusal("channels of \(image[2]) and \(window[2]) differ, or a filter is empty")
    }
    guard stride >= 1, padding >= 0, image[0] + 2 * padding >= window[0], image[1] + 2 * padding >= window[1] else {
      throw refusal("no place for a window with stride \(stride) and padding \(padding)")
    }
    tasks = hasOwnFilters ? images[0] : 1
    self.filters = window[3]
    windows = WindowPlan(
      images: images.sizes.dropLast(3).reduce(1, *) / max(tasks, 1), height: image[0], width: image[1],
      channels: image[2], windowHeight: window[0], windowWidth: window[1], stride: stride, padding: padding,
      outHeight: (image[0] + 2 * padding - window[0]) / stride + 1,
      outWidth: (image[1] + 2 * padding - window[1]) / stride + 1)
    result = Shape(images.sizes.dropLast(3) + [windows.outHeight, windows.outWidth, self.filters])
  }

  /// The elements of one task's images.
  var imageCount: Int { windows.images * windows.height * windows.width * windows.channels }
  /// The elements of one task's filters.
  var filterCount: Int { windows.windowHeight * windows.windowWidth * windows.channels * filters }
  /// The elements of one task's result.
  var resultCount: Int { windows.images * windows.outHeight * windows.outWidth * filters }
}
