import Files
import Foundation
import Glibc
import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct ImageSetTests {
  private func numbers(_ images: ImageSet, _ image: Int, quarterTurns: Int = 0) -> [Float] {
    var values = [Float](repeating: -1, count: images.shape.count)
    var room = values.mutableSpan
    images.write(image: image, quarterTurns: quarterTurns, into: &room, at: 0)
    return values
  }

  @Test(arguments: 0...3) func imagesAreTurnedAgainstTheClock(turns: Int) {
    let (side, channels) = (5, 2)
    let pixels = (0..<side * side * channels).map { UInt8($0 * 5) }
    let shape = ImageShape(height: side, width: side, channels: channels)
    let images = ImageSet(
      shape: shape, classes: [ImageClass(name: "a", images: [0])], pixels: PixelStorage(pixels))
    // A quarter turn against the clock brings the last column to the first row.
    var expected = pixels
    for _ in 0..<turns {
      let old = expected
      for row in 0..<side {
        for column in 0..<side {
          for channel in 0..<channels {
            expected[(row * side + column) * channels + channel] =
              old[(column * side + side - 1 - row) * channels + channel]
          }
        }
      }
    }
    let found = numbers(images, 0, quarterTurns: turns)
    // A division and a product with the reciprocal differ by rounding.
    for (number, pixel) in zip(found, expected) { #expect(abs(number - Float(pixel) / 255) < 1e-6) }
  }

  @Test func classesAndImagesAreSortedWhateverTheOrder() throws {
    var builder = ImageSetBuilder(shape: ImageShape(height: 1, width: 1, channels: 1), sink: MemorySink())
    for (label, name) in [("b", "2"), ("a", "9"), ("b", "1"), ("a", "10")] {
      try builder.add([0], class: EntryName(label), name: EntryName(name), at: name)
    }
    #expect(
      builder.classes == [ImageClass(name: "a", images: [3, 1]), ImageClass(name: "b", images: [2, 0])])
    #expect(
      dataError { try builder.add([0, 0], class: EntryName("a"), name: EntryName("x"), at: "x") }?.kind == .malformed)
    #expect(
      dataError { try builder.add([0], class: EntryName("a"), name: EntryName("9"), at: "a.zip") }?.description
        == "a.zip: expected each image once, found 9 twice in class a")
  }

  private struct Fixture {
    let data = try? ScratchFolder()
    let cache = try? ScratchFolder()
    var folders: DataFolders { DataFolders(given: data?.path, environment: ["XDG_CACHE_HOME": cache?.path ?? ""]) }
    var folder: String { "\(data?.path ?? "")/mnist" }

    func load() throws -> ImageSet {
      let folder = try folders.find(#require(DataSet.named("mnist")))
      return try imageCache().images(of: MNIST(), in: folder)
    }

    func imageCache() throws -> ImageCache {
      try ImageCache(MNIST(), in: folder, cache: #require(folders.cache))
    }

    /// The one cache in the cache folder, beside the file that remembers its key.
    func cacheName() throws -> String {
      let names = try #require(cache).names("metarl/images").filter { $0.hasSuffix(".images") }
      #expect(names.count == 1, "\(names)")
      return "metarl/images/\(names.first ?? "")"
    }
  }

  private func fixture() throws -> Fixture {
    let fixture = Fixture()
    try DataSetFixtures.writeMNIST(to: #require(fixture.data), part: "t10k", images: 3)
    return fixture
  }

  private func content(_ images: ImageSet) -> [[Float]] {
    images.classes.flatMap { $0.images.map { numbers(images, $0) } }
  }

  @Test func cacheHasWhatWasDecodedAndTheDataFolderStaysAsItWas() throws {
    let fixture = try fixture()
    let before = try #require(fixture.data).names("mnist")
    let first = try fixture.load()
    #expect(try fixture.data?.names("mnist") == before)
    #expect(try fixture.cache?.path.appending("/\(fixture.cacheName())") == fixture.imageCache().path)
    #expect(first.classes.count == 10 && first.imageCount == 30)
    // Digit 7, its second image: ink of 20 x 7 + 1.
    #expect(numbers(first, first.classes[7].images[1]).allSatisfy { abs($0 - 141 / 255) < 1e-6 })
    // The cache is what a second start takes. The first one has mapped it.
    let expected = content(first)
    var bytes = try #require(fixture.cache).bytes(fixture.cacheName())
    bytes[ImageCacheFile.headerSize] ^= 1
    try #require(fixture.cache).write(bytes, to: fixture.cacheName())
    #expect(try content(fixture.load()) != expected)
  }

  /// The key is of what the files contain: a copy elsewhere has the same cache.
  @Test func copyOfTheFilesHasTheSameCache() throws {
    let (fixture, copy) = (try fixture(), Fixture())
    try DataSetFixtures.writeMNIST(to: #require(copy.data), part: "t10k", images: 3)
    #expect(try fixture.imageCache().key == copy.imageCache().key)
    try DataSetFixtures.writeMNIST(to: #require(copy.data), part: "t10k", images: 4)
    #expect(try fixture.imageCache().key != copy.imageCache().key)
  }

  /// Files of the size and the time of others are read all the same: a time can be set, the one of that change cannot.
  @Test func filesWithTheSizeAndTimeOfOthersAreNotTakenForThem() throws {
    let fixture = try fixture()
    let path = "\(fixture.folder)/t10k-images-idx3-ubyte.gz"
    func setTime() throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_600_000_000)], ofItemAtPath: path)
    }
    try setTime()
    let key = try fixture.imageCache().key
    let size = try #require(fixture.data).bytes("mnist/t10k-images-idx3-ubyte.gz").count
    try #require(fixture.data).write([UInt8](repeating: 0, count: size), to: "mnist/t10k-images-idx3-ubyte.gz")
    try setTime()
    #expect(try fixture.imageCache().key != key)
  }

  /// Only of files that were not changed a moment ago: such a change could have the time of the one before.
  @Test func keyIsRememberedOnceFilesAreSettled() throws {
    let fixture = try fixture()
    func remembered() throws -> [String] {
      try #require(fixture.cache).names().isEmpty
        ? [] : try #require(fixture.cache).names("metarl/images").filter { $0.hasSuffix(".key") }
    }
    let key = try fixture.imageCache().key
    #expect(try remembered().isEmpty)
    Thread.sleep(forTimeInterval: 3.5)
    #expect(try fixture.imageCache().key == key)
    let name = try #require(remembered().first)
    // What is remembered is taken while the files look the same.
    var bytes = try #require(fixture.cache).bytes("metarl/images/\(name)")
    bytes[63] ^= 1
    try #require(fixture.cache).write(bytes, to: "metarl/images/\(name)")
    #expect(try fixture.imageCache().key == Array(bytes[32...]))
    #expect(
      try ImageCache(MNIST(), in: fixture.folder, cache: #require(fixture.folders.cache), key: .contents).key == key)
    #expect(try fixture.imageCache().key == key)
    // A part of a file is no memory.
    try #require(fixture.cache).write(Array(bytes[..<40]), to: "metarl/images/\(name)")
    #expect(try fixture.imageCache().key == key)
  }

  @Test func changedFilesAreDecodedAgain() throws {
    let fixture = try fixture()
    #expect(try fixture.load().imageCount == 30)
    try DataSetFixtures.writeMNIST(to: #require(fixture.data), part: "t10k", images: 4)
    #expect(try fixture.load().imageCount == 40)
    try #require(fixture.data).write([0, 0, 8, 3], to: "mnist/t10k-images-idx3-ubyte.gz")
    #expect(dataError { _ = try fixture.load() }?.kind == .malformed)
    // Nothing half-written is left.
    #expect(try fixture.cache?.names("metarl/images").contains { $0.contains("partial") } == false)
  }

  @Test func cacheOfAnotherShapeIsMadeAgain() throws {
    let fixture = try fixture()
    let expected = try content(fixture.load())
    let cache = try fixture.imageCache()
    // As whole and as consistent, of the same fingerprint, with half the pixels an image.
    let shape = ImageShape(height: 14, width: 28, channels: 1)
    let classes = (0..<10).map { ImageClass(name: "t10k \($0)", images: [3 * $0, 3 * $0 + 1, 3 * $0 + 2]) }
    let index = ImageCacheFile.encodeIndex(shape: shape, classes: classes)
    let pixels = [UInt8](repeating: 9, count: 30 * shape.count)
    let header = ImageCacheFile.header(pixels: pixels.count, index: index.count, fingerprint: cache.key)
    try #require(fixture.cache).write(header + pixels + index, to: fixture.cacheName())
    #expect(ImageCacheFile.open(cache.path, fingerprint: cache.key) != nil)
    #expect(try content(fixture.load()) == expected)
  }

  /// Every byte of the classes is read: a cache that was cut, or whose numbers are too large, is none.
  @Test func damagedClassesAreNoCache() throws {
    let fixture = try fixture()
    _ = try fixture.load()
    let cache = try fixture.imageCache()
    let shape = ImageShape(height: 2, width: 3, channels: 1)
    let classes = [ImageClass(name: "Å/1", images: [1, 0]), ImageClass(name: "", images: [])]
    let pixels = [UInt8](repeating: 9, count: 2 * shape.count)
    func opened(_ index: [UInt8]) throws -> ImageSet? {
      let header = ImageCacheFile.header(pixels: pixels.count, index: index.count, fingerprint: cache.key)
      try #require(fixture.cache).write(header + pixels + index, to: fixture.cacheName())
      return ImageCacheFile.open(cache.path, fingerprint: cache.key)
    }
    let index = ImageCacheFile.encodeIndex(shape: shape, classes: classes)
    let found = try opened(index)
    #expect(found?.shape == shape && found?.classes == classes)
    for count in index.indices { #expect(try opened(Array(index[..<count]))?.classes == nil) }
    #expect(try opened(index + [0])?.classes == nil)
    // The upper byte of each size, count and index, and a byte that is not UTF-8.
    for place in [3, 7, 11, 15, 19, 20, 27, 31, 35, 39, 43] {
      var damaged = index
      damaged[place] = 0xff
      #expect(try opened(damaged)?.classes == nil, "byte \(place)")
    }
  }

  @Test func withoutAPlaceForACacheTheImagesStayInMemory() throws {
    let fixture = try fixture()
    let nowhere = DataFolders(given: fixture.data?.path, environment: ["XDG_CACHE_HOME": "/proc/nowhere"])
    let splits = try #require(DataSet.named("mnist")).load(from: nowhere)
    #expect(splits.values.reduce(0) { $0 + $1.imageCount } == 30)
  }

  /// Others could have put their files where anyone may write.
  @Test func withoutAHomeTheImagesStayInMemory() throws {
    let fixture = try fixture()
    let homeless = DataFolders(given: fixture.data?.path, environment: [:])
    #expect(homeless.cache == nil)
    let splits = try #require(DataSet.named("mnist")).load(from: homeless)
    #expect(splits.values.reduce(0) { $0 + $1.imageCount } == 30)
    let nothing = DataFolders(given: nil, environment: ["HOME": ""])
    let dataSet = try #require(DataSet.named("mnist"))
    #expect(dataError { _ = try nothing.find(dataSet) }?.kind == .missing)
    #expect(
      dataError { _ = try nothing.folder(for: dataSet) }?.description
        == "mnist: expected a folder for its files, by the key data, METARL_DATA, XDG_CACHE_HOME or HOME, found none")
  }

  @Test func cacheThatIsNotWholeIsMadeAgain() throws {
    let fixture = try fixture()
    let expected = try content(fixture.load())
    let name = try fixture.cacheName()
    let whole = try #require(fixture.cache).bytes(name)
    for count in [0, 10, 64, 1_000, whole.count - 1] {
      try #require(fixture.cache).write(Array(whole[..<count]), to: name)
      #expect(try content(fixture.load()) == expected)
    }
    #expect(try fixture.cache?.bytes(name) == whole)
  }
}
