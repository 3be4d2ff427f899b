import Files
import Foundation
import ImageDataFixtures
import Testing

@Suite struct FileSystemTests {
  private func fault(_ body: () throws -> Void) -> FileFault? {
    do {
      try body()
      return nil
    } catch {
      return error as? FileFault
    }
  }

  @Test(arguments: [0, 1, 4_095, 4_097, 3 << 20]) func writtenBytesAreRead(count: Int) throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/file"
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try FileSystem.write([7], to: path)
    try FileSystem.write(bytes, to: path)
    #expect(try FileSystem.read(path, limit: count) == bytes)
    var pieces: [UInt8] = []
    try FileSystem.readPieces(of: EntryName(path)) { pieces += $0 }
    #expect(pieces == bytes)
    // Nothing of the writing is left.
    #expect(try folder.names() == ["file"])
  }

  @Test func fileOverTheLimitIsRefused() throws {
    let folder = try ScratchFolder()
    let path = try folder.write([1, 2, 3], to: "file")
    #expect(
      fault { _ = try FileSystem.read(path, limit: 2) }
        == FileFault(.malformed, "\(path): expected at most 2 bytes, found more"))
    // A device tells no size.
    #expect(fault { _ = try FileSystem.read("/dev/zero", limit: 10_000) }?.kind == .malformed)
  }

  @Test func whatIsNoFileIsMissing() throws {
    let folder = try ScratchFolder()
    #expect(
      fault { _ = try FileSystem.read("\(folder.path)/none", limit: 1) }
        == FileFault(.missing, "cannot read \(folder.path)/none: No such file or directory"))
    #expect(
      fault { _ = try FileSystem.read(folder.path, limit: 1) }
        == FileFault(.missing, "cannot read \(folder.path): expected a file, found a folder"))
    #expect(fault { _ = try FileSystem.names(in: "\(folder.path)/none") }?.kind == .missing)
  }

  @Test func failedWriteLeavesTheOldFile() throws {
    let folder = try ScratchFolder()
    try folder.write([1], to: "folder/inside")
    #expect(fault { try FileSystem.write([2], to: "\(folder.path)/folder") }?.kind == .inputOutput)
    #expect(fault { try FileSystem.write([2], to: "\(folder.path)/none/file") }?.kind == .cannotCreate)
    #expect(try folder.names() == ["folder"])
    #expect(try folder.bytes("folder/inside") == [1])
  }

  @Test func devicesAreWrittenToAsTheyAre() throws {
    try FileSystem.write([1, 2], to: "/dev/null")
    #expect(
      fault { try FileSystem.write([1, 2], to: "/dev/full") }
        == FileFault(.inputOutput, "cannot write /dev/full: No space left on device"))
  }

  /// Whatever was tried: making a file on a full disk fails as writing to one does.
  @Test(arguments: [ENOSPC, EDQUOT, EFBIG]) func fullDiskIsAFaultOfOutput(reason: Int32) {
    errno = reason
    let made = FileFault.system(.cannotCreate, "cannot write", "file")
    #expect(made == FileFault(.inputOutput, "cannot write file: \(String(cString: strerror(reason)))"))
  }

  @Test(arguments: [(ENOENT, FileFault.Kind.missing), (EACCES, .cannotCreate), (EIO, .inputOutput)])
  func otherReasonsLeaveTheKind(reason: Int32, kind: FileFault.Kind) {
    errno = reason
    #expect(FileFault.system(kind, "cannot read", "file").kind == kind)
  }

  @Test func foldersAreMadeWithThoseAboveThem() throws {
    let folder = try ScratchFolder()
    for _ in 0..<2 { try FileSystem.createFolders("\(folder.path)/a//b/c/") }
    #expect(FileSystem.isFolder("\(folder.path)/a/b/c"))
    try FileSystem.createFolders("")
    try FileSystem.createFolders("/")
    try folder.write([], to: "file")
    #expect(
      fault { try FileSystem.createFolders("\(folder.path)/file/x/y") }
        == FileFault(.cannotCreate, "cannot create \(folder.path)/file/x: Not a directory"))
  }

  @Test func namesAreSortedAndHiddenOnesLeftOut() throws {
    let folder = try ScratchFolder()
    for name in ["b", "a/inside", ".hidden", "c"] { try folder.write([], to: name) }
    #expect(try FileSystem.names(in: folder.path) == ["a", "b", "c"])
  }

  /// The names of old systems are no text.
  @Test func namesMayHaveAnyBytes() throws {
    let folder = try ScratchFolder()
    let path = EntryName(folder.path).appending(EntryName([0x66, 0xFF]))
    let descriptor = open(path.cString, O_WRONLY | O_CREAT, 0o644)
    try #require(descriptor >= 0)
    close(descriptor)
    #expect(try FileSystem.entries(of: EntryName(folder.path)) == [EntryName([0x66, 0xFF])])
    #expect(try FileSystem.read(path, limit: 0).isEmpty)
  }

  @Test func linkToNothingExistsAndIsNoFolder() throws {
    let folder = try ScratchFolder()
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "\(folder.path)/none")
    #expect(FileSystem.exists(link) && !FileSystem.isFolder(link))
    #expect(!FileSystem.exists("\(folder.path)/none"))
  }

  @Test(arguments: [("a/b", "a"), ("/a", "/"), ("a", ""), ("/a/b", "/a")])
  func folderOfAFileIsBeforeTheLastSlash(path: String, folder: String) {
    #expect(FileSystem.folder(of: path) == folder)
  }

  @Test func recordsAreAppendedToWhatIsThere() throws {
    let folder = try ScratchFolder()
    let path = try folder.write([1, 2], to: "file")
    for record in [[3, 4], [5]] as [[UInt8]] {
      let file = try AppendedFile(path: path)
      try file.append(record)
      try file.synchronize()
    }
    #expect(try folder.bytes("file") == [1, 2, 3, 4, 5])
    #expect(fault { try AppendedFile(path: "/dev/full").append([1]) }?.kind == .inputOutput)
  }
}
