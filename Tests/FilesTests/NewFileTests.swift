import Foundation
import ImageDataFixtures
import Testing

@testable import Files

@Suite struct NewFileTests {
  /// As two runs of one process do that both begin to keep the same images.
  @Test(arguments: [true, false]) func twoWritersOfOneFileDoNotMeet(mayBeNameless: Bool) throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/new"
    let (first, second) = (
      try NewFile(path, mayBeNameless: mayBeNameless), try NewFile(path, mayBeNameless: mayBeNameless)
    )
    try first.append([1, 2, 3])
    try second.append([4, 5])
    try first.finish(beginningWith: [1])
    #expect(try folder.bytes("new") == [1, 2, 3])
    try second.finish(beginningWith: [4])
    #expect(try folder.bytes("new") == [4, 5])
    #expect(try folder.names() == ["new"])
  }

  private static let hasNamelessFiles: Bool = {
    let descriptor = open(FileManager.default.temporaryDirectory.path, O_WRONLY | NewFile.nameless, 0o644)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }()

  /// What a killed process has written so far has no name to be left under.
  @Test(.enabled(if: hasNamelessFiles)) func unfinishedFileHasNoName() throws {
    let folder = try ScratchFolder()
    let file = try NewFile("\(folder.path)/new")
    try file.append([UInt8](repeating: 1, count: 3 << 20))
    #expect(try folder.names().isEmpty)
    try file.finish(beginningWith: [2])
    #expect(try folder.bytes("new").prefix(2) == [2, 1])
  }

  /// Memory: a checkpoint is not held twice, and a small file takes no more than it needs.
  @Test func onlySmallPiecesAreHeld() throws {
    let folder = try ScratchFolder()
    let file = try NewFile("\(folder.path)/new")
    #expect(file.buffer.capacity == 0)
    let large = [UInt8](repeating: 1, count: NewFile.bufferSize)
    try file.append(large)
    #expect(file.buffer.capacity == 0)
    try file.append([2, 3])
    #expect(file.buffer == [2, 3] && file.buffer.capacity < 1_024)
    // In their order.
    try file.append(large)
    #expect(file.buffer.isEmpty)
    try file.append([4])
    try file.finish()
    #expect(file.count == 2 * large.count + 3)
    #expect(try folder.bytes("new") == large + [2, 3] + large + [4])
  }

  @Test(arguments: [true, false]) func folderIsNotReplaced(mayBeNameless: Bool) throws {
    let folder = try ScratchFolder()
    try FileManager.default.createDirectory(atPath: "\(folder.path)/new", withIntermediateDirectories: false)
    #expect(throws: FileFault(.cannotCreate, "cannot write \(folder.path)/new: Is a directory")) {
      _ = try NewFile("\(folder.path)/new", mayBeNameless: mayBeNameless)
    }
    #expect(try folder.names() == ["new"])
  }
}
