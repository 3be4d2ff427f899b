import Files
import Foundation
import ImageDataFixtures
import Synchronization
import Testing

@testable import ImageData

/// Downloads from a server on this machine. Every test has a server and a folder of its own.
@Suite struct DownloadTests {
  private let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private func download(_ server: LocalServer, sha256: String? = nil) -> FileDownload {
    let file = DataSet.File(
      name: "a.bin", size: content.count, sha256: sha256 ?? SHA256.hexadecimal(SHA256.of(content)),
      addresses: ["http://127.0.0.1:\(server.port)/a.bin"])
    return FileDownload(of: file, into: "\(folder.path)/data", instructions: "the file by hand")
  }

  @Test func digestIsThatOfTheStandard() {
    // FIPS 180-2, appendix B.1, and the empty message.
    #expect(
      SHA256.hexadecimal(SHA256.of(Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexadecimal(SHA256.of([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func fileComesWholeAndIsNotAskedForAgain() throws {
    let server = try LocalServer(content)
    defer { server.stop() }
    let last = Mutex(0)
    #expect(try download(server).run { bytes in last.withLock { $0 = bytes } } == .fetched)
    #expect(last.withLock { $0 } == content.count)
    #expect(try folder.bytes("data/a.bin") == content)
    #expect(try folder.names("data") == ["a.bin"])
    #expect(try download(server).run { _ in } == .present)
    #expect(server.requests == [""])
  }

  @Test(arguments: [true, false]) func brokenDownloadGoesOn(hasRanges: Bool) throws {
    let server = try LocalServer(content, .init(breaks: [100_000, 150_000], hasRanges: hasRanges))
    defer { server.stop() }
    let error = dataError { _ = try download(server).run { _ in } }
    #expect(error?.kind == .unavailable)
    #expect(try folder.names("data") == ["a.bin.download"])
    #expect(try folder.bytes("data/a.bin.download") == Array(content[..<100_000]))
    #expect(dataError { _ = try download(server).run { _ in } }?.kind == .unavailable)
    let second = hasRanges ? 250_000 : 150_000
    #expect(try folder.bytes("data/a.bin.download") == Array(content[..<second]))
    #expect(try download(server).run { _ in } == .fetched)
    #expect(try folder.bytes("data/a.bin") == content)
    #expect(server.requests == ["", "bytes=100000-", "bytes=\(second)-"])
  }

  @Test func otherBytesAreRefusedAndNotKept() throws {
    let server = try LocalServer(content)
    defer { server.stop() }
    let wrong = String(repeating: "0", count: 64)
    let error = dataError { _ = try download(server, sha256: wrong).run { _ in } }
    #expect(error?.description.contains("expected a file with the SHA-256 \(wrong), found") == true)
    // The folder that it made is gone, too.
    #expect(try folder.names().isEmpty)
  }

  @Test func fileInTheWayIsNotReplaced() throws {
    let server = try LocalServer(content)
    defer { server.stop() }
    try folder.write([1, 2, 3], to: "data/a.bin")
    #expect(dataError { _ = try download(server).run { _ in } }?.kind == .malformed)
    #expect(try folder.bytes("data/a.bin") == [1, 2, 3])
    #expect(server.requests.isEmpty)
  }

  @Test func longerFileIsCutOff() throws {
    let server = try LocalServer(content + [1, 2, 3])
    defer { server.stop() }
    let error = dataError { _ = try download(server).run { _ in } }
    #expect(error?.description.contains("expected \(content.count) bytes, found more") == true)
  }

  @Test func refusalSaysWhatToDoByHand() throws {
    let server = try LocalServer(content, .init(status: 404))
    defer { server.stop() }
    #expect(
      dataError { _ = try download(server).run { _ in } }?.description
        == "http://127.0.0.1:\(server.port)/a.bin: expected the file, found HTTP status 404; without a network, bring "
        + "the file by hand from another machine to \(folder.path)/data")
    // The folder that it made is gone, too.
    #expect(try folder.names().isEmpty)
  }

  /// Another server would not make room.
  @Test func fullDiskIsToldAsSuch() throws {
    let server = try LocalServer(content)
    defer { server.stop() }
    try FileManager.default.createDirectory(atPath: "\(folder.path)/data", withIntermediateDirectories: true)
    let partial = "\(folder.path)/data/a.bin.download"
    try FileManager.default.createSymbolicLink(atPath: partial, withDestinationPath: "/dev/full")
    let error = dataError { _ = try download(server).run { _ in } }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description == "cannot write \(partial): No space left on device")
    // Its folder was there before.
    #expect(try folder.names() == ["data"])
  }

  @Test func folderThatCannotBeMadeIsNamed() throws {
    try folder.write([], to: "data")
    let file = DataSet.File(name: "a.bin", size: 1, sha256: "", addresses: [])
    let download = FileDownload(of: file, into: "\(folder.path)/data/set", instructions: "it")
    #expect(
      dataError { _ = try download.run { _ in } }
        == DataError(.cannotCreate, "cannot create \(folder.path)/data: expected a folder, found a file"))
  }

  @Test(
    arguments: [
      (FileFault.Kind.missing, DataError.Kind.missing), (.malformed, .malformed), (.inputOutput, .inputOutput),
      (.cannotCreate, .cannotCreate),
    ])
  func faultOfAFileKeepsItsTextAndKind(kind: FileFault.Kind, expected: DataError.Kind) {
    #expect(DataError(FileFault(kind, "cannot read a")) == DataError(expected, "cannot read a"))
  }

  @Test func machineWithoutAServerIsUnavailable() throws {
    let server = try LocalServer(content)
    server.stop()
    // The port may be taken by nobody else so soon.
    #expect(dataError { _ = try download(server).run { _ in } }?.kind == .unavailable)
  }

  @Test func linkToNothingIsNoFileInTheWay() throws {
    let server = try LocalServer(content)
    defer { server.stop() }
    try FileManager.default.createDirectory(atPath: "\(folder.path)/data", withIntermediateDirectories: false)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/data/a.bin", withDestinationPath: "\(folder.path)/none")
    #expect(try download(server).run { _ in } == .fetched)
    #expect(try folder.bytes("data/a.bin") == content)
    #expect(try folder.names() == ["data"])
  }
}
