/// The fields of a message of Protocol Buffers, each after its number and its wire type. Source: their documentation,
/// "Encoding".
///
/// The encoder is written by hand: the library for all of Protocol Buffers takes longer to compile than any module of the
/// project.
package struct ProtobufFields {
  /// The encoded message.
  package private(set) var bytes: [UInt8] = []

  /// Creates a message without fields.
  package init() {}

  /// Appends a whole number, or an enumeration.
  package mutating func append(_ field: Int, _ value: Int) {
    appendKey(field, wireType: 0)
    appendVariable(UInt64(bitPattern: Int64(value)))
  }

  /// Appends a number of 64 bits.
  package mutating func append(_ field: Int, _ value: Double) {
    appendKey(field, wireType: 1)
    appendFixed(value.bitPattern)
  }

  /// Appends bytes.
  package mutating func append(_ field: Int, _ value: [UInt8]) {
    appendKey(field, wireType: 2)
    appendVariable(UInt64(value.count))
    bytes += value
  }

  /// Appends a text.
  package mutating func append(_ field: Int, _ value: String) { append(field, Array(value.utf8)) }

  /// Appends a message.
  package mutating func append(_ field: Int, _ value: ProtobufFields) { append(field, value.bytes) }

  /// Appends a number of 32 bits.
  package mutating func append(_ field: Int, _ value: Float) {
    appendKey(field, wireType: 5)
    appendFixed(value.bitPattern)
  }

  private mutating func appendKey(_ field: Int, wireType: Int) { appendVariable(UInt64(field << 3 | wireType)) }

  /// Appends a variable-length integer: seven bits per byte, the lowest first; the eighth bit says that more follow.
  private mutating func appendVariable(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func appendFixed(_ value: some FixedWidthInteger) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}
