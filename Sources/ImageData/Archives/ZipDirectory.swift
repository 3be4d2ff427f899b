import Files

/// The names of a zip's entries as its central directory stores them.
///
/// libarchive gives the names that are marked as UTF-8 in the locale's encoding, or none: the C locale has no letters
/// beyond ASCII, and others normalize them. The directory has the bytes.
///
/// Source: PKWARE, "APPNOTE.TXT: .ZIP File Format Specification" 6.3.10, sections 4.3.12, 4.3.16 and 4.5.3.
struct ZipDirectory {
  /// The names in the order in which libarchive gives the entries, which is the order of their offsets in the file.
  let names: [EntryName]

  /// The largest end of a file that is searched for the directory's offset, and the largest directory, in bytes.
  private static let (largestEnd, largestSize) = (66_000, 1 << 28)

  /// Reads a directory from a file of `size` bytes, of which `read` returns a range.
  /// - Returns: nil where there is no directory, or it is damaged.
  init?(size: Int, read: (Range<Int>) -> [UInt8]?) {
    guard let end = read(max(0, size - Self.largestEnd)..<size),
      let place = Self.place(end, from: size - end.count, read: read),
      place.upperBound <= size, place.count <= Self.largestSize, let bytes = read(place)
    else { return nil }
    var entries: [Int: EntryName] = [:]
    var record = bytes[...]
    while record.starts(with: [0x50, 0x4B, 1, 2]) {
      guard let entry = Self.entry(record) else { return nil }
      // Where two entries have one offset libarchive uses the first.
      if entries[entry.offset] == nil { entries[entry.offset] = entry.name }
      record = record.dropFirst(entry.size)
    }
    names = entries.sorted { $0.key < $1.key }.map(\.value)
  }

  /// Returns the range of the directory, from the record at the end of the file.
  private static func place(
    _ end: [UInt8], from start: Int, read: (Range<Int>) -> [UInt8]?
  ) -> Range<Int>? {
    guard end.count >= 22,
      let index = (0...(end.count - 22)).last(where: { end[$0...].starts(with: [0x50, 0x4B, 5, 6]) })
    else { return nil }
    let record = end[index...]
    var size = number(record, 12, 4)
    var offset = number(record, 16, 4)
    var followedBy = start + index
    // A Zip64 archive has the numbers in another record, to which a third one points.
    if index >= 20, end[(index - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
      let place = number(end[(index - 20)...], 8, 8)
      guard place >= 0, place <= start + index - 76, let other = read(place..<place + 56),
        other.starts(with: [0x50, 0x4B, 6, 6])
      else { return nil }
      (size, offset, followedBy) = (number(other[...], 40, 8), number(other[...], 48, 8), place)
    }
    guard size >= 0, offset >= 0, size <= followedBy else { return nil }
    // Other data may precede the archive, such as a program that unpacks it.
    return (followedBy - size)..<followedBy
  }

  /// Returns the entry at the beginning of `record`, and the number of its bytes there.
  private static func entry(_ record: ArraySlice<UInt8>) -> (offset: Int, name: EntryName, size: Int)? {
    guard record.count >= 46 else { return nil }
    let lengths = [28, 30, 32].map { number(record, $0, 2) }
    let size = 46 + lengths.reduce(0, +)
    guard record.count >= size else { return nil }
    let name = record.dropFirst(46).prefix(lengths[0])
    var offset = number(record, 42, 4)
    if offset == 0xFFFF_FFFF {
      // The two sizes and this offset are, where they do not fit, in this order in an extra field.
      let before = [24, 20].count { number(record, $0, 4) == 0xFFFF_FFFF }
      var extra = record.dropFirst(46 + lengths[0]).prefix(lengths[1])
      while extra.count >= 4, number(extra, 0, 2) != 1 { extra = extra.dropFirst(4 + number(extra, 2, 2)) }
      guard extra.count >= 4 + 8 * (before + 1) else { return nil }
      offset = number(extra, 4 + 8 * before, 8)
    }
    return (offset, EntryName(name), size)
  }

  /// Returns a little-endian number of `size` bytes.
  private static func number(_ bytes: ArraySlice<UInt8>, _ index: Int, _ size: Int) -> Int {
    let first = bytes.startIndex + index
    return Int(truncatingIfNeeded: bytes[first..<first + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }
}
