import Foundation
import RunFixtures
@testable import Runs
import SwiftProtobuf
import Testing
@testable import Training

@Suite struct EventTests {
  /// Check values of RFC 3720, appendix B.4, and of the usual "123456789".
  @Test func checksumsAreThePublishedOnes() {
    #expect(EventRecord.crc32c(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(EventRecord.crc32c(Array(repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(EventRecord.crc32c(Array(0..<32)) == 0x46DD_794E)
    #expect(EventRecord.crc32c(Array("123456789".utf8)) == 0xE306_9283)
  }

  /// Numbers of every length, and a value of 0, which a reader must find, too.
  @Test(arguments: [0, 1, 127, 128, 16_384, 1 << 40, -1]) func messagesAreWhatTheLibraryReads(step: Int) throws {
    let long = String(repeating: "x", count: 300)
    let values: [(tag: String, value: Float)] = [("loss", 0), ("größe", -1.5), (long, .nan)]
    let summary = EventMessage(wallTime: 1.7e9 + 0.25, step: step, content: .summary(values))
    let event = try Metarl_Tensorboard_Event(serializedBytes: summary.bytes)
    #expect(event.wallTime == 1.7e9 + 0.25)
    #expect(event.step == Int64(step))
    #expect(event.summary.value.map(\.tag) == values.map(\.tag))
    #expect(event.summary.value.map(\.simpleValue.bitPattern) == values.map(\.value.bitPattern))
    let unknown = [event.unknownFields, event.summary.unknownFields] + event.summary.value.map(\.unknownFields)
    #expect(unknown.allSatisfy { $0.data.isEmpty })
    let version = EventMessage(wallTime: 0, step: step, content: .fileVersion("brain.Event:2"))
    #expect(try Metarl_Tensorboard_Event(serializedBytes: version.bytes).fileVersion == "brain.Event:2")
    let start = EventMessage(wallTime: 0, step: step, content: .sessionStart)
    #expect(try Metarl_Tensorboard_Event(serializedBytes: start.bytes).sessionLog.status == .start)
  }

  /// The events of a file, after its lengths have been followed.
  private func events(_ bytes: [UInt8]) throws -> [Metarl_Tensorboard_Event] {
    var events: [Metarl_Tensorboard_Event] = []
    var rest = bytes[...]
    while rest.count >= 16 {
      let length = Int(rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      let data = Array(rest.dropFirst(12).prefix(length))
      #expect(EventRecord.frame(data).elementsEqual(rest.prefix(16 + length)))
      events.append(try Metarl_Tensorboard_Event(serializedBytes: data))
      rest = rest.dropFirst(16 + length)
    }
    #expect(rest.isEmpty)
    return events
  }

  @Test func eachSessionHasItsFile() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try TrainingRun(configuration: .quick(iterations: 2), folder: folder, catalog: .quick).train()
    let more = try ConfigurationSetting(argument: "iterations=3")
    _ = try TrainingRun(resuming: folder, settings: [more], catalog: .quick, warn: { _ in }).train()
    let files = try temporary.names("run").filter { $0.hasPrefix("events.out.tfevents.") }
    #expect(files.count == 2)
    let sessions = try files.map { try events(temporary.bytes("run/\($0)")) }
    #expect(sessions[0].first?.fileVersion == "brain.Event:2")
    #expect(sessions.map { $0[1].sessionLog.status } == [.start, .start])
    #expect(sessions.map { $0[1].step } == [1, 3])
    #expect(sessions.map { $0.dropFirst(2).map(\.step) } == [[1, 2], [3]])
    let returns = sessions[1][2].summary.value.first { $0.tag == "return_after" }?.simpleValue
    let expected = try MetricsTable(path: folder.metricsPath).column("return_after")?.last
    #expect(returns.map(Double.init) == expected)
  }

  /// TensorBoard reads files by name: a session that sorts before an older one has its steps taken for void.
  @Test func newSessionsFileIsTheLastOneThoughTheClockWentBack() throws {
    let temporary = try TemporaryFolder()
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try TrainingRun(configuration: .quick(iterations: 2), folder: folder, catalog: .quick).train()
    let ahead = "events.out.tfevents.\(Int(Date().timeIntervalSince1970) + 86_400).zzz.99999"
    let first = try #require(try temporary.names("run").first { $0.hasPrefix("events.") })
    try FileManager.default.moveItem(atPath: "\(folder.path)/\(first)", toPath: "\(folder.path)/\(ahead)")
    // Two more sessions, which begin within a second.
    for iterations in 3...4 {
      let more = try ConfigurationSetting(argument: "iterations=\(iterations)")
      _ = try TrainingRun(resuming: folder, settings: [more], catalog: .quick, warn: { _ in }).train()
    }
    let files = try temporary.names("run").filter { $0.hasPrefix("events.") }
    #expect(files.count == 3 && files[0] == ahead)
    let sessions = try files.map { try events(temporary.bytes("run/\($0)")).dropFirst(2).map(\.step) }
    #expect(sessions == [[1, 2], [3], [4]])
  }

  @Test func timeOfAFileIsLaterThanThatOfEveryOther() {
    let names = ["events.out.tfevents.1700000009.a.1", "events.out.tfevents.1700000005.b.2.1", "metrics.csv"]
    #expect(EventWriter.time(after: names, now: 1_700_000_000) == "1700000010")
    #expect(EventWriter.time(after: names, now: 1_700_000_020) == "1700000020")
    #expect(EventWriter.time(after: ["events.out.tfevents."], now: 5) == "5")
  }

  /// As text, whatever its digits mean.
  @Test(arguments: [
    "9999999999", "9999999998", "99999999999999999999", "9223372036854775807", "1700000000123", "1700000000",
    "0170000000",
  ]) func fileOfANewSessionIsTheLastOneByItsName(time: String) {
    let old = "events.out.tfevents.\(time).zzz.1"
    let new = "events.out.tfevents.\(EventWriter.time(after: [old], now: 1_700_000_000)).aaa.1"
    #expect(new > old)
  }
}
