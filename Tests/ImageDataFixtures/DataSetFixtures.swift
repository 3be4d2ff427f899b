import Foundation

/// Small data sets in the formats in which the real ones are published. The pixels of an image tell its class.
public enum DataSetFixtures {
  /// Drawings of `characters` characters, as files below `alphabet<a>/character<c>`: black ink on white in the column of
  /// the character's number.
  public static func omniglotDrawings(
    alphabet: Int, characters: Int, drawings: Int, side: Int = 28
  ) -> [ArchiveFixtures.Entry] {
    var entries: [ArchiveFixtures.Entry] = []
    for character in 0..<characters {
      for drawing in 0..<drawings {
        var pixels = [UInt8](repeating: 255, count: side * side)
        for row in 0..<side { pixels[row * side + (character * 3 + drawing % 2) % side] = 0 }
        let name = "Alphabet_\(alphabet)/character\(character + 10)/\(1000 + character)_\(10 + drawing).png"
        entries.append((name, PictureFixtures.png(height: side, width: side, channels: 1, pixels)))
      }
    }
    return entries
  }

  /// Both zips of Omniglot, with `characters` characters each.
  public static func writeOmniglot(to folder: ScratchFolder, characters: Int, drawings: Int) throws {
    for (alphabet, part) in ["images_background", "images_evaluation"].enumerated() {
      let entries = omniglotDrawings(alphabet: alphabet, characters: characters, drawings: drawings)
        .map { ("\(part)/\($0.name)", $0.bytes) }
      try folder.write(ArchiveFixtures.zip(entries), to: "omniglot/\(part).zip")
    }
  }

  /// An IDX file of unsigned bytes.
  public static func idx(_ sizes: [Int], _ values: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0, 0, 8, UInt8(sizes.count)]
    for size in sizes {
      for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: size >> shift)) }
    }
    return bytes + values
  }

  /// A part of MNIST, `train` or `t10k`, compressed, with `images` images of each digit: of ink 20 x digit + image.
  public static func writeMNIST(to folder: ScratchFolder, part: String, images: Int) throws {
    let labels = (0..<10 * images).map { UInt8($0 % 10) }
    let pixels: [UInt8] = labels.enumerated().flatMap { index, digit in
      [UInt8](repeating: 20 * digit + UInt8(index / 10), count: 28 * 28)
    }
    let count = labels.count
    try folder.write(
      ArchiveFixtures.gzip(idx([count, 28, 28], pixels)), to: "mnist/\(part)-images-idx3-ubyte.gz")
    try folder.write(ArchiveFixtures.gzip(idx([count], labels)), to: "mnist/\(part)-labels-idx1-ubyte.gz")
  }

  /// The fine classes of CIFAR-100 in the order of their numbers.
  public static let cifarClasses: [String] =
    """
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can \
    castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin \
    elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard \
    lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear \
    pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark \
    shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone \
    television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
    """.split(separator: " ").map(String.init)

  /// CIFAR-100's binary archive with these names of classes, `images` of each of `labels`, of all if nil: red is the class,
  /// green the image.
  public static func writeCIFAR(
    to folder: ScratchFolder, classes: [String] = cifarClasses, images: Int, of labels: Range<Int>? = nil
  ) throws {
    func records(_ range: Range<Int>) -> [UInt8] {
      var bytes: [UInt8] = []
      for image in range {
        for label in labels ?? classes.indices {
          bytes += [0, UInt8(label)]
          for value in [UInt8(label), UInt8(image), 7] { bytes += [UInt8](repeating: value, count: 1_024) }
        }
      }
      return bytes
    }
    let archive = ArchiveFixtures.tarGzip([
      ("cifar-100-binary/train.bin", records(0..<images - 1)),
      ("cifar-100-binary/test.bin", records(images - 1..<images)),
      ("cifar-100-binary/fine_label_names.txt", Array((classes.joined(separator: "\n") + "\n").utf8)),
    ])
    try folder.write(archive, to: "cifar-fs/cifar-100-binary.tar.gz")
  }

  /// mini-ImageNet's split files with `classes` classes each, and its images as JPEG files of one colour a class.
  public static func writeMiniImageNet(to folder: ScratchFolder, classes: Int, images: Int) throws {
    for (split, file) in ["train.csv", "val.csv", "test.csv"].enumerated() {
      var lines = ["filename,label"]
      for label in 0..<classes {
        for image in 0..<images {
          let name = "n0\(split)\(label)000\(image).jpg"
          lines.append("\(name),n0\(split)\(label)")
          let colour = [UInt8(80 * split), UInt8(50 * label % 256), UInt8(10 * image)]
          let pixels = [[UInt8]](repeating: colour, count: 20 * 30).flatMap(\.self)
          try folder.write(
            PictureFixtures.jpeg(height: 20, width: 30, pixels), to: "mini-imagenet/images/\(name)")
        }
      }
      try folder.write(Array(lines.joined(separator: "\n").utf8), to: "mini-imagenet/\(file)")
    }
  }
}
