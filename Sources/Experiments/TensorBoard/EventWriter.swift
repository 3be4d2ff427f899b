import Foundation
import SwiftProtobuf

/// Writes the metrics of a run for TensorBoard. Each session of a run has a file of its own.
final class EventWriter {
  private let file: AppendedFile

  /// Starts a session that goes on after `lastIteration`; what earlier sessions wrote of later ones is void.
  /// - Throws: `UserError` where the file cannot be made.
  init(folder: String, continuingAfter lastIteration: Int) throws(UserError) {
    // TensorBoard reads the files of a folder in the order of their names: the time comes first.
    let name = "events.out.tfevents.\(Int(Date().timeIntervalSince1970)).\(Self.hostName).\(getpid())"
    var path = "\(folder)/\(name)"
    var number = 1
    while StoredFile.exists(path) {
      path = "\(folder)/\(name).\(number)"
      number += 1
    }
    file = try AppendedFile(path: path)
    try write(step: 0, .fileVersion("brain.Event:2"))
    try write(
      step: lastIteration + 1, .sessionLog(Metarl_Tensorboard_SessionLog.with { $0.status = .start }))
  }

  /// Adds the numbers of an iteration.
  func append(_ values: [(name: String, value: Double)], iteration: Int) throws(UserError) {
    var summary = Metarl_Tensorboard_Summary()
    summary.value = values.map { name, value in
      .with {
        $0.tag = name
        $0.simpleValue = Float(value)
      }
    }
    try write(step: iteration, .summary(summary))
  }

  /// Read from the system: Foundation would ask the network.
  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func write(step: Int, _ what: Metarl_Tensorboard_Event.OneOf_What) throws(UserError) {
    var event = Metarl_Tensorboard_Event()
    event.wallTime = Date().timeIntervalSince1970
    event.step = Int64(step)
    event.what = what
    let bytes: [UInt8]
    do {
      bytes = try event.serializedBytes()
    } catch {
      throw UserError("cannot encode an event: \(error)", status: .internalFault)
    }
    try file.append(EventRecord.frame(bytes))
  }
}
