import Files

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
  private var members: [EntryName: [EntryName: Int]] = [:]
  /// The images so far, those that were replaced among them.
  private(set) var count = 0

  /// More images than any of the data sets; bounds what a hostile archive can fill a disk with.
  static let greatestCount = 1 << 20

  init(shape: ImageShape, sink: any PixelSink) {
    self.shape = shape
    self.sink = sink
  }

  /// Adds an image.
  /// - Parameters:
  ///   - name: unique in the class: an image that came twice could be learned from and judged by.
  ///   - place: where it comes from, for an error.
  mutating func add(_ pixels: [UInt8], class label: EntryName, name: EntryName, at place: String) throws(DataError) {
    guard members[label]?[name] == nil else {
      throw DataError(at: place, expected: "each image once", found: "\(name) twice in class \(label)")
    }
    try addOrReplace(pixels, class: label, name: name, at: place)
  }

  /// Adds an image, or puts it in the place of the one that had its name. The pixels of the former stay where they are, and
  /// belong to no class.
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
