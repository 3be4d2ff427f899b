package import Parts

/// Values one after another in bytes, as ranks of one program send them to each other: numbers as they lie in memory, arrays
/// after their count.
package struct Message: Sendable {
  /// The bytes that have been written.
  package private(set) var bytes: [UInt8] = []

  /// Creates a message without values.
  package init() {}

  /// Writes a number.
  package mutating func write<Number: BitwiseCopyable>(_ number: Number) {
    withUnsafeBytes(of: number) { bytes += $0 }
  }

  /// Writes an array of numbers.
  package mutating func write<Number: BitwiseCopyable>(_ numbers: [Number]) {
    write(numbers.count)
    numbers.withUnsafeBytes { bytes += $0 }
  }

  /// Writes a text.
  package mutating func write(_ text: String) { write(Array(text.utf8)) }

  /// Writes a number that may be missing.
  package mutating func writeOptional<Number: BitwiseCopyable>(_ number: Number?) {
    write(number != nil)
    if let number { write(number) }
  }
}

/// A reader of a message, which returns its values in the order in which they were written.
package struct MessageReader {
  private let bytes: [UInt8]
  private var offset = 0

  /// The number of bytes of the message.
  package var count: Int { bytes.count }

  /// Starts at the first value of a message.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a number.
  /// - Throws: `UserError` where the message is shorter, as one of another version of the program may be.
  package mutating func read<Number: BitwiseCopyable>(_ type: Number.Type = Number.self) throws(UserError) -> Number {
    let size = MemoryLayout<Number>.size
    try require(size)
    defer { offset += size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
  }

  /// Reads an array of numbers.
  package mutating func read<Number: BitwiseCopyable>() throws(UserError) -> [Number] {
    let count = try read(Int.self)
    let size = MemoryLayout<Number>.stride
    guard count >= 0, count <= bytes.count / max(size, 1) else { throw Self.fault }
    try require(count * size)
    defer { offset += count * size }
    return bytes.withUnsafeBytes { all in
      [Number](unsafeUninitializedCapacity: count) { target, made in
        UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: all[offset..<offset + count * size]))
        made = count
      }
    }
  }

  /// Reads a text.
  package mutating func readText() throws(UserError) -> String {
    String(decoding: try read() as [UInt8], as: UTF8.self)
  }

  /// Reads a number that may be missing.
  package mutating func readOptional<Number: BitwiseCopyable>() throws(UserError) -> Number? {
    try read(Bool.self) ? try read(Number.self) : nil
  }

  private func require(_ count: Int) throws(UserError) {
    guard offset + count <= bytes.count else { throw Self.fault }
  }

  private static let fault = UserError(
    "a message of another rank: expected more bytes, found its end; start every rank from one program",
    status: .internalFault)
}

/// A value that ranks send each other.
package protocol RankValue {
  /// Reads a value that was written by `write`.
  init(from message: inout MessageReader) throws
  /// Writes the value.
  func write(to message: inout Message)
}

extension UserError: RankValue {
  /// Reads an error.
  package init(from message: inout MessageReader) throws {
    let (text, code, isDivergence) = (
      try message.readText(), try message.read(Int32.self), try message.read(Bool.self)
    )
    self.init(text, status: Status(rawValue: code) ?? .internalFault, isDivergence: isDivergence)
  }

  /// Writes the error, without its further faults.
  package func write(to message: inout Message) {
    message.write(self.message)
    message.write(status.rawValue)
    message.write(isDivergence)
  }
}
