/// An event of TensorBoard in the encoding of Protocol Buffers: the few fields that metarl writes, with the numbers of
/// event.proto and summary.proto at https://github.com/tensorflow/tensorboard.
///
/// The encoder is written by hand: the library for all of Protocol Buffers takes longer to compile than any module of the
/// project.
struct EventMessage {
  /// The content of an event.
  enum Content {
    /// The version of the file format, "brain.Event:2", in the first record.
    case fileVersion(String)
    case summary([(tag: String, value: Float)])
    /// The mark at the start of a session, which voids what an earlier session wrote of the same steps.
    case sessionStart
  }

  /// The time of the event in seconds since 1970.
  let wallTime: Double
  let step: Int
  let content: Content

  /// The encoded bytes of the message.
  var bytes: [UInt8] {
    var message = ProtobufFields()
    message.append(1, wallTime)
    message.append(2, step)
    switch content {
    case .fileVersion(let version): message.append(3, Array(version.utf8))
    case .summary(let values):
      var summary = ProtobufFields()
      for (tag, value) in values {
        var field = ProtobufFields()
        field.append(1, Array(tag.utf8))
        field.append(2, value)
        summary.append(1, field.bytes)
      }
      message.append(5, summary.bytes)
    case .sessionStart:
      var log = ProtobufFields()
      log.append(1, 1)
      message.append(7, log.bytes)
    }
    return message.bytes
  }
}

/// The fields of a message, each after its number and its wire type. Source: the Protocol Buffers documentation,
/// "Encoding".
private struct ProtobufFields {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ field: Int, _ value: Int) {
    appendKey(field, wireType: 0)
    appendVariable(UInt64(bitPattern: Int64(value)))
  }

  mutating func append(_ field: Int, _ value: Double) {
    appendKey(field, wireType: 1)
    appendFixed(value.bitPattern)
  }

  /// Appends a field that holds a text in UTF-8 or a message.
  mutating func append(_ field: Int, _ value: [UInt8]) {
    appendKey(field, wireType: 2)
    appendVariable(UInt64(value.count))
    bytes += value
  }

  mutating func append(_ field: Int, _ value: Float) {
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
