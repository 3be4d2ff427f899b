import Files

/// An event of TensorBoard in the encoding of Protocol Buffers: the few fields that metarl writes, with the numbers of
/// event.proto and summary.proto at https://github.com/tensorflow/tensorboard.
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
