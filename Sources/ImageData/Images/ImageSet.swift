/// The shape of an image, which is a row of a batch for a convolution, channels last.
public struct ImageShape: Hashable, Sendable {
  /// The number of rows, which start from the top.
  public let height: Int
  /// The number of pixels in a row.
  public let width: Int
  /// The number of channels: 1 for ink or grey, 3 for red, green and blue.
  public let channels: Int

  /// Creates a shape from its sizes, all of which must be positive.
  public init(height: Int, width: Int, channels: Int) {
    precondition(height > 0 && width > 0 && channels > 0, "\(height) x \(width) x \(channels) is no image")
    (self.height, self.width, self.channels) = (height, width, channels)
  }

  /// The number of values of an image.
  public var count: Int { height * width * channels }
}

/// The images of one class, which share its label.
public struct ImageClass: Hashable, Sendable {
  /// The name of the class, which is unique in its set.
  public let name: String
  /// The indices of the images in the set.
  public let images: [Int]
}

/// Images by class, 8 bits per value, in memory or in a mapped file. Copies share the pixels.
public struct ImageSet: Sendable {
  /// The shape of every image.
  public let shape: ImageShape
  /// The classes sorted by name, so that an index means the same whatever a file's order.
  public let classes: [ImageClass]
  private let pixels: PixelStorage

  /// Creates a set of images.
  /// - Parameter pixels: the pixels of every image to which `classes` refer.
  init(shape: ImageShape, classes: [ImageClass], pixels: PixelStorage) {
    precondition(pixels.count.isMultiple(of: shape.count), "\(pixels.count) bytes are no images of \(shape)")
    (self.shape, self.classes, self.pixels) = (shape, classes, pixels)
  }

  /// The number of images of all classes.
  public var imageCount: Int { classes.reduce(0) { $0 + $1.images.count } }

  /// The SHA-256 of the pixels of all images.
  var digest: [UInt8] {
    let digest = SHA256()
    digest.update(pixels.bytes(from: 0, count: pixels.count))
    return digest.value
  }

  /// Returns the set with the given classes only.
  func with(_ classes: [ImageClass]) -> ImageSet { ImageSet(shape: shape, classes: classes, pixels: pixels) }

  /// Writes an image as values from 0 to 1, after counterclockwise quarter turns.
  /// - Parameters:
  ///   - image: the index of an image of one of the classes.
  ///   - quarterTurns: the number of turns, 0 to 3; only a square image can have 1 or 3.
  ///   - values: the array to which the image is written.
  ///   - start: the index in `values` at which `[height, width, channels]` begins.
  public func write(image: Int, quarterTurns: Int = 0, into values: inout MutableSpan<Float>, at start: Int) {
    let (height, width, channels) = (shape.height, shape.width, shape.channels)
    precondition(quarterTurns.isMultiple(of: 2) || height == width, "\(height) x \(width) has no quarter turn")
    precondition(start >= 0 && start + shape.count <= values.count, "no room for an image at \(start)")
    // Pixel (row, column) is the original one at origin + row x rowStep + column x columnStep.
    let last = height * width - 1
    let (origin, rowStep, columnStep) =
      switch quarterTurns & 3 {
      case 0: (0, width, 1)
      case 1: (width - 1, -1, width)
      case 2: (last, -width, -1)
      default: (last - width + 1, 1, -width)
      }
    let old = pixels.bytes(from: image * shape.count, count: shape.count)
    values.withUnsafeMutableBufferPointer { new in
      var position = start
      for row in 0..<height {
        for column in 0..<width {
          let pixel = (origin + row * rowStep + column * columnStep) * channels
          for channel in 0..<channels {
            new[position] = Float(old[pixel + channel]) * (1 / 255)
            position += 1
          }
        }
      }
    }
  }
}
