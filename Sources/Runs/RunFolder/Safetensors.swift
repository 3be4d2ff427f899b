import Foundation
public import Parts

/// The safetensors format: 8 bytes with the length of a JSON header, the header, then the tensors' bytes without holes.
///
/// Source: the format's definition at https://github.com/huggingface/safetensors. Numbers are 32-bit, little-endian.
public enum Safetensors {
  /// The largest header in bytes, which is the format's own limit.
  static let largestHeader = 100_000_000
  /// The largest file in bytes: far larger than any checkpoint, it bounds the memory that a hostile file can make the
  /// program allocate.
  static let largestFile = 2_000_000_000

  /// The ending of the names of files.
  public static let fileExtension = ".safetensors"

  private static let metadataKey = "__metadata__"

  /// Returns the bytes of a file; the same contents always give the same bytes.
  public static func encode(_ contents: CheckpointContents) throws(UserError) -> [UInt8] {
    var entries: [String: HeaderEntry] = [:]
    var offset = 0
    for tensor in contents.tensors {
      precondition(tensor.name != metadataKey, "a tensor cannot be called \(metadataKey)")
      let end = offset + tensor.values.count * 4
      entries[tensor.name] = .tensor(TensorEntry(dtype: "F32", shape: tensor.shape, dataOffsets: [offset, end]))
      offset = end
    }
    entries[metadataKey] = .metadata(contents.metadata)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var header: [UInt8]
    do {
      header = try Array(encoder.encode(entries))
    } catch {
      throw UserError("cannot encode a checkpoint: \(error)", status: .internalFault)
    }
    // The header is padded with spaces, so that the numbers begin at a multiple of 8.
    header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)

    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes += header
    for tensor in contents.tensors { bytes.append(littleEndian: tensor.values) }
    return bytes
  }

  /// Decodes the bytes of a file that was read from `path`. Tensors are in the order of their bytes.
  /// - Throws: `UserError` (`malformedData`) for anything but a complete, well-formed file of F32 tensors.
  public static func decode(_ bytes: [UInt8], path: String) throws(UserError) -> CheckpointContents {
    let (entries, dataStart) = try decodeHeader(bytes, path: path)
    var metadata: [String: String] = [:]
    var layout: [(name: String, entry: TensorEntry)] = []
    for (name, entry) in entries {
      switch entry {
      case .metadata(let values): metadata = values
      case .tensor(let tensor): layout.append((name, tensor))
      }
    }
    layout.sort { ($0.entry.start, $0.entry.end, $0.name) < ($1.entry.start, $1.entry.end, $1.name) }

    var position = 0
    var tensors: [NamedArray] = []
    for (name, entry) in layout {
      guard entry.dtype == "F32" else {
        throw malformed(path, "tensor \(name): expected dtype F32, found \(entry.dtype)")
      }
      guard let count = entry.valueCount, entry.dataOffsets.count == 2, entry.start == position,
        entry.end >= position, count.multipliedReportingOverflow(by: 4) == (entry.end - position, false)
      else {
        throw malformed(path, "tensor \(name): shape \(entry.shape) does not fit its offsets \(entry.dataOffsets)")
      }
      guard entry.end <= bytes.count - dataStart else {
        throw malformed(
          path, "cut short: tensor \(name) ends at byte \(entry.end) of the data, found \(bytes.count - dataStart)")
      }
      tensors.append(
        NamedArray(name: name, shape: entry.shape, values: floats(bytes, at: dataStart + position, count: count)))
      position = entry.end
    }
    guard position == bytes.count - dataStart else {
      throw malformed(path, "expected \(position) bytes of data, found \(bytes.count - dataStart)")
    }
    return CheckpointContents(tensors: tensors, metadata: metadata)
  }

  private static func decodeHeader(
    _ bytes: [UInt8], path: String
  ) throws(UserError) -> (entries: [String: HeaderEntry], dataStart: Int) {
    guard bytes.count >= 8 else { throw malformed(path, "cut short: expected at least 8 bytes, found \(bytes.count)") }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(largestHeader), Int(length) <= bytes.count - 8 else {
      throw malformed(
        path, "cut short or not safetensors: expected a header of \(length) bytes, found \(bytes.count - 8)")
    }
    let dataStart = 8 + Int(length)
    do {
      let entries = try JSONDecoder().decode([String: HeaderEntry].self, from: Data(bytes[8..<dataStart]))
      return (entries, dataStart)
    } catch {
      throw malformed(path, "the header is not that of a safetensors file")
    }
  }

  private static func floats(_ bytes: [UInt8], at start: Int, count: Int) -> [Float] {
    bytes.withUnsafeBytes { buffer in
      (0..<count).map { index in
        let bits = buffer.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
        return Float(bitPattern: UInt32(littleEndian: bits))
      }
    }
  }

  private static func malformed(_ path: String, _ reason: String) -> UserError {
    UserError("\(path): \(reason)", status: .malformedData)
  }
}

/// One entry of a header: a tensor, or the texts under `__metadata__`.
private enum HeaderEntry: Codable {
  case tensor(TensorEntry)
  case metadata([String: String])

  init(from decoder: any Decoder) throws {
    if decoder.codingPath.last?.stringValue == "__metadata__" {
      self = .metadata(try [String: String](from: decoder))
    } else {
      self = .tensor(try TensorEntry(from: decoder))
    }
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .tensor(let entry): try entry.encode(to: encoder)
    case .metadata(let values): try values.encode(to: encoder)
    }
  }
}

private struct TensorEntry: Codable {
  var dtype: String
  var shape: [Int]
  var dataOffsets: [Int]

  enum CodingKeys: String, CodingKey {
    case dtype, shape
    case dataOffsets = "data_offsets"
  }

  var start: Int { dataOffsets.first ?? -1 }
  var end: Int { dataOffsets.last ?? -1 }

  /// The product of the shape; nil where an axis is negative or the product overflows.
  var valueCount: Int? {
    var count = 1
    for size in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { return nil }
      count = product
    }
    return count
  }
}
