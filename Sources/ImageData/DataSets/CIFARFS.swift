import Files

/// CIFAR-FS: CIFAR-100 with its classes divided for few-shot learning, 64 for training, 16 for validation, 20 for testing.
///
/// Source: Bertinetto, Henriques, Torr, Vedaldi, "Meta-learning with differentiable closed-form solvers", 2019, which
/// published these lists of classes. The images are read from CIFAR-100's binary version.
struct CIFARFS: ImageSource {
  let name = "cifar-fs"
  /// The version 2, since the files of version 1 could lack classes.
  let version = 2
  let shape = ImageShape(height: CIFAR100File.side, width: CIFAR100File.side, channels: 3)

  private static let archives = ["cifar-100-binary.tar.gz", "cifar-100-binary.tar", "cifar-100-binary"]
  private static let imageFiles = ["test.bin", "train.bin"]
  private static let namesFile = "fine_label_names.txt"

  func files(in folder: String) throws(DataError) -> [String] { [try first(of: Self.archives, in: folder)] }

  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError) {
    let root = "\(folder)/\(try files(in: folder)[0])"
    let wanted = Self.imageFiles + [Self.namesFile]
    func file(_ path: EntryName) -> String { path.last.description }
    // The names of the classes come after the images in the archive.
    var contents: [String: [UInt8]] = [:]
    try FileTree.visit(root, limit: CIFAR100File.greatestSize, where: { wanted.contains(file($0)) }) { path, bytes in
      contents[file(path)] = bytes
    }
    if let missing = wanted.first(where: { contents[$0] == nil }) {
      throw DataError(.missing, at: root, expected: "\(missing) in it", found: "none")
    }
    let names = try CIFAR100File.classNames(contents[Self.namesFile] ?? [], name: "\(root): \(Self.namesFile)")
    try Self.check(names, place: "\(root): \(Self.namesFile)")
    var absent = Set(names)
    for file in Self.imageFiles {
      let place = "\(root): \(file)"
      var number = 0
      let bytes = contents.removeValue(forKey: file) ?? []
      try CIFAR100File.visit(bytes, name: place, classes: names.count) { label, pixels throws(DataError) in
        try builder.add(
          pixels, class: EntryName(names[label]), name: EntryName("\(file) \(paddedNumber(number))"), at: place)
        absent.remove(names[label])
        number += 1
      }
    }
    if let name = absent.min() {
      throw DataError(at: root, expected: "images of each of the \(names.count) classes", found: "none of \(name)")
    }
  }

  /// Checks that every class is in a split, and that every split has all of its classes.
  private static func check(_ names: [String], place: String) throws(DataError) {
    let published = split.values.reduce(into: Set()) { $0.formUnion($1) }
    let expected = "the \(published.count) classes of CIFAR-100"
    if let unknown = names.first(where: { !published.contains($0) }) {
      throw DataError(at: place, expected: expected, found: unknown)
    }
    if let missing = published.subtracting(names).min() {
      throw DataError(at: place, expected: expected, found: "\(names.count), without \(missing)")
    }
  }

  func split(_ images: ImageSet) -> [ImageSplit: ImageSet] {
    Self.split.mapValues { names in images.with(images.classes.filter { names.contains($0.name) }) }
  }

  private static func list(_ names: String) -> Set<String> { Set(names.split(separator: " ").map(String.init)) }

  static let split: [ImageSplit: Set<String>] = [
    .training: list(
      """
      apple aquarium_fish bear bee bottle bowl boy bridge bus can castle caterpillar chair clock cloud cockroach couch \
      cup dinosaur dolphin elephant forest girl hamster house kangaroo keyboard lawn_mower lion lizard lobster mountain \
      mouse mushroom oak_tree orange orchid palm_tree pear pine_tree plate porcupine possum rabbit raccoon ray road seal \
      shrew skunk skyscraper snake spider squirrel streetcar sunflower tank tiger train trout tulip turtle willow_tree \
      wolf
      """),
    .validation: list(
      """
      beaver beetle butterfly camel cattle crab crocodile flatfish lamp maple_tree motorcycle otter sea shark television \
      tractor
      """),
    .test: list(
      """
      baby bed bicycle chimpanzee fox leopard man pickup_truck plain poppy rocket rose snail sweet_pepper table telephone \
      wardrobe whale woman worm
      """),
  ]
}
