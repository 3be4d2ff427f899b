import Tables

/// The binary version of CIFAR-100: for each image a byte with its coarse class, a byte with its fine class, then 32 x 32
/// red values, as many green and as many blue ones; and a text with the names of the fine classes, one per line.
///
/// Source: "The CIFAR-10 and CIFAR-100 datasets", section "Binary version".
enum CIFAR100File {
  /// The number of pixels on a side of an image.
  static let side = 32
  /// The number of bytes of an image with its classes.
  static let recordSize = 2 + 3 * side * side
  /// The largest file that is read, in bytes; the training images have 153.7 million.
  static let greatestSize = 1 << 28

  /// Passes every image of `bytes` to `body`: the index of its fine class, and its pixels with the channels last.
  static func visit(
    _ bytes: [UInt8], name: String, classes: Int, _ body: (Int, [UInt8]) throws(DataError) -> Void
  ) throws(DataError) {
    guard !bytes.isEmpty, bytes.count.isMultiple(of: recordSize) else {
      throw DataError(at: name, expected: "images of \(recordSize) bytes each", found: "\(bytes.count) bytes")
    }
    for start in stride(from: 0, to: bytes.count, by: recordSize) {
      let label = Int(bytes[start + 1])
      guard label < classes else {
        throw DataError(
          at: "\(name): byte \(start + 1)", expected: "a class from 0 to \(classes - 1)", found: "\(label)")
      }
      try body(label, interleaved(bytes[(start + 2)..<(start + recordSize)]))
    }
  }

  /// Returns the pixels, one triple each, of an image that has one plane per channel.
  private static func interleaved(_ planes: ArraySlice<UInt8>) -> [UInt8] {
    let plane = side * side
    var pixels = [UInt8](repeating: 0, count: 3 * plane)
    planes.withUnsafeBufferPointer { planes in
      for pixel in 0..<plane {
        for channel in 0..<3 { pixels[3 * pixel + channel] = planes[channel * plane + pixel] }
      }
    }
    return pixels
  }

  /// Returns the names of the fine classes in the text of `fine_label_names.txt`.
  static func classNames(_ bytes: [UInt8], name: String) throws(DataError) -> [String] {
    guard TextLines.text(of: bytes) != nil else {
      throw DataError(at: name, expected: "a text in UTF-8", found: "other bytes")
    }
    let names = TextLines(bytes).all.map(\.text).filter { !$0.isEmpty }
    guard (1...256).contains(names.count), Set(names).count == names.count else {
      throw DataError(at: name, expected: "1 to 256 different names, one a line", found: "\(names.count) lines")
    }
    return names
  }
}
