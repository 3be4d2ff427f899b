import Glibc

/// The file of a cache: a header of 64 bytes, the pixels of all images, and their classes.
///
/// The header has 16 bytes that identify the format, the lengths of pixels and classes in 8 bytes each, little-endian, and
/// the SHA-256 of the data from which the images were made. It is written last: a file without it is invalid. The classes
/// are numbers of 4 bytes, little-endian, and names: height, width, channels and the number of classes, then for each class
/// the length of its name in bytes, the name, the number of its images and their indices. (JSON took 50 ms of each start
/// for Omniglot's 1,623 characters.)
enum ImageCacheFile {
  static let signature = Array("metarl images 2\n".utf8)
  static let headerSize = 64

  private struct Index {
    var shape: ImageShape
    var classes: [ImageClass]

    /// Reads the bytes after the pixels; nil where they are no index.
    init?(_ bytes: [UInt8]) {
      var reader = Reader(bytes: bytes[...])
      guard let height = reader.number(), let width = reader.number(), let channels = reader.number(),
        let count = reader.number(), [height, width, channels].allSatisfy({ (1...1 << 16).contains($0) })
      else { return nil }
      shape = ImageShape(height: height, width: width, channels: channels)
      classes = []
      // Nothing is allocated for a count, which may be damaged: a class that the bytes do not have ends the loop.
      for _ in 0..<count {
        guard let name = reader.text(), let images = reader.numbers() else { return nil }
        classes.append(ImageClass(name: name, images: images))
      }
      guard reader.bytes.isEmpty else { return nil }
    }
  }

  /// Takes numbers and texts from the start of its bytes; nil where there are not enough.
  private struct Reader {
    var bytes: ArraySlice<UInt8>

    private mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
      guard count <= bytes.count else { return nil }
      defer { bytes = bytes.dropFirst(count) }
      return bytes.prefix(count)
    }

    mutating func number() -> Int? {
      take(4).map { $0.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) } }
    }

    mutating func numbers() -> [Int]? {
      guard let count = number(), let words = take(4 * count) else { return nil }
      return words.withUnsafeBytes { words in
        (0..<count).map { Int(UInt32(littleEndian: words.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self))) }
      }
    }

    mutating func text() -> String? { number().flatMap { take($0) }.flatMap { String(validating: $0, as: UTF8.self) } }
  }

  /// Maps a file; nil where it is incomplete or was made from data of another `fingerprint`.
  static func open(_ path: String, fingerprint: [UInt8]) -> ImageSet? {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    var header = [UInt8](repeating: 0, count: headerSize)
    guard fstat(descriptor, &status) == 0, pread(descriptor, &header, headerSize, 0) == headerSize,
      Array(header[..<16]) == signature, Array(header[32...]) == fingerprint
    else { return nil }
    let (pixels, index) = (length(header[16..<24]), length(header[24..<32]))
    // Each length is compared alone first: their sum could overflow.
    let size = Int(status.st_size) - headerSize
    guard pixels >= 0, index >= 0, pixels <= size, index == size - pixels else { return nil }
    var text = [UInt8](repeating: 0, count: index)
    guard pread(descriptor, &text, index, off_t(headerSize + pixels)) == index,
      let layout = Index(text), isConsistent(layout, pixels: pixels),
      let storage = PixelStorage(mapping: descriptor, offset: headerSize, count: pixels)
    else { return nil }
    return ImageSet(shape: layout.shape, classes: layout.classes, pixels: storage)
  }

  private static func isConsistent(_ index: Index, pixels: Int) -> Bool {
    guard pixels.isMultiple(of: index.shape.count) else { return false }
    let images = 0..<pixels / index.shape.count
    return index.classes.allSatisfy { $0.images.allSatisfy(images.contains) }
  }

  private static func length(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// Returns the bytes after the pixels.
  static func encodeIndex(shape: ImageShape, classes: [ImageClass]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ number: Int) { withUnsafeBytes(of: UInt32(number).littleEndian) { bytes += $0 } }
    for number in [shape.height, shape.width, shape.channels, classes.count] { append(number) }
    for item in classes {
      let name = Array(item.name.utf8)
      append(name.count)
      bytes += name
      append(item.images.count)
      for image in item.images { append(image) }
    }
    return bytes
  }

  /// Returns the header of a complete file.
  static func header(pixels: Int, index: Int, fingerprint: [UInt8]) -> [UInt8] {
    var bytes = signature
    for length in [pixels, index] { withUnsafeBytes(of: UInt64(length).littleEndian) { bytes += $0 } }
    return bytes + fingerprint
  }
}
