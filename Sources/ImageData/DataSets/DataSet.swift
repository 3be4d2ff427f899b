import Files
import Parts

/// A published data set: its files, where they come from, and the images in them.
public struct DataSet: Sendable {
  /// A file as it was published.
  public struct File: Sendable {
    /// In the data set's folder.
    public let name: String
    /// Bytes.
    public let size: Int
    /// Of its bytes, in hexadecimal digits.
    public let sha256: String
    /// Where to ask for it, one after the other.
    public let addresses: [String]
  }

  /// On the command line, and of its folder.
  public let name: String
  /// One line.
  public let summary: String
  /// What a download brings; empty where there is none that all may use.
  public let files: [File]
  /// How to get the data by hand.
  public let instructions: String
  /// Classes and images of the whole data set.
  public let published: (classes: Int, images: Int)
  let source: any ImageSource

  /// How these are other classes or images than the published ones, or nil: results with them are no published ones.
  public func shortfall(of splits: [ImageSplit: ImageSet]) -> String? {
    let found = Self.count(splits)
    if found == published { return nil }
    return "expected the \(published.classes) classes and \(published.images) images of \(name), found "
      + "\(found.classes) and \(found.images), whose splits are not the published data's; \(ProgramName.current) data verify \(name) "
      + "tells what is there"
  }

  /// The classes and the images of all splits together.
  static func count(_ splits: [ImageSplit: ImageSet]) -> (classes: Int, images: Int) {
    // MNIST's two parts have the same ten classes. Names are compared by their bytes.
    let names = Set(splits.values.flatMap { $0.classes.map { EntryName($0.name) } })
    return (names.count, splits.values.reduce(0) { $0 + $1.imageCount })
  }

  /// The data set called `name`, or nil.
  public static func named(_ name: String) -> DataSet? { all.first { $0.name == name } }

  /// Every data set, in the order in which to list them.
  public static let all = [omniglot, mnist, cifarFS, miniImageNet]

  private static let omniglot = DataSet(
    name: "omniglot", summary: "1,623 handwritten characters, 20 drawings each",
    files: [
      File(
        name: "images_background.zip", size: 9_464_212,
        sha256: "ad41ab679c8b5d90b271ef46be6987cc81211774a695c29dcc5367b2b26ee640",
        addresses: ["https://github.com/brendenlake/omniglot/raw/master/python/images_background.zip"]),
      File(
        name: "images_evaluation.zip", size: 6_462_886,
        sha256: "1f61a8f3366785b057fc117d9228e78a16e3d976c8953b2a10fcc74cf0609cee",
        addresses: ["https://github.com/brendenlake/omniglot/raw/master/python/images_evaluation.zip"]),
    ],
    instructions: "images_background.zip and images_evaluation.zip of https://github.com/brendenlake/omniglot",
    published: (1_623, 32_460), source: Omniglot())

  /// The site of the authors does not answer any more; its files are at two mirrors.
  private static let mnist = DataSet(
    name: "mnist", summary: "70,000 handwritten digits",
    files: [
      ("train-images-idx3-ubyte.gz", 9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
      ("train-labels-idx1-ubyte.gz", 28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
      ("t10k-images-idx3-ubyte.gz", 1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
      ("t10k-labels-idx1-ubyte.gz", 4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    ].map { name, size, sha256 in
      File(
        name: name, size: size, sha256: sha256,
        addresses: [
          "https://ossci-datasets.s3.amazonaws.com/mnist/\(name)",
          "https://storage.googleapis.com/cvdf-datasets/mnist/\(name)",
        ])
    },
    instructions: "the four files of https://ossci-datasets.s3.amazonaws.com/mnist", published: (10, 70_000),
    source: MNIST())

  private static let cifarFS = DataSet(
    name: "cifar-fs", summary: "CIFAR-100's 60,000 photographs of 100 classes",
    files: [
      File(
        name: "cifar-100-binary.tar.gz", size: 168_513_733,
        sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        addresses: ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"])
    ],
    instructions: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz", published: (100, 60_000),
    source: CIFARFS())

  private static let miniImageNet = DataSet(
    name: "mini-imagenet", summary: "60,000 photographs of 100 classes of ImageNet", files: [],
    instructions:
      "its images, which ImageNet's terms forbid to hand on (https://image-net.org has them for its users), as "
      + "the folder images, images.zip or images.tar.gz, and train.csv, val.csv and test.csv of "
      + "https://github.com/twitter-archive/meta-learning-lstm/tree/master/data/miniImagenet",
    published: (100, 60_000), source: MiniImageNet())
}
