import Foundation
import Glibc

/// The file of a cache: a header of 64 bytes, the pixels of all images, and their classes as JSON.
///
/// The header has 16 bytes that identify the format, the lengths of pixels and classes in 8 bytes each, little-endian, and
/// the SHA-256 of the data from which the images were made. It is written last: a file without it is invalid.
enum ImageCacheFile {
  static let signature = Array("metarl images 1\n".utf8)
  static let headerSize = 64

  /// The JSON after the pixels.
  private struct Index: Codable {
    var shape: ImageShape
    var classes: [ImageClass]
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
      let layout = try? JSONDecoder().decode(Index.self, from: Data(text)), isConsistent(layout, pixels: pixels),
      let storage = PixelStorage(mapping: descriptor, offset: headerSize, count: pixels)
    else { return nil }
    return ImageSet(shape: layout.shape, classes: layout.classes, pixels: storage)
  }

  private static func isConsistent(_ index: Index, pixels: Int) -> Bool {
    let shape = index.shape
    guard [shape.height, shape.width, shape.channels].allSatisfy({ (1...1 << 16).contains($0) }),
      pixels.isMultiple(of: shape.count)
    else { return false }
    let images = 0..<pixels / shape.count
    return index.classes.allSatisfy { $0.images.allSatisfy(images.contains) }
  }

  private static func length(_ bytes: ArraySlice<UInt8>) -> Int {
    Int(truncatingIfNeeded: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// Returns the bytes after the pixels.
  static func encodeIndex(shape: ImageShape, classes: [ImageClass]) throws(DataError) -> [UInt8] {
    let encoder = JSONEncoder()
    // The same images always give the same file.
    encoder.outputFormatting = .sortedKeys
    do {
      return try Array(encoder.encode(Index(shape: shape, classes: classes)))
    } catch {
      throw DataError(.inputOutput, "cannot encode the classes of a cache: \(error)")
    }
  }

  /// Returns the header of a complete file.
  static func header(pixels: Int, index: Int, fingerprint: [UInt8]) -> [UInt8] {
    var bytes = signature
    for length in [pixels, index] { withUnsafeBytes(of: UInt64(length).littleEndian) { bytes += $0 } }
    return bytes + fingerprint
  }
}
