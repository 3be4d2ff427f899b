import Files

/// A receiver of the pixels of one image after the other.
protocol PixelSink: AnyObject {
  func append(_ pixels: [UInt8]) throws(DataError)
}

/// A sink that keeps pixels in memory.
final class MemorySink: PixelSink {
  private(set) var bytes: [UInt8] = []

  func append(_ pixels: [UInt8]) { bytes += pixels }
}

/// A builder of image sets from images in any order; the classes, and the images in a class, are sorted by name.
struct ImageSetBuilder {
  /// The shape of every image.
  let shape: ImageShape
  private let sink: any PixelSink
  private var members: [EntryName: [EntryName: Int]] = [:]
  /// The number of images so far, including replaced ones.
  private(set) var count = 0

  /// The largest number of images: more than any data set has, it bounds the disk space that a hostile archive can fill.
  static let greatestCount = 1 << 20

  init(shape: ImageShape, sink: any PixelSink) {
    self.shape = shape
    self.sink = sink
  }

  /// Adds an image.
  /// - Parameters:
  ///   - name: the name of the image, unique in its class: a repeated image could be in both training and test examples.
  ///   - place: the origin of the image, for an error.
  mutating func add(_ pixels: [UInt8], class label: EntryName, name: EntryName, at place: String) throws(DataError) {
    guard members[label]?[name] == nil else {
      throw DataError(at: place, expected: "each image once", found: "\(name) twice in class \(label)")
    }
    try addOrReplace(pixels, class: label, name: name, at: place)
  }

  /// Adds an image, or replaces the one of its name. The pixels of a replaced image are kept, and belong to no class.
  mutating func addOrReplace(
    _ pixels: [UInt8], class label: EntryName, name: EntryName, at place: String
  ) throws(DataError) {
    guard pixels.count == shape.count else {
      throw DataError(
        at: place, expected: "an image of \(shape.height) x \(shape.width)", found: "\(pixels.count) values")
    }
    guard count < Self.greatestCount else {
      throw DataError(at: place, expected: "at most \(Self.greatestCount) images", found: "more")
    }
    members[label, default: [:]][name] = count
    try sink.append(pixels)
    count += 1
  }

  /// The classes of all images that were added.
  var classes: [ImageClass] {
    func sorted<Value>(_ members: [EntryName: Value]) -> [(key: EntryName, value: Value)] {
      members.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
    }
    return sorted(members).map { label, images in
      ImageClass(name: label.description, images: sorted(images).map(\.value))
    }
  }
}
