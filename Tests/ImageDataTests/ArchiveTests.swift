import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct ArchiveTests {
  private let entries: [ArchiveFixtures.Entry] = (0..<5).map { number in
    ("folder/file\(number)", (0..<500 * number).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number) })
  }

  private func contents(_ root: String, limit: Int = 10_000) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    try FileTree.visit(root, limit: limit, where: { $0.contains("file") }) { files[$0] = $1 }
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
    #expect(files.map(\.name) == ["a", "b/a", "b/z"])
    #expect(files.allSatisfy { $0.size == 3 && $0.modified > 0 })
  }
}
