import Files
import Parts

/// A published data set: its files, where they come from, and the images in them.
public struct DataSet: Sendable {
  /// A file as it was published.
  public struct File: Sendable {
    /// The name of the file in the data set's folder.
    public let name: String
    /// The size of the file in bytes.
    public let size: Int
    /// The SHA-256 of the file's bytes, in hexadecimal digits.
    public let sha256: String
    /// The addresses from which to download the file, tried one after the other.
    public let addresses: [String]
  }

  /// The name of the data set on the command line, and of its folder.
  public let name: String
  /// One line that describes the data set.
  public let summary: String
  /// The files that a download fetches; empty where there is no download that everyone may use.
  public let files: [File]
  /// The instructions for getting the data by hand.
  public let instructions: String
  /// The number of classes and images of the whole data set, as published.
  public let published: (classes: Int, images: Int)
  let source: any ImageSource

  /// Returns how the numbers of classes or images differ from the published ones, or nil where they do not: results with
  /// other images are not comparable with published ones.
  public func shortfall(of splits: [ImageSplit: ImageSet]) -> String? {
    let found = Self.count(splits)
    if found == published { return nil }
    return "expected the \(published.classes) classes and \(published.images) images of \(name), found "
      + "\(found.classes) and \(found.images), whose splits are not the published data's; \(ProgramName.current) data verify \(name) "
      + "tells what is there"
  }

  /// Returns the numbers of classes and images of all splits together.
  static func count(_ splits: [ImageSplit: ImageSet]) -> (classes: Int, images: Int) {
    // The two parts of MNIST have the same ten classes. Names are compared by their bytes.
    let names = Set(splits.values.flatMap { $0.classes.map { EntryName($0.name) } })
    return (names.count, splits.values.reduce(0) { $0 + $1.imageCount })
  }

  /// Returns the data set of a name; nil where there is none.
  public static func named(_ name: String) -> DataSet? { all.first { $0.name == name } }

  /// All data sets, in the order in which to list them.
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

  /// The data set MNIST. The site of its authors no longer answers; its files are at two mirrors.
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
