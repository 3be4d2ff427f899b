import Files
import Foundation
package import Parts

/// Writes the metrics of a run for TensorBoard. Each session of a run has a file of its own.
package final class EventWriter {
  private let folder: String
  private let lastIteration: Int
  private var file: AppendedFile?

  /// Prepares a session that goes on after `lastIteration`; its file is made with its first iteration.
  package init(folder: String, continuingAfter lastIteration: Int) {
    self.folder = folder
    self.lastIteration = lastIteration
  }

  /// Adds the numbers of an iteration.
  package func append(_ values: [(name: String, value: Double)], iteration: Int) throws(UserError) {
    let file = try openedFile()
    try Self.write(.summary(values.map { ($0.name, Float($0.value)) }), step: iteration, to: file)
  }

  /// The session's file, begun where it was not: what earlier sessions wrote of its iterations is void.
  private func openedFile() throws(UserError) -> AppendedFile {
    if let file { return file }
    let time = Self.time(after: try StoredFile.names(in: folder), now: Int(Date().timeIntervalSince1970))
    let path = "\(folder)/\(Self.prefix)\(time).\(Self.hostName).\(getpid())"
    let file: AppendedFile
    do { file = try AppendedFile(path: path) } catch { throw UserError(error) }
    try Self.write(.fileVersion("brain.Event:2"), step: 0, to: file)
    try Self.write(.sessionStart, step: lastIteration + 1, to: file)
    self.file = file
    return file
  }

  private static let prefix = "events.out.tfevents."

  /// The time in the name of a new file: TensorBoard reads the files of a folder in the order of their names, in which the time
  /// comes first, and takes a session for void that comes before an older one. A clock may have gone back, and two sessions
  /// may begin in one second: the time is later, as text, than that of every file that is there.
  /// - Parameters:
  ///   - names: of the files in the folder.
  ///   - now: seconds since 1970.
  static func time(after names: [String], now: Int) -> String {
    let times = names.filter { $0.hasPrefix(prefix) }.map { name in
      String(name.dropFirst(prefix.count).prefix { $0.isASCII && $0.isNumber })
    }
    let own = String(now)
    guard let newest = times.filter({ $0.count <= longestTime }).max(), newest >= own else { return own }
    if let (next, overflows) = Int(newest)?.addingReportingOverflow(1), !overflows, String(next).count == newest.count {
      return String(next)
    }
    // There is no such number after nines; a digit more is later than the text without it, whose end is a full stop.
    return newest + "0"
  }

  /// Digits of a time that is taken for one: those of seconds are ten until 2286, and others may write smaller units.
  private static let longestTime = 40

  /// Read from the system: Foundation would ask the network.
  private static var hostName: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func write(
    _ content: EventMessage.Content, step: Int, to file: AppendedFile
  ) throws(UserError) {
    let event = EventMessage(wallTime: Date().timeIntervalSince1970, step: step, content: content)
    do { try file.append(EventRecord.frame(event.bytes)) } catch { throw UserError(error) }
  }
}
