import ImageDataFixtures
import Testing

@testable import ImageData

@Suite struct DataSetTests {
  private let data: ScratchFolder
  private let folders: DataFolders

  init() throws {
    data = try ScratchFolder()
    folders = DataFolders(given: data.path, environment: [:])
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
    #expect(try data.names("omniglot").contains("omniglot.images"))
    let unpacked = try ScratchFolder()
    for (alphabet, part) in ["images_background", "images_evaluation"].enumerated() {
      for entry in DataSetFixtures.omniglotDrawings(alphabet: alphabet, characters: 12, drawings: 3) {
        try unpacked.write(entry.bytes, to: "omniglot/\(part)/\(entry.name)")
      }
    }
    let other = try #require(DataSet.named("omniglot")).load(
      from: DataFolders(given: unpacked.path, environment: [:]))
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
      _ = try #require(DataSet.named("omniglot")).load(from: DataFolders(given: other.path, environment: [:]))
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
    try DataSetFixtures.writeCIFAR(to: data, classes: ["apple", "baby", "beaver", "wolf"], images: 4)
    let splits = try load("cifar-fs")
    #expect(ImageSplit.allCases.map { splits[$0]?.classes.map(\.name) } == [["apple", "wolf"], ["beaver"], ["baby"]])
    // All images of a class, those of test.bin first: red is the class, green the image, blue 7.
    let training = try #require(splits[.training])
    let wolf = try #require(numbers(training)["wolf"])
    #expect(wolf.map { $0.prefix(3).map { ($0 * 255).rounded() } } == [[3, 3, 7], [3, 0, 7], [3, 1, 7], [3, 2, 7]])
  }

  @Test func cifarWithOtherClassesIsRefused() throws {
    try DataSetFixtures.writeCIFAR(to: data, classes: ["apple", "unicorn"], images: 2)
    #expect(
      dataError { _ = try load("cifar-fs") }?.description
        == "fine_label_names.txt: expected the classes of CIFAR-100, found unicorn")
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
      verification.lines.last
        == "\(data.path)/mnist: expected 10 classes, 70000 images, found 10 classes, 20 images")
  }
}
