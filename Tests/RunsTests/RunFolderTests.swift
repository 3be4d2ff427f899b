import Files
import Foundation
import Parts
import RunFixtures
import Synchronization
import Testing

@testable import Runs

/// What a new run makes of a folder that is there.
@Suite struct RunFolderTests {
  private let workshop: RunWorkshop
  private var temporary: String { workshop.temporary.path }
  private var folder: RunFolder { workshop.folder("run") }

  init() throws {
    workshop = try RunWorkshop()
    try StoredFile.write("<robot/>", to: "\(temporary)/robot.xml")
  }

  private func configuration(model: String = "robot.xml") throws -> RunConfiguration {
    try .quick(["model=\(temporary)/\(model)"])
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try StoredFile.read(path, limit: 1_000), as: UTF8.self)
  }

  @Test func usersFileNamedLikeACopyIsNotReplaced() throws {
    try FileSystem.createFolders(folder.path)
    try StoredFile.write("<other/>", to: "\(folder.path)/model.xml")
    let error = userError { _ = try folder.create(configuration()) }
    #expect(error?.status == .cannotCreate && error?.message.contains("expected a new folder") == true)
    #expect(try StoredFile.names(in: folder.path) == ["model.xml"])
    #expect(try text("\(folder.path)/model.xml") == "<other/>")
  }

  @Test func linkNamedLikeACopyIsNoCopy() throws {
    try FileSystem.createFolders(folder.path)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder.path)/model.xml", withDestinationPath: "\(temporary)/robot.xml")
    #expect(userError { _ = try folder.create(configuration()) }?.status == .cannotCreate)
  }

  /// An unfinished file beside others is not known to be a run's.
  @Test func nothingIsRemovedFromAFolderThatIsRefused() throws {
    try FileSystem.createFolders(folder.path)
    for name in ["model.xml.partial", "notes"] { try StoredFile.write("mine", to: "\(folder.path)/\(name)") }
    #expect(userError { _ = try folder.create(configuration()) }?.status == .cannotCreate)
    #expect(try StoredFile.names(in: folder.path) == ["model.xml.partial", "notes"])
  }

  /// As a process leaves it that ended before it had written `config.yaml`.
  @Test func folderWithTheCopiesAloneIsTakenForANewOne() throws {
    try FileSystem.createFolders(folder.path)
    try StoredFile.write("<robot/>", to: "\(folder.path)/model.xml")
    let (stored, lock) = try folder.create(configuration())
    withExtendedLifetime(lock) {}
    #expect(stored["model"] == .scalar("\(folder.path)/model.xml"))
    #expect(try StoredFile.names(in: folder.path) == ["checkpoints", "config.yaml", "model.xml"])
  }

  @Test func failureLeavesAFolderThatWasThere() throws {
    try FileSystem.createFolders(folder.path)
    #expect(userError { _ = try folder.create(configuration(model: "none.xml")) }?.status == .missingInput)
    #expect(FileSystem.isFolder(folder.path))
    let new = workshop.folder("new")
    #expect(userError { _ = try new.create(configuration(model: "none.xml")) }?.status == .missingInput)
    #expect(!FileSystem.exists(new.path))
  }

  /// `config.yaml` cannot be written where its path is too long; `model.xml` may be the user's only copy.
  @Test func failureLeavesACopyThatWasThere() throws {
    var path = temporary
    while path.utf8.count < 4_075 { path += "/" + String(repeating: "d", count: min(200, 4_075 - path.utf8.count)) }
    let deep = RunFolder(path: path)
    try FileSystem.createFolders(path)
    let copy = "\(path)/model.xml"
    let file = try AppendedFile(path: copy)
    try file.append(Array("<robot/>".utf8))
    let error = userError { _ = try deep.create(configuration()) }
    #expect(error?.message.hasSuffix("/config.yaml: File name too long") == true)
    #expect(try text(copy) == "<robot/>")
  }

  /// Another thread may have the number by then: what it opens would be closed.
  @Test func refusedLockClosesItsDescriptorOnce() throws {
    let folder = folder
    try FileSystem.createFolders(folder.path)
    let lock = try RunLock(folder)
    let isDone = Atomic(false)
    let lost = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 2) { thread in
      if thread == 0 {
        for _ in 0..<5_000 { #expect(userError { _ = try RunLock(folder) }?.status == .busy) }
        isDone.store(true, ordering: .relaxed)
      } else {
        while !isDone.load(ordering: .relaxed) {
          let descriptor = open("/dev/null", O_RDONLY)
          if close(descriptor) != 0 { lost.add(1, ordering: .relaxed) }
        }
      }
    }
    withExtendedLifetime(lock) {}
    #expect(lost.load(ordering: .relaxed) == 0)
  }
}
