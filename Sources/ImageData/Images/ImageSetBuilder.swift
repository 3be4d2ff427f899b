/// Takes the pixels of one image after the other.
protocol PixelSink: AnyObject {
  func append(_ pixels: [UInt8]) throws(DataError)
}

/// Keeps pixels in memory.
final class MemorySink: PixelSink {
  private(set) var bytes: [UInt8] = []

  func append(_ pixels: [UInt8]) { bytes += pixels }
}

/// Collects images in whatever order they come; their classes, and the images in a class, end up sorted by name.
struct ImageSetBuilder {
  /// Of every image.
  let shape: ImageShape
  private let sink: any PixelSink
  private var members: [String: [(name: String, image: Int)]] = [:]
  private var count = 0

  /// More images than any of the data sets; bounds what a hostile archive can fill a disk with.
  static let greatestCount = 1 << 20

  init(shape: ImageShape, sink: any PixelSink) {
    self.shape = shape
    self.sink = sink
  }

  /// Adds an image.
  /// - Parameters:
  ///   - name: unique in the class, and where it comes from in an error.
  mutating func add(_ pixels: [UInt8], class label: String, name: String) throws(DataError) {
    guard pixels.count == shape.count else {
      throw DataError(
        at: name, expected: "an image of \(shape.height) x \(shape.width)", found: "\(pixels.count) values")
    }
    guard count < Self.greatestCount else {
      throw DataError(at: name, expected: "at most \(Self.greatestCount) images", found: "more")
    }
    try sink.append(pixels)
    members[label, default: []].append((name, count))
    count += 1
  }

  /// The classes of all images that were added.
  var classes: [ImageClass] {
    members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { label, images in
      let sorted = images.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
      return ImageClass(name: label, images: sorted.map(\.image))
    }
  }
}
