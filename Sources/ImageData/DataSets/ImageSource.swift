import Files

/// The files of a data set and their decoding to images.
protocol ImageSource: Sendable {
  /// The name of the data set and of its folder.
  var name: String { get }
  /// The version of the decoding, which grows when the same files give other pixels or classes, so that an old cache is not
  /// used.
  var version: Int { get }
  /// The shape of every image.
  var shape: ImageShape { get }

  /// Returns the files and folders in the data set's folder that the images are made from.
  /// - Throws: `DataError` where one is missing.
  func files(in folder: String) throws(DataError) -> [String]

  /// Decodes all images.
  func read(_ folder: String, into builder: inout ImageSetBuilder) throws(DataError)

  /// Divides the images into splits for meta-training, validation and testing.
  func split(_ images: ImageSet) throws(DataError) -> [ImageSplit: ImageSet]
}

/// The split of a data set, by the purpose of its images. No class (for MNIST: no image) is in two splits.
public enum ImageSplit: String, CaseIterable, Sendable {
  case training, validation, test
}

extension ImageSource {
  /// Returns the first of `names` that is in `folder`; a broken link is no file.
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
