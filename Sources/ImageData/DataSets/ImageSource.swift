import Files

/// What a data set's files are and how they become images.
protocol ImageSource: Sendable {
  /// Of the data set and its folder.
  var name: String { get }
  /// Grows when other pixels or classes are made of the same files, so that no cache of the old ones is taken.
  var version: Int { get }
  /// Of every image.
  var shape: ImageShape { get }

  /// The files and folders in the data set's folder that the images are made of.
  /// - Throws: `DataError` where one is missing.
  func files(in folder: String) throws(DataError) -> [String]

  /// Decodes all images.
  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError)

  /// Divides the images into those of meta-training, validation and testing.
  func split(_ images: ImageSet) throws(DataError) -> [ImageSplit: ImageSet]
}

/// What images are for. No class (for MNIST: no image) is in two of them.
public enum ImageSplit: String, CaseIterable, Sendable {
  case training, validation, test
}

extension ImageSource {
  /// The first of `names` that is in `folder`; a link to nothing is no file.
  func first(of names: [String], in folder: String) throws(DataError) -> String {
    if let name = names.first(where: { FileSystem.isReachable("\(folder)/\($0)") }) { return name }
    let found =
      switch names.count {
      case 1: "nothing"
      case 2: "neither"
      default: "none of them"
      }
    throw DataError(.missing, at: folder, expected: names.joined(separator: " or "), found: found)
  }
}
