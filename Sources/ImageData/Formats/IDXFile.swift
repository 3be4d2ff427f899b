/// A file of MNIST's format: 0, 0, the type of its numbers, how many axes, the axes' sizes as 32-bit big-endian numbers,
/// then the numbers. Only unsigned bytes (type 8) are read.
///
/// Source: "The MNIST database of handwritten digits", section "File formats for the MNIST database".
struct IDXFile: Equatable {
  /// The sizes of the axes, the last one contiguous.
  let sizes: [Int]
  /// The numbers, as many as the product of the sizes.
  let values: [UInt8]

  /// The largest file that is read, in bytes; the largest of MNIST has 47 million.
  static let greatestSize = 1 << 30

  /// Reads a file, plain or compressed by gzip, that must have `axes` axes.
  static func read(_ path: String, axes: Int) throws(DataError) -> IDXFile {
    try read(ArchiveReader(path: path, format: .gzip), axes: axes)
  }

  /// Reads an open file.
  static func read(_ reader: ArchiveReader, axes: Int) throws(DataError) -> IDXFile {
    let headerSize = 4 + 4 * axes
    let header = try reader.next() == nil ? [] : reader.read(upTo: headerSize)
    guard header.count >= 4 else {
      throw DataError(at: reader.name, expected: "a header of \(headerSize) bytes", found: "\(header.count)")
    }
    guard header[..<4] == [0, 0, 8, UInt8(axes)] else {
      throw DataError(
        at: "\(reader.name): byte 0", expected: "0 0 8 \(axes), an IDX file of unsigned bytes with \(axes) axes",
        found: header[..<4].map(String.init).joined(separator: " "))
    }
    guard header.count == headerSize else {
      throw DataError(at: reader.name, expected: "a header of \(headerSize) bytes", found: "\(header.count)")
    }
    let sizes = (0..<axes).map { axis in header[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) } }
    let count = try count(of: sizes, name: reader.name)
    // One more byte shows whether the file is too long; reading is bounded, whatever a compressed file holds.
    let values = try reader.read(upTo: count + 1)
    guard values.count == count else {
      throw DataError(
        at: "\(reader.name): byte \(headerSize)",
        expected: "\(count) bytes, as the sizes \(sizes.map(String.init).joined(separator: " x ")) say",
        found: values.count > count ? "more" : "\(values.count)")
    }
    return IDXFile(sizes: sizes, values: values)
  }

  private static func count(of sizes: [Int], name: String) throws(DataError) -> Int {
    var count = 1
    for (axis, size) in sizes.enumerated() {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size > 0, !overflow, product <= greatestSize else {
        throw DataError(
          at: "\(name): byte \(4 + 4 * axis)", expected: "sizes of 1 to \(greatestSize) numbers together",
          found: sizes.map(String.init).joined(separator: " x "))
      }
      count = product
    }
    return count
  }
}
