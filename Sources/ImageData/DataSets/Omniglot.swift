import Files
import Parts
import RandomStreams

/// Omniglot: 1,623 characters of 50 alphabets, each drawn by 20 people.
///
/// Source: Lake, Salakhutdinov, Tenenbaum, "Human-level concept learning through probabilistic program induction", 2015.
/// The two published parts are pooled, and of the characters 1,200 are for training, 100 for validation and the rest for
/// testing ("Decoupling adaptation from modeling with meta-optimizers", A.1.1, which counts the validation ones twice).
/// The papers do not name a list; this one is a fixed shuffle, the same for every run.
struct Omniglot: ImageSource {
  let name = "omniglot"
  /// The version 3: pictures of version 1 were converted by their colour profiles, and version 2 ignored pictures whose
  /// names ended in capitals.
  let version = 3
  let shape = ImageShape(height: 28, width: 28, channels: 1)

  private static let parts = ["images_background", "images_evaluation"]

  func files(in folder: String) throws(DataError) -> [String] {
    var files: [String] = []
    for part in Self.parts { files.append(try first(of: ["\(part).zip", part], in: folder)) }
    return files
  }

  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError) {
    for file in try files(in: folder) {
      let root = "\(folder)/\(file)"
      let before = builder.count
      var (drawingDepths, others) = (Set<Int>(), [EntryName]())
      var resampling: (size: [Int], apply: Resampling)?
      // A closure cannot combine typed throws and `inout`: the pictures of a part are small enough to collect.
      try FileTree.visit(
        root, limit: Picture.greatestFileSize,
        where: { path in
          guard Self.counts(path) else { return false }
          if !path.hasSuffix(".png", ignoringCase: true) { others.append(path) }
          return path.hasSuffix(".png", ignoringCase: true)
        }
      ) { path, bytes throws(DataError) in
        drawingDepths.insert(path.components.count)
        try add(bytes, path: path, root: root, &resampling, into: &builder)
      }
      guard builder.count > before else {
        throw DataError(
          .missing, at: root, expected: "drawings, alphabet/character/drawing.png",
          found: "none; remove it, and \(ProgramName.current) data fetch \(name) gets the published ones")
      }
      // A text beside the alphabets describes them; a file beside drawings may be one of the missing drawings.
      if let other = others.first(where: { drawingDepths.contains($0.components.count) }) {
        throw DataError(
          at: "\(root): \(other)", expected: "drawings alone beside drawings, drawing.png",
          found: "another kind of file")
      }
    }
  }

  private func add(
    _ bytes: [UInt8], path: EntryName, root: String, _ resampling: inout (size: [Int], apply: Resampling)?,
    into builder: inout ImageSetBuilder
  ) throws(DataError) {
    // The path is .../alphabet/character/drawing.png.
    let parts = path.components
    guard parts.count >= 3 else {
      throw DataError(at: "\(root): \(path)", expected: "alphabet/character/drawing.png", found: "fewer folders")
    }
    let picture = try Picture(decoding: bytes, as: .gray, name: "\(root): \(path)")
    let size = [picture.height, picture.width]
    if resampling?.size != size {
      resampling = (
        size, Resampling(from: (picture.height, picture.width), to: (shape.height, shape.width))
      )
    }
    guard let resampled = resampling?.apply(picture) else { return }
    // The files have black ink on white; the papers' images have ink of 1.
    try builder.add(
      resampled.pixels.map { 255 - $0 }, class: .joined(parts[(parts.count - 3)...(parts.count - 2)]),
      name: path.last, at: "\(root): \(path)")
  }

  /// Returns whether a file belongs to the data, and is not one that some systems add to archives and folders.
  private static func counts(_ path: EntryName) -> Bool {
    !path.hasPrefix("__MACOSX") && !path.components.contains { $0.isHidden }
  }

  /// The numbers of characters for training and validation, and of all, as published.
  private static let (trainingShare, validationShare, all) = (1_200, 100, 1_623)

  func split(_ images: ImageSet) -> [ImageSplit: ImageSet] {
    var classes = images.classes
    var stream = RandomAddress(seed: 0, purpose: .dataSplit).stream
    classes.shuffle(using: &stream)
    // All published characters give exactly 1,200 and 100; a part of them gives the same fractions.
    let training = classes.count * Self.trainingShare / Self.all
    let validation = training + classes.count * Self.validationShare / Self.all
    return [
      .training: images.with(Array(classes[..<training])),
      .validation: images.with(Array(classes[training..<validation])),
      .test: images.with(Array(classes[validation...])),
    ]
  }
}
