import Foundation
import Glibc
import ImageDataFixtures
import Testing

@testable import ImageData

/// Every reader on damaged files: it gives what it read or a `DataError` of one line, and takes a bounded memory. A trap,
/// a crash in a library or a hang ends the tests. `scripts/fuzz` gives each reader a million.
@Suite(.serialized) struct FuzzTests {
  private static let count = ProcessInfo.processInfo.environment["METARL_FUZZ_INPUTS"].flatMap { Int($0) } ?? 10_000

  /// The largest picture that is decoded has 100 MB, and a JPEG's coefficients twice as much.
  private static let greatestGrowth = 512 << 20

  /// The most memory that the process has had, in bytes.
  private var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1_024
  }

  private func fuzz(
    _ samples: [[UInt8]], inputs: Int = count, repair: ([UInt8]) -> [UInt8] = { $0 }, _ read: ([UInt8]) throws -> Void
  ) throws {
    for sample in samples { try read(sample) }
    let memory = peakMemory
    var refused = 0
    for number in 0..<inputs {
      var mutator = Mutator(seed: number)
      var bytes = mutator.damaged(samples[number % samples.count])
      if mutator.index(below: 2) == 0 { bytes = repair(bytes) }
      do {
        try read(bytes)
      } catch let error as DataError {
        refused += 1
        #expect(!error.description.isEmpty && !error.description.contains(where: \.isNewline))
      }
    }
    #expect(refused > inputs / 20 && refused < inputs, "\(refused) of \(inputs) refused")
    #expect(peakMemory - memory < Self.greatestGrowth)
  }

  @Test func pngs() throws {
    let gray = PictureFixtures.png(height: 12, width: 9, channels: 1, (0..<108).map { UInt8($0 * 2) })
    let colour = PictureFixtures.png(height: 5, width: 4, channels: 3, (0..<60).map { UInt8($0 * 4) })
    try fuzz([gray, colour], repair: PictureFixtures.withChecksums) { bytes in
      _ = try PNGDecoder.decode(bytes, as: .gray, name: "a")
    }
  }

  @Test func jpegs() throws {
    let pixels = (0..<3 * 8 * 12).map { UInt8($0 % 200) }
    let samples = [false, true].map { PictureFixtures.jpeg(height: 8, width: 12, pixels, isProgressive: $0) }
    try fuzz(samples) { bytes in _ = try JPEGDecoder.decode(bytes, as: .rgb, name: "a") }
  }

  @Test(arguments: [ArchiveReader.Format.zip, .tar]) func archives(format: ArchiveReader.Format) throws {
    let entries: [ArchiveFixtures.Entry] = (0..<3).map { number in
      ("f/\(number)", (0..<40 * number).map { UInt8($0) })
    }
    let sample = format == .zip ? ArchiveFixtures.zip(entries) : ArchiveFixtures.tarGzip(entries)
    try fuzz([sample]) { bytes in
      let reader = try ArchiveReader(bytes: bytes, name: "a", format: format)
      try FileTree.visit(reader, limit: 1_000, where: { _ in true }) { _, bytes in #expect(bytes.count <= 1_000) }
    }
  }

  @Test func idxFiles() throws {
    let plain = DataSetFixtures.idx([2, 3, 4], (0..<24).map { UInt8($0) })
    try fuzz([plain, ArchiveFixtures.gzip(plain)]) { bytes in
      let file = try IDXFile.read(ArchiveReader(bytes: bytes, name: "a", format: .gzip), axes: 3)
      #expect(file.values.count == file.sizes.reduce(1, *))
    }
  }

  @Test func cifarFiles() throws {
    let record = (0..<CIFAR100File.recordSize).map { UInt8(truncatingIfNeeded: $0 / 900) }
    try fuzz([record]) { bytes in
      try CIFAR100File.visit(bytes, name: "a", classes: 3) { label, pixels in
        #expect(label < 3 && pixels.count == 3_072)
      }
    }
  }

  @Test func texts() throws {
    let split = Array("filename,label\na.jpg,n1\nb.jpg,n1\nc.jpg,n2\n".utf8)
    try fuzz([split]) { bytes in _ = try SplitFile(bytes, name: "a") }
    try fuzz([Array("apple\nbear\nwolf\n".utf8)]) { bytes in
      let names = try CIFAR100File.classNames(bytes, name: "a")
      // Those of the wrong number of classes are refused by the archive's reader.
      if names.count != 3 { throw DataError(at: "a", expected: "3 names", found: "\(names.count)") }
    }
  }

  @Test func caches() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/a.images"
    let fingerprint = [UInt8](repeating: 7, count: 32)
    let shape = ImageShape(height: 2, width: 2, channels: 1)
    let index = try ImageCacheFile.encodeIndex(
      shape: shape, classes: [ImageClass(name: "a", images: [0, 2]), ImageClass(name: "b", images: [1])])
    let whole =
      ImageCacheFile.header(pixels: 12, index: index.count, fingerprint: fingerprint) + (0..<12).map { UInt8($0) }
      + index
    // A file system takes longer than any reader.
    try fuzz([whole], inputs: Self.count / 20) { bytes in
      try folder.write(bytes, to: "a.images")
      guard let images = ImageCacheFile.open(path, fingerprint: fingerprint) else {
        throw DataError(at: path, expected: "a cache", found: "none")
      }
      for image in images.classes.flatMap(\.images) {
        var values = [Float](repeating: -1, count: images.shape.count)
        var room = values.mutableSpan
        images.write(image: image, into: &room, at: 0)
        #expect(values.allSatisfy { $0 >= 0 && $0 <= 1 })
      }
    }
  }
}
