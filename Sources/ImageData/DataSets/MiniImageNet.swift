import Files

/// mini-ImageNet: 100 classes of ImageNet with 600 images each, at 84 x 84.
///
/// Source: Vinyals et al., "Matching networks for one shot learning", 2016; the division into 64, 16 and 20 classes is
/// from Ravi, Larochelle, "Optimization as a model for few-shot learning", 2017, as its three CSV files list it. As in
/// the code of both and of MAML an image of any size is made square without cropping.
struct MiniImageNet: ImageSource {
  let name = "mini-imagenet"
  /// The version 4: files of version 1 could have a class in two splits, pictures of version 2 were converted by their
  /// colour profiles, and in an archive of version 3 the first of several images of one name was used.
  let version = 4
  let shape = ImageShape(height: 84, width: 84, channels: 3)

  private static let splitFiles: [(split: ImageSplit, file: String)] =
    [(.training, "train.csv"), (.validation, "val.csv"), (.test, "test.csv")]
  private static let imageFiles = ["images", "images.zip", "images.tar.gz", "images.tar"]

  func files(in folder: String) throws(DataError) -> [String] {
    var files: [String] = []
    for (_, file) in Self.splitFiles { files.append(try first(of: [file], in: folder)) }
    return files + [try first(of: Self.imageFiles, in: folder)]
  }

  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError) {
    let files = try files(in: folder)
    let root = "\(folder)/\(files[files.count - 1])"
    var wanted = try labels(in: folder)
    try FileTree.visit(
      root, limit: Picture.greatestFileSize, where: { wanted[$0.last] != nil }
    ) { path, bytes throws(DataError) in
      guard let image = wanted[path.last] else { return }
      let found = FoundImage(path: path, bytes: bytes)
      if let other = image.found, !other.isReplaced(by: found) {
        // A further name of the same file is equivalent.
        if other.hash == found.hash { return }
        throw DataError(
          at: "\(root): \(path)", expected: "one image of each name", found: "another one as \(other.path)")
      }
      let picture = try Picture(decoding: bytes, as: .rgb, name: "\(root): \(path)")
      let resampling = Resampling(from: (picture.height, picture.width), to: (shape.height, shape.width))
      // A tar repeats a file that was added to it later: as in unpacking, the last one applies.
      try builder.addOrReplace(
        resampling(picture).pixels, class: EntryName(image.label), name: path.last, at: "\(root): \(path)")
      wanted[path.last]?.found = found
    }
    let missing = wanted.filter { $0.value.found == nil }.min {
      ($0.value.place, "\($0.key)") < ($1.value.place, "\($1.key)")
    }
    if let missing {
      throw DataError(
        .missing, at: missing.value.place, expected: "the image \(missing.key) in \(root)", found: "none of that name")
    }
  }

  /// An image that a split file names.
  private struct WantedImage {
    /// The split and the class of the image.
    var label: String
    /// The split file and the line that name the image.
    var place: String
    var found: FoundImage?
  }

  /// An image that was found in the data.
  private struct FoundImage {
    let path: EntryName
    let hash: Int

    init(path: EntryName, bytes: [UInt8]) {
      self.path = path
      var hasher = Hasher()
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
      hash = hasher.finalize()
    }

    func isReplaced(by other: FoundImage) -> Bool {
      (path.resolved(in: []) ?? path) == (other.path.resolved(in: []) ?? other.path)
    }
  }

  private func labels(in folder: String) throws(DataError) -> [EntryName: WantedImage] {
    var wanted: [EntryName: WantedImage] = [:]
    var classes: [EntryName: (split: ImageSplit, place: String)] = [:]
    for (split, file) in Self.splitFiles {
      let path = "\(folder)/\(file)"
      for entry in try SplitFile(path: path).entries {
        let image = WantedImage(label: "\(split.rawValue)/\(entry.label)", place: "\(path):\(entry.line)")
        if let other = wanted.updateValue(image, forKey: entry.file) {
          throw DataError(
            at: image.place, expected: "each image in one split", found: "\(entry.file) of \(other.place)")
        }
        let first = classes[EntryName(entry.label), default: (split, image.place)]
        guard first.split == split else {
          throw DataError(
            at: image.place, expected: "each class in one split", found: "\(entry.label) in \(first.place), too")
        }
        classes[EntryName(entry.label)] = first
      }
    }
    return wanted
  }

  func split(_ images: ImageSet) -> [ImageSplit: ImageSet] {
    Dictionary(
      uniqueKeysWithValues: ImageSplit.allCases.map { split in
        let prefix = "\(split.rawValue)/"
        let classes = images.classes.filter { $0.name.hasPrefix(prefix) }
        return (
          split,
          images.with(classes.map { ImageClass(name: String($0.name.dropFirst(prefix.count)), images: $0.images) })
        )
      })
  }
}
