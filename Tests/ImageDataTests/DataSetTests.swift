import Foundation
import Glibc
import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct DataSetTests {
  private let data: ScratchFolder
  private let cache: ScratchFolder
  private let folders: DataFolders

  init() throws {
    data = try ScratchFolder()
    cache = try ScratchFolder()
    folders = DataFolders(given: data.path, environment: ["XDG_CACHE_HOME": cache.path])
  }

  private func load(_ name: String) throws -> [ImageSplit: ImageSet] {
    try #require(DataSet.named(name)).load(from: folders)
  }

  private func numbers(_ images: ImageSet) -> [String: [[Float]]] {
    Dictionary(
      uniqueKeysWithValues: images.classes.map { label in
        (
          label.name,
          label.images.map { image in
            var values = [Float](repeating: -1, count: images.shape.count)
            var room = values.mutableSpan
            images.write(image: image, into: &room, at: 0)
            return values
          }
        )
      })
  }

  @Test func omniglotIsTheSameZippedAndUnpacked() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 12, drawings: 3)
    let zipped = try load("omniglot")
    #expect(zipped[.training]?.shape == ImageShape(height: 28, width: 28, channels: 1))
    // What is decoded goes to the cache.
    #expect(try data.names("omniglot") == ["images_background.zip", "images_evaluation.zip"])
    #expect(try cache.names("metarl/images").contains { $0.hasPrefix("omniglot-") && $0.hasSuffix(".images") })
    let unpacked = try ScratchFolder()
    for (alphabet, part) in ["images_background", "images_evaluation"].enumerated() {
      for entry in DataSetFixtures.omniglotDrawings(alphabet: alphabet, characters: 12, drawings: 3) {
        try unpacked.write(entry.bytes, to: "omniglot/\(part)/\(entry.name)")
      }
    }
    let other = try #require(DataSet.named("omniglot")).load(
      from: DataFolders(given: unpacked.path, environment: ["XDG_CACHE_HOME": cache.path]))
    for split in ImageSplit.allCases {
      let (first, second) = (try #require(zipped[split]), try #require(other[split]))
      #expect(numbers(first) == numbers(second))
    }
    // Of 24 characters 24 x 1,200 / 1,623 and 24 x 100 / 1,623, rounded down.
    #expect(ImageSplit.allCases.map { zipped[$0]?.classes.count } == [17, 1, 6])
    #expect(Set(zipped.values.flatMap { $0.classes.map(\.name) }).count == 24)
    // Ink is 1 on 0: a line of 28 pixels in the column of the character's number.
    let drawing = try #require(zipped.values.lazy.compactMap { numbers($0)["Alphabet_1/character14"] }.first)[0]
    #expect(drawing.enumerated().allSatisfy { $1 == ($0 % 28 == 12 ? 1 : 0) })
  }

  @Test func brokenDrawingIsNamedWithItsZip() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 1, drawings: 1)
    let path = try data.write(
      ArchiveFixtures.zip([("images_evaluation/A/character01/1_1.png", [0x89, 0x50, 0x4E, 0x47, 1])]),
      to: "omniglot/images_evaluation.zip")
    let error = dataError { _ = try load("omniglot") }
    #expect(
      error?.description.hasPrefix("\(path): images_evaluation/A/character01/1_1.png: expected a whole PNG") == true)
  }

  @Test func missingPartIsNamedWithTheCommandThatBringsIt() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 1, drawings: 1)
    #expect(dataError { _ = try load("omniglot") } == nil)
    #expect(
      dataError { _ = try load("mnist") }?.description
        == "mnist: expected its files in \(data.path)/mnist, found no such folder; "
        + "metarl data fetch mnist gets them, or says how to")
    let other = try ScratchFolder()
    try other.write([1], to: "omniglot/images_background.zip")
    let error = dataError {
      _ = try #require(DataSet.named("omniglot")).load(
        from: DataFolders(given: other.path, environment: ["XDG_CACHE_HOME": cache.path]))
    }
    #expect(error?.kind == .missing)
    #expect(
      error?.description
        == "\(other.path)/omniglot: expected images_evaluation.zip or images_evaluation, found neither; "
        + "metarl data fetch omniglot gets them, or says how to")
  }

  @Test func foldersAreLookedThroughInOrder() {
    let environment = ["METARL_DATA": "/data", "HOME": "/home/a"]
    #expect(DataFolders(given: nil, environment: environment).roots == ["/data", "/home/a/.cache/metarl"])
    #expect(DataFolders(given: "/b", environment: environment).roots == ["/b"])
    #expect(DataFolders(given: "", environment: ["XDG_CACHE_HOME": "/c"]).roots == ["/c/metarl"])
    #expect(DataFolders(given: "/b", environment: environment).cache == "/home/a/.cache/metarl")
    let relative = ["XDG_CACHE_HOME": "c", "HOME": "/home/a"]
    #expect(DataFolders(given: nil, environment: relative).cache == "/home/a/.cache/metarl")
  }

  @Test func onePartOfMNISTIsDealtOut() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 5)
    let splits = try load("mnist")
    let (training, test) = (try #require(splits[.training]), try #require(splits[.test]))
    for digit in 0..<10 {
      func ink(_ images: ImageSet) -> [Float]? { numbers(images)["\(digit)"]?.map { ($0[300] * 255).rounded() } }
      #expect(ink(training) == [0, 2, 4].map { Float(20 * digit + $0) })
      #expect(ink(test) == [1, 3].map { Float(20 * digit + $0) })
    }
    #expect(splits[.validation] == nil)
  }

  @Test func bothPartsOfMNISTStayApart() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 2)
    try DataSetFixtures.writeMNIST(to: data, part: "train", images: 4)
    let splits = try load("mnist")
    #expect(splits[.training]?.imageCount == 40 && splits[.test]?.imageCount == 20)
    #expect(splits[.training]?.classes.map(\.name) == (0..<10).map(String.init))
  }

  @Test func labelsThatDoNotFitTheImagesAreRefused() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "train", images: 2)
    let images = "\(data.path)/mnist/train-images-idx3-ubyte.gz"
    let labels = try data.write(
      DataSetFixtures.idx([19], [UInt8](repeating: 1, count: 19)), to: "mnist/train-labels-idx1-ubyte.gz")
    #expect(
      dataError { _ = try load("mnist") }?.description
        == "\(labels): byte 4: expected 20 labels, one an image of \(images), found 19")
    try data.write(DataSetFixtures.idx([20], [UInt8](repeating: 10, count: 20)), to: "mnist/train-labels-idx1-ubyte.gz")
    #expect(
      dataError { _ = try load("mnist") }?.description == "\(labels): byte 8: expected a digit from 0 to 9, found 10")
  }

  @Test func cifarHasThePublishedSplit() throws {
    let counts = ImageSplit.allCases.map { CIFARFS.split[$0]?.count }
    #expect(counts == [64, 16, 20])
    #expect(CIFARFS.split.values.reduce(Set()) { $0.union($1) }.count == 100)
    try DataSetFixtures.writeCIFAR(to: data, images: 4)
    let splits = try load("cifar-fs")
    for split in ImageSplit.allCases {
      #expect(splits[split].map { Set($0.classes.map(\.name)) } == CIFARFS.split[split])
    }
    // All images of a class, those of test.bin first: red is the class, green the image, blue 7.
    let training = try #require(splits[.training])
    let wolf = try #require(numbers(training)["wolf"])
    #expect(
      wolf.map { $0.prefix(3).map { ($0 * 255).rounded() } } == [[97, 3, 7], [97, 0, 7], [97, 1, 7], [97, 2, 7]])
  }

  @Test func cifarWithOtherClassesIsRefusedBeforeItIsDecoded() throws {
    let place = "\(data.path)/cifar-fs/cifar-100-binary.tar.gz"
    let names = DataSetFixtures.cifarClasses
    for (classes, found) in [(names.dropLast() + ["unicorn"], "unicorn"), (names.dropLast(), "99, without worm")] {
      try DataSetFixtures.writeCIFAR(to: data, classes: Array(classes), images: 2)
      #expect(
        dataError { _ = try load("cifar-fs") }?.description
          == "\(place): fine_label_names.txt: expected the 100 classes of CIFAR-100, found \(found)")
    }
    try DataSetFixtures.writeCIFAR(to: data, images: 2, of: 1..<100)
    #expect(
      dataError { _ = try load("cifar-fs") }?.description
        == "\(place): expected images of each of the 100 classes, found none of apple")
    #expect(try data.names("cifar-fs") == ["cifar-100-binary.tar.gz"])
  }

  @Test func miniImageNetIsResizedAndDivided() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 2, images: 3)
    let splits = try load("mini-imagenet")
    let shape = ImageShape(height: 84, width: 84, channels: 3)
    #expect(ImageSplit.allCases.allSatisfy { splits[$0]?.shape == shape && splits[$0]?.imageCount == 6 })
    let test = try #require(splits[.test])
    let image = try #require(numbers(test)["n021"])[2]
    // A picture of one colour has that colour, to within what the JPEG lost.
    for (number, expected) in zip(image.prefix(3), [160, 50, 20] as [Float]) {
      #expect(abs(number * 255 - expected) <= 4)
    }
  }

  @Test func classInTwoSplitsIsRefused() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 2, images: 1)
    let folder = "\(data.path)/mini-imagenet"
    // The images differ; the class of train.csv's second one comes again.
    let test = Array("filename,label\nn02000000.jpg,n020\nn02100000.jpg,n001\n".utf8)
    try data.write(test, to: "mini-imagenet/test.csv")
    #expect(
      dataError { _ = try load("mini-imagenet") }?.description
        == "\(folder)/test.csv:3: expected each class in one split, found n001 in \(folder)/train.csv:3, too")
  }

  @Test func oneFileThatIsNotThereIsNothing() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 1)
    try FileManager.default.removeItem(atPath: "\(data.path)/mini-imagenet/val.csv")
    let error = dataError { _ = try load("mini-imagenet") }
    #expect(error?.description.contains("mini-imagenet: expected val.csv, found nothing; metarl data fetch") == true)
  }

  @Test func partOfOmniglotWithoutDrawingsIsRefused() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 4, drawings: 2)
    try FileManager.default.removeItem(atPath: "\(data.path)/omniglot/images_evaluation.zip")
    try data.write([1], to: "omniglot/images_evaluation/readme.txt")
    let error = dataError { _ = try load("omniglot") }
    #expect(error?.kind == .missing)
    #expect(
      error?.description
        == "\(data.path)/omniglot/images_evaluation: expected drawings, alphabet/character/drawing.png, found none; "
        + "remove it, and metarl data fetch omniglot gets the published ones")
  }

  @Test func drawingsWhoseNamesEndInCapitalsCount() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 4, drawings: 2)
    let expected = try load("omniglot").mapValues { numbers($0).mapValues(\.count) }
    let entries = DataSetFixtures.omniglotDrawings(alphabet: 1, characters: 4, drawings: 2).enumerated().map {
      number, entry -> ArchiveFixtures.Entry in
      let ending = ["PNG", "png", "Png"][number % 3]
      return ("images_evaluation/\(entry.name.dropLast(3))\(ending)", entry.bytes)
    }
    try data.write(ArchiveFixtures.zip(entries), to: "omniglot/images_evaluation.zip")
    #expect(try load("omniglot").mapValues { numbers($0).mapValues(\.count) } == expected)
  }

  /// It may be a drawing that would be missing. What systems leave behind is none, nor is a text beside the alphabets.
  @Test func anotherKindOfFileBesideDrawingsIsRefused() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 4, drawings: 2)
    let drawings = DataSetFixtures.omniglotDrawings(alphabet: 1, characters: 4, drawings: 2)
      .map { ("images_evaluation/\($0.name)", $0.bytes) }
    let harmless: [ArchiveFixtures.Entry] = [
      ("images_evaluation/README.txt", [1]), ("images_evaluation/Alphabet_1/character10/.DS_Store", [1]),
      ("__MACOSX/Alphabet_1/character10/1000_10.txt", [1]),
    ]
    try data.write(ArchiveFixtures.zip(harmless + drawings), to: "omniglot/images_evaluation.zip")
    #expect(try DataSet.count(load("omniglot")).images == 16)
    let jpeg = ("images_evaluation/Alphabet_1/character77/1000_10.jpg", [1] as [UInt8])
    let path = try data.write(ArchiveFixtures.zip([jpeg] + drawings), to: "omniglot/images_evaluation.zip")
    #expect(
      dataError { _ = try load("omniglot") }?.description
        == "\(path): images_evaluation/Alphabet_1/character77/1000_10.jpg: expected drawings alone beside drawings, "
        + "drawing.png, found another kind of file")
  }

  /// mini-ImageNet with its images as a tar, with more entries before and after them.
  private func packMiniImageNet(
    before: [ArchiveFixtures.Entry] = [], after: [ArchiveFixtures.Entry] = [],
    links: [(name: String, target: String)] = []
  ) throws -> String {
    let images = try data.names("mini-imagenet/images").map { name -> ArchiveFixtures.Entry in
      ("images/\(name)", try data.bytes("mini-imagenet/images/\(name)"))
    }
    try FileManager.default.moveItem(
      atPath: "\(data.path)/mini-imagenet/images", toPath: "\(data.path)/mini-imagenet/unpacked")
    return try data.write(
      ArchiveFixtures.tar(before + images + after, links: links, isHard: false), to: "mini-imagenet/images.tar")
  }

  private func picture(_ value: UInt8) -> [UInt8] {
    PictureFixtures.jpeg(height: 4, width: 4, [UInt8](repeating: value, count: 48))
  }

  /// As `tar -r` adds it, and `tar -x` leaves it.
  @Test func imageThatWasAddedToATarAgainCountsAsItIsLast() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 2)
    let training = try #require(load("mini-imagenet")[.training])
    let before = numbers(training)["n000"]
    _ = try packMiniImageNet(after: [("./images/n0000000.jpg", picture(200))])
    let changed = try #require(load("mini-imagenet")[.training])
    let after = try #require(numbers(changed)["n000"])
    #expect(after.count == 2 && after[1] == before?[1])
    // Within what the JPEG lost.
    #expect(after[0].allSatisfy { abs($0 * 255 - 200) <= 2 })
  }

  @Test func twoImagesOfOneNameAreRefused() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 1)
    let path = try packMiniImageNet(before: [("thumbs/n0000000.jpg", picture(9))])
    #expect(
      dataError { _ = try load("mini-imagenet") }?.description
        == "\(path): images/n0000000.jpg: expected one image of each name, found another one as thumbs/n0000000.jpg")
  }

  @Test func anotherNameOfTheSameImageIsFine() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 1)
    let expected = try load("mini-imagenet").mapValues(numbers)
    let bytes = try data.bytes("mini-imagenet/images/n0000000.jpg")
    // The link leads to the last of two files.
    _ = try packMiniImageNet(
      before: [("images/n0000000.jpg", picture(9))], after: [("copy/n0000000.jpg", bytes)],
      links: [("links/n0000000.jpg", "../images/n0000000.jpg")])
    #expect(try load("mini-imagenet").mapValues(numbers) == expected)
  }

  @Test func drawingThatComesTwiceIsRefused() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 2, drawings: 2)
    // The first part once more in the place of the second.
    let background = try data.bytes("omniglot/images_background.zip")
    let path = try data.write(background, to: "omniglot/images_evaluation.zip")
    #expect(
      dataError { _ = try load("omniglot") }?.description
        == "\(path): images_background/Alphabet_0/character10/1000_10.png: expected each image once, found 1000_10.png "
        + "twice in class Alphabet_0/character10")
  }

  private func shortfall(_ name: String, _ found: String) throws -> String? {
    let dataSet = try #require(DataSet.named(name))
    let (classes, images) = dataSet.published
    return "expected the \(classes) classes and \(images) images of \(name), found \(found), whose splits are not the "
      + "published data's; metarl data verify \(name) tells what is there"
  }

  @Test func otherNumbersOfClassesOrOfImagesAreToldOf() throws {
    let omniglot = try #require(DataSet.named("omniglot"))
    try DataSetFixtures.writeOmniglot(to: data, characters: 3, drawings: 1)
    #expect(try omniglot.shortfall(of: load("omniglot")) == shortfall("omniglot", "6 and 6"))
    // One part of MNIST has all ten digits, and not all images.
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 2)
    #expect(try #require(DataSet.named("mnist")).shortfall(of: load("mnist")) == shortfall("mnist", "10 and 20"))
  }

  /// As many characters as were published, and 8 of the 20 drawings of each.
  @Test func missingImagesOfAllClassesAreToldOf() throws {
    let omniglot = try #require(DataSet.named("omniglot"))
    func images(_ drawings: Int) throws -> [ImageSplit: ImageSet] {
      let classes = (0..<1_623).map { number in
        ImageClass(name: "\(number)", images: Array(number * drawings..<(number + 1) * drawings))
      }
      let shape = ImageShape(height: 1, width: 1, channels: 1)
      let pixels = PixelStorage([UInt8](repeating: 0, count: 1_623 * drawings))
      return try omniglot.source.split(ImageSet(shape: shape, classes: classes, pixels: pixels))
    }
    #expect(try omniglot.shortfall(of: images(20)) == nil)
    #expect(try omniglot.shortfall(of: images(8)) == shortfall("omniglot", "1623 and 12984"))
  }

  @Test func emptyFolderIsNoDataSet() throws {
    let mnist = try #require(DataSet.named("mnist"))
    try FileManager.default.createDirectory(atPath: "\(data.path)/mnist", withIntermediateDirectories: true)
    #expect(!mnist.isPresent(in: folders))
    try data.write([1], to: "mnist/train-images-idx3-ubyte.gz")
    #expect(mnist.isPresent(in: folders))
  }

  /// Permissions do not bind an administrator.
  @Test(.enabled(if: getuid() != 0)) func unreadableDataAreNotCalledMissing() throws {
    func expectDenied(_ path: String, mode: Int, _ name: String) throws {
      let files = FileManager.default
      try files.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
      defer { try? files.setAttributes([.posixPermissions: mode], ofItemAtPath: path) }
      let error = dataError { _ = try load(name) }
      #expect(error?.kind == .missing && error?.description == "cannot read \(path): Permission denied")
    }
    try DataSetFixtures.writeOmniglot(to: data, characters: 1, drawings: 1)
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 1)
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 1)
    try expectDenied("\(data.path)/omniglot", mode: 0o755, "omniglot")
    try expectDenied("\(data.path)/omniglot/images_evaluation.zip", mode: 0o644, "omniglot")
    try expectDenied("\(data.path)/mnist/t10k-labels-idx1-ubyte.gz", mode: 0o644, "mnist")
    try expectDenied("\(data.path)/mini-imagenet/val.csv", mode: 0o644, "mini-imagenet")
    try expectDenied("\(data.path)/mini-imagenet/images", mode: 0o755, "mini-imagenet")
  }

  @Test func splitThatNamesAMissingImageIsRefused() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 2)
    let path = try data.write(
      Array("filename,label\nn0000000.jpg,n00\ngone.jpg,n00\n".utf8), to: "mini-imagenet/train.csv")
    let error = dataError { _ = try load("mini-imagenet") }
    #expect(error?.kind == .missing)
    #expect(
      error?.description
        == "\(path):3: expected the image gone.jpg in \(data.path)/mini-imagenet/images, found none of that name")
  }

  @Test func verificationTellsTheFileFromItsContent() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 2)
    let verification = try DataVerification(of: #require(DataSet.named("mnist")), in: folders)
    #expect(!verification.isComplete)
    #expect(verification.lines[0] == "\(data.path)/mnist/train-images-idx3-ubyte.gz: not there")
    #expect(verification.lines[2].contains("t10k-images-idx3-ubyte.gz: not the published file: SHA-256 8d422c7b"))
    #expect(
      verification.lines.dropLast().last
        == "\(data.path)/mnist: expected 10 classes, 70000 images, found 10 classes, 20 images")
  }

  @Test func verificationComparesTheKeptPixels() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 2)
    let mnist = try #require(DataSet.named("mnist"))
    let path = try ImageCache(MNIST(), in: "\(data.path)/mnist", cache: #require(folders.cache)).path
    #expect(path.hasPrefix("\(cache.path)/metarl/images/mnist-"))
    #expect(
      try DataVerification(of: mnist, in: folders).lines.last
        == "\(path): not there yet: the first start with these files makes it")
    _ = try load("mnist")
    #expect(try DataVerification(of: mnist, in: folders).lines.last == "\(path): the images of these files, decoded")
    let name = String(path.dropFirst(cache.path.count + 1))
    var bytes = try cache.bytes(name)
    bytes[ImageCacheFile.headerSize + 1_000] ^= 1
    try cache.write(bytes, to: name)
    #expect(
      try DataVerification(of: mnist, in: folders).lines.last
        == "\(path): not the images of these files: remove it, and a start makes it anew")
    // Earlier versions kept it among the data.
    try data.write([1], to: "mnist/mnist.images")
    #expect(
      try DataVerification(of: mnist, in: folders).lines.last
        == "\(data.path)/mnist/mnist.images: the decoded images of an earlier version, which nothing reads: it may be "
        + "removed")
  }

  /// Of the classes of a zip whose names are marked as UTF-8, some with other letters than ASCII's.
  @Test func charactersOfEveryAlphabetCount() throws {
    let alphabets = ["Alpha", "\u{C4}lph", "A\u{308}lph", "日本"]
    for part in ["images_background", "images_evaluation"] {
      let entries = alphabets.enumerated().flatMap { number, alphabet in
        DataSetFixtures.omniglotDrawings(alphabet: number, characters: 5, drawings: 2).map { entry in
          ("\(part)/\(alphabet)_\(part)" + entry.name.drop { $0 != "/" }, entry.bytes)
        }
      }
      try data.write(ArchiveFixtures.markedZip(entries), to: "omniglot/\(part).zip")
    }
    // Two spellings of one letter are two alphabets.
    let count = try DataSet.count(load("omniglot"))
    #expect(count.classes == 40 && count.images == 80)
  }

  /// One of ImageNet's pictures of four inks.
  @Test func pictureOfFourInksIsOneOfMiniImageNet() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 2)
    let inks = [[UInt8]](repeating: [200, 100, 50, 180], count: 20 * 30).flatMap(\.self)
    try data.write(
      PictureFixtures.jpeg(height: 20, width: 30, inks: inks, transform: 2), to: "mini-imagenet/images/n0000000.jpg")
    let training = try #require(load("mini-imagenet")[.training])
    let image = try #require(numbers(training)["n000"])[0]
    // What Pillow makes of the inks, to within what the JPEG lost.
    for (number, expected) in zip(image.prefix(3), [141, 71, 35] as [Float]) {
      #expect(abs(number * 255 - expected) <= 2)
    }
  }

  @Test(arguments: [true, false]) func imagesThatAreLinksOfATarAreRead(isHard: Bool) throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 1, images: 2)
    let expected = try load("mini-imagenet").mapValues(numbers)
    var entries: [ArchiveFixtures.Entry] = []
    var links: [(name: String, target: String)] = []
    for (number, name) in try data.names("mini-imagenet/images").enumerated() {
      entries.append(("images/original\(number)", try data.bytes("mini-imagenet/images/\(name)")))
      links.append(("images/\(name)", isHard ? "images/original\(number)" : "original\(number)"))
    }
    try FileManager.default.removeItem(atPath: "\(data.path)/mini-imagenet/images")
    try data.write(ArchiveFixtures.tar(entries, links: links, isHard: isHard), to: "mini-imagenet/images.tar")
    #expect(try load("mini-imagenet").mapValues(numbers) == expected)
  }

  /// As spreadsheets write it.
  @Test func splitFilesMayHaveAMarkAndOtherLineEnds() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 2, images: 1)
    let expected = try load("mini-imagenet").mapValues(numbers)
    for file in ["train.csv", "val.csv", "test.csv"] {
      let text = String(decoding: try data.bytes("mini-imagenet/\(file)"), as: UTF8.self)
      let lines = text.split(separator: "\n").map { line in
        line.split(separator: ",").map { "\"\($0)\"" }.joined(separator: ",")
      }
      try data.write(Array(("\u{FEFF}" + lines.joined(separator: "\r\n")).utf8), to: "mini-imagenet/\(file)")
    }
    #expect(try load("mini-imagenet").mapValues(numbers) == expected)
  }

  /// As a cluster leaves them whose scratch disk was cleared.
  @Test func linksToNothingHideNoFiles() throws {
    try data.write(DataSetFixtures.idx([20], (0..<20).map { $0 % 10 }), to: "mnist/t10k-labels-idx1-ubyte")
    let pixels = [UInt8](repeating: 3, count: 20 * 28 * 28)
    try data.write(DataSetFixtures.idx([20, 28, 28], pixels), to: "mnist/t10k-images-idx3-ubyte")
    for name in ["t10k-labels-idx1", "t10k-images-idx3", "train-images-idx3"] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(data.path)/mnist/\(name)-ubyte.gz", withDestinationPath: "\(data.path)/none")
    }
    #expect(
      try MNIST().files(in: "\(data.path)/mnist") == ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
    #expect(try load("mnist")[.training]?.classes.count == 10)
    let lines = try DataVerification(of: #require(DataSet.named("mnist")), in: folders).lines
    #expect(lines.contains("\(data.path)/mnist/t10k-images-idx3-ubyte.gz: not there"), "\(lines)")
  }
}
