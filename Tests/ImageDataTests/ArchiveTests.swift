import Files
import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct ArchiveTests {
  private let entries: [ArchiveFixtures.Entry] = (0..<5).map { number in
    ("folder/file\(number)", (0..<500 * number).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) })
  }

  private func contents(_ root: String, limit: Int = 10_000) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    try FileTree.visit(root, limit: limit, where: { "\($0)".contains("file") }) { files["\($0)"] = $1 }
    return files
  }

  @Test func zipTarAndFolderHaveTheSameFiles() throws {
    let folder = try ScratchFolder()
    let expected = Dictionary(uniqueKeysWithValues: entries.map { ($0.name, $0.bytes) })
    for (name, bytes) in [("a.zip", ArchiveFixtures.zip(entries)), ("a.tar.gz", ArchiveFixtures.tarGzip(entries))] {
      #expect(try contents(folder.write(bytes, to: name)) == expected)
    }
    for entry in entries { try folder.write(entry.bytes, to: "unpacked/\(entry.name)") }
    #expect(try contents("\(folder.path)/unpacked") == expected)
  }

  @Test(arguments: ["zip", "tar.gz"]) func cutArchiveIsRefusedWhereverItEnds(ending: String) throws {
    let folder = try ScratchFolder()
    let whole = ending == "zip" ? ArchiveFixtures.zip(entries) : ArchiveFixtures.tarGzip(entries)
    // A gzip's last 8 bytes are a checksum, and before them a tar ends in zeros that compress to a few bytes.
    let last = ending == "zip" ? whole.count - 1 : whole.count - 40
    for length in stride(from: 1, through: last, by: max(1, last / 40)) {
      let path = try folder.write(Array(whole[..<length]), to: "a.\(ending)")
      let error = dataError { _ = try contents(path) }
      #expect(error?.kind == .malformed && error?.description.hasPrefix(path) == true, "\(length): \(error as Any)")
    }
  }

  @Test func fileBeyondTheLimitIsNamed() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(ArchiveFixtures.zip(entries), to: "a.zip")
    #expect(
      dataError { _ = try contents(path, limit: 1_999) }?.description
        == "\(path): folder/file4: expected at most 1999 bytes, found more")
    #expect(try contents(path, limit: 2_000).count == 5)
  }

  @Test func missingArchiveIsNamed() {
    let error = dataError { _ = try contents("/nonexistent/a.zip") }
    #expect(error == DataError(.missing, "cannot read /nonexistent/a.zip: No such file or directory"))
  }

  @Test func foldersAreListedInOrderWithTheirSizes() throws {
    let folder = try ScratchFolder()
    for name in ["b/z", "b/a", "a", ".hidden"] { try folder.write([1, 2, 3], to: name) }
    let files = try FolderListing(folder.path).files
    #expect(files.map { "\($0.name)" } == ["a", "b/a", "b/z"])
    #expect(files.allSatisfy { $0.size == 3 && $0.modified > 0 })
  }

  /// One letter in both of its spellings, letters of several bytes, and a name that is text in no encoding.
  private static let names = ["\u{C4}lph", "A\u{308}lph", "日本", "plain"].map { EntryName("folder/\($0)") }

  private func visited(_ root: String) throws -> [EntryName: [UInt8]] {
    var files: [EntryName: [UInt8]] = [:]
    try FileTree.visit(root, limit: 1_000, where: { _ in true }) { files[$0] = $1 }
    return files
  }

  /// By their bytes: as text the first two are equal, and in the C locale libarchive has no names for them.
  @Test func namesThatAreMarkedAsUTF8AreKeptByTheirBytes() throws {
    let folder = try ScratchFolder()
    let entries: [ArchiveFixtures.Entry] = Self.names.enumerated().map { ("\($1)", [UInt8($0)]) }
    let expected = Dictionary(uniqueKeysWithValues: Self.names.enumerated().map { ($1, [UInt8($0)]) })
    let zip = ArchiveFixtures.markedZip(entries)
    #expect(try visited(folder.write(zip, to: "a.zip")) == expected)
    #expect(try visited(folder.write(ArchiveFixtures.zip(entries), to: "b.zip")) == expected)
    // Before an archive there may be a program that unpacks it.
    #expect(try visited(folder.write([UInt8](repeating: 7, count: 5_000) + zip, to: "c.zip")) == expected)
    for (name, bytes) in expected { try folder.write(bytes, to: "d/\(name)") }
    #expect(try visited("\(folder.path)/d") == expected)
    #expect(try visited(folder.write(ArchiveFixtures.tar(entries, links: [], isHard: true), to: "e.tar")) == expected)
  }

  @Test func namesOfOtherEncodingsAreKeptByTheirBytes() throws {
    let folder = try ScratchFolder()
    let zip = ArchiveFixtures.zip([("X1/file", [1]), ("X2/file", [2])])
    // Latin-1's letters instead of X, marked as UTF-8 or not.
    for marked in [false, true] {
      var bytes = marked ? ArchiveFixtures.markedZip([("X1/file", [1]), ("X2/file", [2])]) : zip
      for index in bytes.indices.dropLast(6) where Array(bytes[(index + 2)..<(index + 7)]) == Array("/file".utf8) {
        bytes[index] = bytes[index + 1] == UInt8(ascii: "1") ? 0xC4 : 0xD6
      }
      let files = try visited(folder.write(bytes, to: "a.zip"))
      #expect(files == [EntryName([0xC4] + "1/file".utf8): [1], EntryName([0xD6] + "2/file".utf8): [2]])
      #expect(files.keys.map { "\($0)" }.sorted() == ["\\xc41/file", "\\xd62/file"])
    }
  }

  @Test func entryWithoutANameIsAnError() throws {
    let folder = try ScratchFolder()
    var zip = ArchiveFixtures.markedZip([("a", [1]), ("bcde", [2])])
    // The second name becomes an extra field of no content, in both headers.
    for start in zip.indices.dropLast(46) where zip[start...].starts(with: [0x50, 0x4B]) {
      let isLocal = zip[start + 2] == 3
      let length = start + (isLocal ? 26 : 28)
      guard isLocal || zip[start + 2] == 1, zip[length] == 4 else { continue }
      zip[length] = 0
      zip[length + 2] += 4
      for index in 2...3 { zip[start + (isLocal ? 30 : 46) + index] = 0 }
    }
    let path = try folder.write(zip, to: "a.zip")
    let error = dataError { _ = try visited(path) }
    #expect(error?.description == "\(path): entry 2: expected a name, found none that can be read", "\(error as Any)")
  }

  @Test(arguments: [true, false]) func linkIsReadAsTheFileItPointsTo(isHard: Bool) throws {
    let folder = try ScratchFolder()
    let links = [("f/link", isHard ? "f/a" : "./a"), ("g/other", isHard ? "f/a" : "../f/link")]
    let tar = ArchiveFixtures.tar([("f/a", [1, 2]), ("f/b", [3])], links: links, isHard: isHard)
    let files = try visited(folder.write(tar, to: "a.tar"))
    #expect(
      Dictionary(uniqueKeysWithValues: files.map { ("\($0)", $1) }) == [
        "f/a": [1, 2], "f/b": [3], "f/link": [1, 2], "g/other": [1, 2],
      ])
    // The file itself need not be wanted.
    var found: [String: [UInt8]] = [:]
    try FileTree.visit("\(folder.path)/a.tar", limit: 9, where: { $0.last == EntryName("other") }) {
      found["\($0)"] = $1
    }
    #expect(found == ["g/other": [1, 2]])
  }

  @Test func linkToAFolderHasItsFiles() throws {
    let folder = try ScratchFolder()
    // One link leads to the folder, one in a circle.
    let tar = ArchiveFixtures.tar([("f/a/x", [1])], links: [("g", "f"), ("f/a/circle", "..")], isHard: false)
    let files = try visited(folder.write(tar, to: "a.tar"))
    #expect(files[EntryName("g/a/x")] == [1] && files[EntryName("f/a/x")] == [1])
    #expect(files.values.allSatisfy { $0 == [1] })
  }

  @Test func chainOfLinksMayBeOfAnyLength() throws {
    let folder = try ScratchFolder()
    let files = (1...40).map { ("f/link\($0)", $0 == 40 ? "a" : "link\($0 + 1)") }
    let folders = (1...40).map { ("g\($0)", $0 == 40 ? "f" : "g\($0 + 1)") }
    let tar = ArchiveFixtures.tar([("f/a", [1])], links: files + folders, isHard: false)
    let found = try visited(folder.write(tar, to: "a.tar"))
    for name in ["f/a", "f/link1", "g1/a", "g1/link1"] { #expect(found[EntryName(name)] == [1], "\(name)") }
  }

  @Test func linksInACircleAreSaidToBe() throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      ArchiveFixtures.tar([("f/a", [1])], links: [("f/b", "c"), ("f/c", "d"), ("f/d", "c")], isHard: false),
      to: "a.tar")
    #expect(
      dataError { _ = try visited(path) }?.description
        == "\(path): f/b: expected a file, or a link to one, found a circle of links")
  }

  @Test(arguments: [
    ("gone", "a link to f/gone, which is not in the archive"), ("/etc/passwd", "a link that leaves the archive"),
    ("../../a", "a link that leaves the archive"), ("link", "a circle of links"),
  ])
  func linkToNothingIsSaid(target: String, found: String) throws {
    let folder = try ScratchFolder()
    let path = try folder.write(
      ArchiveFixtures.tar([("f/a", [1])], links: [("f/link", target)], isHard: false), to: "a.tar")
    #expect(
      dataError { _ = try visited(path) }?.description
        == "\(path): f/link: expected a file, or a link to one, found \(found)")
    // Where it is not wanted it does not matter.
    try FileTree.visit(path, limit: 9, where: { $0.last == EntryName("a") }) { _, _ in }
  }
}
