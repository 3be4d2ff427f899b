import Foundation
import ImageDataFixtures

@testable import ImageData

/// The readers of pictures, archives and data sets.
extension FuzzedReader {
  /// A reader of a file: in the tests ten thousand inputs, of which a file system takes a twentieth.
  private static func file(
    _ name: String, _ seeds: [[UInt8]], share: Double = 1, repair: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 },
    read: @escaping @Sendable ([UInt8]) throws -> Void
  ) -> FuzzedReader {
    FuzzedReader(
      name: name, seeds: seeds, damage: .file(repair: repair), inputsInTests: Int(10_000 * share), share: share
    ) { bytes in
      do {
        try read(bytes)
        return .taken
      } catch let error as DataError {
        if error.description.isEmpty || error.description.contains(where: \.isNewline) {
          throw Violation(description: "a fault of no line, or of several: '\(error)'")
        }
        return .refused
      }
    }
  }

  private static func require(_ condition: Bool, _ violation: @autoclosure () -> String) throws {
    if !condition { throw Violation(description: violation()) }
  }

  static let png = file(
    "png",
    [
      PictureFixtures.png(height: 12, width: 9, channels: 1, (0..<108).map { UInt8($0 * 2) }),
      PictureFixtures.png(height: 5, width: 4, channels: 3, (0..<60).map { UInt8($0 * 4) }),
    ], repair: { PictureFixtures.withChecksums($0) }
  ) { bytes in _ = try PNGDecoder.decode(bytes, as: .gray, name: "a") }

  static let jpeg = file(
    "jpeg",
    [false, true].map {
      PictureFixtures.jpeg(height: 8, width: 12, (0..<3 * 8 * 12).map { UInt8($0 % 200) }, isProgressive: $0)
    }
  ) { bytes in _ = try JPEGDecoder.decode(bytes, as: .rgb, name: "a") }

  private static let entries: [ArchiveFixtures.Entry] = (0..<3).map { number in
    ("f/\(number)", (0..<40 * number).map { UInt8($0) })
  }

  static let zipArchive = file(
    "zip", [ArchiveFixtures.zip(entries), ArchiveFixtures.zip([("Älph0/1.png", [1, 2, 3])])]
  ) { try visit($0, .zip) }

  static let tarArchive = file("tar", [ArchiveFixtures.tarGzip(entries), linkedTar]) { try visit($0, .tar) }

  private static let linkedTar = ArchiveFixtures.tar(entries, links: [("g", "f"), ("f/3", "2")], isHard: false)

  private static func visit(_ bytes: [UInt8], _ format: ArchiveReader.Format) throws {
    let limit = 1_000
    var largest = 0
    try FileTree.visit(limit: limit, where: { _ in true }) { _, bytes in
      largest = max(largest, bytes.count)
    } open: { () throws(DataError) in
      try ArchiveReader(bytes: bytes, name: "a", format: format)
    }
    try require(largest <= limit, "a file has \(largest) bytes where \(limit) are allowed")
  }

  private static let idxFile = DataSetFixtures.idx([2, 3, 4], (0..<24).map { UInt8($0) })

  static let idx = file("idx", [idxFile, ArchiveFixtures.gzip(idxFile)]) { bytes in
    let file = try IDXFile.read(ArchiveReader(bytes: bytes, name: "a", format: .gzip), axes: 3)
    try require(
      file.values.count == file.sizes.reduce(1, *), "\(file.values.count) values for the sizes \(file.sizes)")
  }

  static let cifar = file("cifar", [(0..<CIFAR100File.recordSize).map { UInt8(truncatingIfNeeded: $0 / 900) }]) {
    var wrong = 0
    try CIFAR100File.visit($0, name: "a", classes: 3) { label, pixels in
      if label >= 3 || pixels.count != 3_072 { wrong += 1 }
    }
    try require(wrong == 0, "\(wrong) images have a label above 2, or not 3,072 values")
  }

  static let split = file("split", [Array("filename,label\na.jpg,n1\nb.jpg,n1\nc.jpg,n2\n".utf8)]) { bytes in
    _ = try SplitFile(bytes, name: "a")
  }

  static let classNames = file("class-names", [Array("apple\nbear\nwolf\n".utf8)]) { bytes in
    let names = try CIFAR100File.classNames(bytes, name: "a")
    // Those of the wrong number of classes are refused by the archive's reader.
    if names.count != 3 { throw DataError(at: "a", expected: "3 names", found: "\(names.count)") }
  }

  private static let fingerprint = [UInt8](repeating: 7, count: 32)

  private static let cacheFile: [UInt8] = {
    let index = ImageCacheFile.encodeIndex(
      shape: ImageShape(height: 2, width: 2, channels: 1),
      classes: [ImageClass(name: "a", images: [0, 2]), ImageClass(name: "b", images: [1])])
    let header = ImageCacheFile.header(pixels: 12, index: index.count, fingerprint: fingerprint)
    return header + (0..<12).map { UInt8($0) } + index
  }()

  static let cache = file("cache", [cacheFile], share: 0.05) { bytes in
    let path = FileManager.default.temporaryDirectory.appending(path: "metarl-fuzz-\(getpid()).images").path
    defer { unlink(path) }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    guard let images = ImageCacheFile.open(path, fingerprint: fingerprint) else {
      throw DataError(at: path, expected: "a cache", found: "none")
    }
    for image in images.classes.flatMap(\.images) {
      var values = [Float](repeating: -1, count: images.shape.count)
      var room = values.mutableSpan
      images.write(image: image, into: &room, at: 0)
      try require(values.allSatisfy { $0 >= 0 && $0 <= 1 }, "image \(image) has values \(values)")
    }
  }
}
