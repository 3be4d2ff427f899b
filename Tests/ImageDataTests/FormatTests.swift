import Files
import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct FormatTests {
  private func idx(_ bytes: [UInt8], axes: Int = 3) throws -> IDXFile {
    try IDXFile.read(ArchiveReader(bytes: bytes, name: "a.idx", format: .gzip), axes: axes)
  }

  @Test func idxIsReadPlainAndCompressed() throws {
    let plain = DataSetFixtures.idx([2, 3, 4], (0..<24).map { UInt8($0) })
    for bytes in [plain, ArchiveFixtures.gzip(plain)] {
      let file = try idx(bytes)
      #expect(file.sizes == [2, 3, 4] && file.values == (0..<24).map { UInt8($0) })
    }
  }

  @Test(arguments: [
    (
      DataSetFixtures.idx([2, 3, 4], Array(repeating: 1, count: 23)),
      "byte 16: expected 24 bytes, as the sizes 2 x 3 x 4 say, found 23"
    ),
    (
      DataSetFixtures.idx([2, 3, 4], Array(repeating: 1, count: 25)),
      "byte 16: expected 24 bytes, as the sizes 2 x 3 x 4 say, found more"
    ),
    (
      DataSetFixtures.idx([0xFFFF_FFFF, 0xFFFF_FFFF, 0xFFFF_FFFF], [1]),
      "byte 4: expected sizes of 1 to 1073741824 numbers together, found 4294967295 x 4294967295 x 4294967295"
    ),
    (
      DataSetFixtures.idx([5, 0, 4], []), "byte 8: expected sizes of 1 to 1073741824 numbers together, found 5 x 0 x 4"
    ),
    (
      DataSetFixtures.idx([2, 3], [1, 2, 3, 4, 5, 6]),
      "byte 0: expected 0 0 8 3, an IDX file of unsigned bytes with 3 axes, found 0 0 8 2"
    ),
    ([], "expected a header of 16 bytes, found 0"),
    ([0, 0, 8, 3, 0, 0], "expected a header of 16 bytes, found 6"),
  ])
  func idxThatLiesIsRefused(bytes: [UInt8], message: String) {
    let error = dataError { _ = try idx(bytes) }
    #expect(error?.description.hasPrefix("a.idx: \(message)") == true, "\(error as Any)")
  }

  @Test func cutGzipIsRefused() {
    let whole = ArchiveFixtures.gzip(DataSetFixtures.idx([2, 30, 40], (0..<2_400).map { UInt8($0 % 251) }))
    for length in stride(from: 0, to: whole.count - 12, by: 7) {
      #expect(dataError { _ = try idx(Array(whole[..<length])) }?.kind == .malformed)
    }
  }

  @Test func cifarPlanesBecomePixels() throws {
    let planes = (0..<3_072).map { UInt8(truncatingIfNeeded: $0 / 1_024 * 100 + $0 % 1_024 % 97) }
    var found: [(Int, [UInt8])] = []
    try CIFAR100File.visit([9, 3] + planes + [9, 4] + planes, name: "a.bin", classes: 5) { found.append(($0, $1)) }
    #expect(found.map(\.0) == [3, 4])
    for pixel in [0, 1, 500, 1_023] {
      #expect(Array(found[1].1[3 * pixel..<3 * pixel + 3]) == (0..<3).map { planes[$0 * 1_024 + pixel] })
    }
  }

  @Test func cifarThatLiesIsRefused() {
    func error(_ bytes: [UInt8]) -> String? {
      dataError { try CIFAR100File.visit(bytes, name: "a.bin", classes: 5) { _, _ in } }?.description
    }
    let record = [0, 4] + [UInt8](repeating: 0, count: 3_072)
    #expect(error(record) == nil)
    #expect(error(record + [1]) == "a.bin: expected images of 3074 bytes each, found 3075 bytes")
    #expect(error([]) == "a.bin: expected images of 3074 bytes each, found 0 bytes")
    #expect(error(record + [0, 5] + record.dropFirst(2)) == "a.bin: byte 3075: expected a class from 0 to 4, found 5")
  }

  @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"]) func splitFileIsRead(lineEnd: String, mark: String) throws {
    let text = mark + ["filename,label", "a.jpg,n1", "b.jpg,n2", ""].joined(separator: lineEnd)
    let entries = try SplitFile(Array(text.utf8), name: "train.csv").entries
    #expect(
      entries == [
        .init(file: EntryName("a.jpg"), label: "n1", line: 2), .init(file: EntryName("b.jpg"), label: "n2", line: 3),
      ])
  }

  @Test func namesOfClassesMayHaveAMarkAndOtherLineEnds() throws {
    let names = try CIFAR100File.classNames(Array("\u{FEFF}apple\r\nbear\r\n".utf8), name: "a")
    #expect(names.map { Array($0.utf8) } == [Array("apple".utf8), Array("bear".utf8)])
  }

  @Test(arguments: [
    ("\u{FEFF}filename,label\r\n\r\na.jpg\r\n", "3: expected a file's name and a label, found 'a.jpg'"),
    ("a.jpg,n1\n", "1: expected the heading 'filename,label', found 'a.jpg,n1'"),
    ("filename,label\na.jpg\n", "2: expected a file's name and a label, found 'a.jpg'"),
    ("filename,label\na.jpg,n1,x\n", "2: expected a file's name and a label, found 'a.jpg,n1,x'"),
    ("filename,label\na.jpg,n1\na.jpg,n2\n", "3: expected each file once, found a.jpg again, as in line 2"),
    ("filename,label\n", " expected lines of files, found none"),
    ("", "1: expected the heading 'filename,label', found ''"),
  ])
  func splitFileThatIsNoneIsRefused(text: String, message: String) {
    #expect(
      dataError { _ = try SplitFile(Array(text.utf8), name: "train.csv") }?.description == "train.csv:" + message)
  }
}
