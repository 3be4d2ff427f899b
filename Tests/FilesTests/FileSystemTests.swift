import Foundation
import ImageDataFixtures
import Testing

@testable import Files

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
    #expect(
      fault { try FileSystem.write([2], to: "\(folder.path)/folder") }
        == FileFault(.cannotCreate, "cannot write \(folder.path)/folder: Is a directory"))
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
  }

  @Test func whatIsInTheWayOfAFolderIsTold() throws {
    let folder = try ScratchFolder()
    let file = try folder.write([], to: "file")
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "none")
    for (path, found) in [(file, "a file"), (link, "a link to nothing")] {
      let expected = FileFault(.cannotCreate, "cannot create \(path): expected a folder, found \(found)")
      for below in ["", "/x/y"] { #expect(fault { try FileSystem.createFolders(path + below) } == expected) }
    }
    #expect(
      fault { try FileSystem.createFolders("/proc/none") }
        == FileFault(.cannotCreate, "cannot create /proc/none: No such file or directory"))
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
    #expect(!FileSystem.isReachable(link) && FileSystem.isReachable(folder.path))
  }

  @Test func linkToAFileIsNoRegularFile() throws {
    let folder = try ScratchFolder()
    let file = try folder.write([1], to: "file")
    let link = "\(folder.path)/link"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "file")
    #expect(FileSystem.isRegularFile(file) && FileSystem.isReachable(link))
    for path in [link, folder.path, "\(folder.path)/none"] { #expect(!FileSystem.isRegularFile(path)) }
  }

  /// Over two links, relative and absolute, to a file and to a name that is free.
  @Test(arguments: [true, false]) func fileIsWrittenWhereLinksLead(isThere: Bool) throws {
    let folder = try ScratchFolder()
    try folder.write([], to: "far/other")
    if isThere { try folder.write([1, 2, 3], to: "far/file") }
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/far/second", withDestinationPath: "file")
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/third", withDestinationPath: "\(folder.path)/far/second")
    try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/first", withDestinationPath: "third")
    try FileSystem.write([4], to: "\(folder.path)/first")
    #expect(try folder.bytes("far/file") == [4])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/first") == "third")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder.path)/far/second") == "file")
    #expect(try folder.names() == ["far", "first", "third"])
    #expect(try folder.names("far") == ["file", "other", "second"])
  }

  @Test func linkThatLeadsNowhereCannotBeWritten() throws {
    let folder = try ScratchFolder()
    for (name, target) in [("circle", "circle"), ("lost", "none/file"), ("folder", ".")] {
      try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(name)", withDestinationPath: target)
    }
    let reasons = [
      "circle": "circle: Too many levels of symbolic links", "lost": "none/file: No such file or directory",
      "folder": ".: Is a directory",
    ]
    for (name, reason) in reasons {
      #expect(
        fault { try FileSystem.write([1], to: "\(folder.path)/\(name)") }
          == FileFault(.cannotCreate, "cannot write \(folder.path)/\(reason)"))
    }
    #expect(try folder.names() == ["circle", "folder", "lost"])
  }

  /// A full pipe takes a part of the bytes and gives its reason for the rest alone.
  @Test func reasonOfAShortWriteIsThatOfTheRest() throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    defer { for end in ends { close(end) } }
    try #require(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0)
    errno = ENOSPC
    #expect(
      fault { try FileSystem.writeAll([UInt8](repeating: 1, count: 8 << 20), to: ends[1], path: "pipe") }
        == FileFault(.inputOutput, "cannot write pipe: Resource temporarily unavailable"))
    #expect(
      fault { try FileSystem.writeAll([1], to: ends[1], at: 0, path: "pipe") }
        == FileFault(.inputOutput, "cannot write pipe: Illegal seek"))
  }

  @Test func bytesAreWrittenAtAnOffset() throws {
    let folder = try ScratchFolder()
    let path = try folder.write([1, 2, 3, 4], to: "file")
    let descriptor = open(path, O_WRONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try FileSystem.writeAll([8, 9], to: descriptor, at: 1, path: path)
    try FileSystem.writeAll([], to: descriptor, at: 0, path: path)
    #expect(try folder.bytes("file") == [1, 8, 9, 4])
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

  /// What was never opened is not closed, which would leave another reason in `errno`.
  @Test func failedOpeningClosesNothing() {
    errno = 0
    #expect(fault { _ = try AppendedFile(path: "/proc/none") }?.kind == .cannotCreate)
    #expect(errno != EBADF)
  }
}
