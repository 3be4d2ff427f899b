import Files

/// MNIST: handwritten digits, in a part for training and a part, t10k, for testing.
///
/// With both parts, training and test tasks use a part each. With one part, its images are divided alternately, digit by
/// digit: the two halves of t10k differ, as its first 5,000 images are cleaner.
struct MNIST: ImageSource {
  let name = "mnist"
  let version = 1
  let shape = ImageShape(height: 28, width: 28, channels: 1)

  private static let parts = ["train", "t10k"]

  private static func names(_ part: String, _ kind: String) -> [String] {
    let name = "\(part)-\(kind)-ubyte"
    return ["\(name).gz", name]
  }

  func files(in folder: String) throws(DataError) -> [String] {
    var files: [String] = []
    for part in Self.parts {
      let (images, labels) = (Self.names(part, "images-idx3"), Self.names(part, "labels-idx1"))
      // A whole part may be missing.
      guard (images + labels).contains(where: { FileSystem.isReachable("\(folder)/\($0)") }) else { continue }
      files.append(try first(of: images, in: folder))
      files.append(try first(of: labels, in: folder))
    }
    guard !files.isEmpty else {
      throw DataError(
        .missing, at: folder, expected: "train-images-idx3-ubyte.gz or t10k-images-idx3-ubyte.gz", found: "neither")
    }
    return files
  }

  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError) {
    let files = try files(in: folder)
    for pair in stride(from: 0, to: files.count, by: 2) {
      try read(
        files[pair].hasPrefix("t10k") ? "t10k" : "train", images: "\(folder)/\(files[pair])",
        labels: "\(folder)/\(files[pair + 1])", into: &builder)
    }
  }

  private func read(
    _ part: String, images: String, labels: String, into builder: inout ImageSetBuilder
  ) throws(DataError) {
    let pixels = try IDXFile.read(images, axes: 3)
    let digits = try IDXFile.read(labels, axes: 1)
    guard Array(pixels.sizes[1...]) == [shape.height, shape.width] else {
      throw DataError(
        at: "\(images): byte 8", expected: "images of 28 x 28", found: "\(pixels.sizes[1]) x \(pixels.sizes[2])")
    }
    guard digits.sizes[0] == pixels.sizes[0] else {
      throw DataError(
        at: "\(labels): byte 4", expected: "\(pixels.sizes[0]) labels, one an image of \(images)",
        found: "\(digits.sizes[0])")
    }
    for (index, digit) in digits.values.enumerated() {
      guard digit <= 9 else {
        throw DataError(at: "\(labels): byte \(8 + index)", expected: "a digit from 0 to 9", found: "\(digit)")
      }
      try builder.add(
        Array(pixels.values[index * shape.count..<(index + 1) * shape.count]), class: EntryName("\(part) \(digit)"),
        name: EntryName(paddedNumber(index)), at: images)
    }
  }

  func split(_ images: ImageSet) -> [ImageSplit: ImageSet] {
    func part(_ name: String) -> [ImageClass] {
      images.classes.filter { $0.name.hasPrefix(name) }
        .map { ImageClass(name: String($0.name.suffix(1)), images: $0.images) }
    }
    let (training, test) = (part("train "), part("t10k "))
    if training.isEmpty || test.isEmpty {
      return [
        .training: images.with((training + test).map { $0.everyOther(from: 0) }),
        .test: images.with((training + test).map { $0.everyOther(from: 1) }),
      ]
    }
    return [.training: images.with(training), .test: images.with(test)]
  }
}

/// Returns a number as a text with leading zeros that sorts like the number, up to a million.
func paddedNumber(_ number: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, 7 - digits.count)) + digits
}

extension ImageClass {
  /// Returns the class with half of its images, every second one from the first or the second on.
  fileprivate func everyOther(from first: Int) -> ImageClass {
    ImageClass(name: name, images: stride(from: first, to: images.count, by: 2).map { images[$0] })
  }
}
