/// The size of an image: what a row of a batch is to a convolution, channels last.
public struct ImageShape: Hashable, Codable, Sendable {
  /// Rows, from the top.
  public let height: Int
  /// Pixels in a row.
  public let width: Int
  /// 1 for ink or grey, 3 for red, green and blue.
  public let channels: Int

  /// Creates a shape; all sizes must be positive.
  public init(height: Int, width: Int, channels: Int) {
    precondition(height > 0 && width > 0 && channels > 0, "\(height) x \(width) x \(channels) is no image")
    (self.height, self.width, self.channels) = (height, width, channels)
  }

  /// Numbers in an image.
  public var count: Int { height * width * channels }
}

/// Images that have one label.
public struct ImageClass: Hashable, Codable, Sendable {
  /// Unique in its set.
  public let name: String
  /// Their numbers in the set.
  public let images: [Int]
}

/// Images by class, 8 bits a number, in memory or in a file that is mapped. A value that shares its pixels.
public struct ImageSet: Sendable {
  /// Of every image.
  public let shape: ImageShape
  /// Sorted by name, so that a number means the same whatever a file's order.
  public let classes: [ImageClass]
  private let pixels: PixelStorage

  /// - Parameter pixels: of every image that `classes` number.
  init(shape: ImageShape, classes: [ImageClass], pixels: PixelStorage) {
    precondition(pixels.count.isMultiple(of: shape.count), "\(pixels.count) bytes are no images of \(shape)")
    (self.shape, self.classes, self.pixels) = (shape, classes, pixels)
  }

  /// The number of images of all classes.
  public var imageCount: Int { classes.reduce(0) { $0 + $1.images.count } }

  /// The SHA-256 of all pixels.
  var digest: [UInt8] {
    let digest = SHA256()
    digest.update(pixels.bytes(from: 0, count: pixels.count))
    return digest.value
  }

  /// The same images, of these classes only.
  func with(_ classes: [ImageClass]) -> ImageSet { ImageSet(shape: shape, classes: classes, pixels: pixels) }

  /// Writes an image as numbers from 0 to 1, after quarter turns against the clock.
  /// - Parameters:
  ///   - image: a number of one of the classes.
  ///   - quarterTurns: 0 to 3; only a square image has 1 or 3.
  ///   - values: the array that is written to.
  ///   - start: where `[height, width, channels]` begins in `values`.
  public func write(image: Int, quarterTurns: Int = 0, into values: inout MutableSpan<Float>, at start: Int) {
    let (height, width, channels) = (shape.height, shape.width, shape.channels)
    precondition(quarterTurns.isMultiple(of: 2) || height == width, "\(height) x \(width) has no quarter turn")
    precondition(start >= 0 && start + shape.count <= values.count, "no room for an image at \(start)")
    // Pixel (row, column) is the old one at origin + row x rowStep + column x columnStep.
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
