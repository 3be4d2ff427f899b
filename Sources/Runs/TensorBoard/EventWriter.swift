import Files
import Foundation
package import Parts

/// Writes the metrics of a run for TensorBoard. Each session of a run has a file of its own.
package final class EventWriter {
  private let folder: String
  private let lastIteration: Int
  private var file: AppendedFile?

  /// Prepares a session that continues after `lastIteration`; its file is created with its first iteration.
  package init(folder: String, continuingAfter lastIteration: Int) {
    self.folder = folder
    self.lastIteration = lastIteration
  }

  /// Appends the numbers of an iteration to the session's file.
  package func append(_ values: [(name: String, value: Double)], iteration: Int) throws(UserError) {
    let file = try openedFile()
    try Self.write(.summary(values.map { ($0.name, Float($0.value)) }), step: iteration, to: file)
  }

  /// Returns the session's file and creates it where necessary: what earlier sessions wrote of its iterations is void.
  private func openedFile() throws(UserError) -> AppendedFile {
    if let file { return file }
    let time = Self.time(after: try StoredFile.names(in: folder), now: Int(Date().timeIntervalSince1970))
    let path = "\(folder)/\(Self.namePrefix)\(time).\(Self.hostName).\(getpid())"
    let file: AppendedFile
    do { file = try AppendedFile(path: path) } catch { throw UserError(error) }
    try Self.write(.fileVersion("brain.Event:2"), step: 0, to: file)
    try Self.write(.sessionStart, step: lastIteration + 1, to: file)
    self.file = file
    return file
  }

  static let namePrefix = "events.out.tfevents."

  /// Returns the time for the name of a new file. TensorBoard reads the files of a folder in the order of their names,
  /// which begin with the time, and ignores a session that comes before an older one. A clock may have been set back, and
  /// two sessions may begin in one second: the time is later, as text, than the time of every existing file.
  /// - Parameters:
  ///   - names: the names of the files in the folder.
  ///   - now: the present time in seconds since 1970.
  static func time(after names: [String], now: Int) -> String {
    let times = names.filter { $0.hasPrefix(namePrefix) }.map { name in
      String(name.dropFirst(namePrefix.count).prefix { $0.isASCII && $0.isNumber })
    }
    let own = String(now)
    guard let newest = times.filter({ $0.count <= longestTime }).max(), newest >= own else { return own }
    if let (next, overflows) = Int(newest)?.addingReportingOverflow(1), !overflows, String(next).count == newest.count {
      return String(next)
    }
    // A number of nines has no successor of its length; one more digit is later than the text without it, which ends with
    // a full stop.
    return newest + "0"
  }

  /// The largest number of digits that is read as a time: seconds have ten digits until 2286, and others may write smaller
  /// units.
  private static let longestTime = 40

  /// The name of the host, read from the system, since Foundation would query the network.
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
