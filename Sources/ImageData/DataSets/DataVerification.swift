/// What there is of a data set, file by file and image by image.
public struct DataVerification: Sendable {
  /// Lines for the user.
  public private(set) var lines: [String] = []
  /// Whether everything is as it was published, or at least complete.
  public private(set) var isComplete = true

  /// Compares the published files that are there with their SHA-256, then decodes every image
  /// and compares the pixels with those that are kept from an earlier start.
  ///
  /// A file may be packed anew, or unpacked: then its bytes differ, and the number of classes and images decides.
  /// - Throws: `DataError` where there is nothing, or a file is damaged.
  public init(of dataSet: DataSet, in folders: DataFolders) throws(DataError) {
    let folder = try folders.find(dataSet)
    for file in dataSet.files {
      let path = "\(folder)/\(file.name)"
      guard FileTree.exists(path) else {
        lines.append("\(path): not there")
        continue
      }
      let found = try SHA256.ofFile(path)
      lines.append(
        found == file.sha256
          ? "\(path): the published file" : "\(path): not the published file: SHA-256 \(file.sha256), found \(found)")
    }
    try count(dataSet, dataSet.source, folder, fallback: folders.cache)
  }

  private mutating func count(
    _ dataSet: DataSet, _ source: some ImageSource, _ folder: String, fallback: String
  ) throws(DataError) {
    let sink = DigestSink()
    var builder = ImageSetBuilder(shape: source.shape, sink: sink)
    try source.read(folder, into: &builder)
    let classes = builder.classes
    let images = classes.reduce(0) { $0 + $1.images.count }
    let published = dataSet.published
    // MNIST's two parts have the same ten classes.
    let names = Set(classes.map { $0.name.split(separator: " ").last ?? "" })
    isComplete = (names.count, images) == published
    let found = "\(names.count) classes, \(images) images"
    lines.append(
      "\(folder): "
        + (isComplete
          ? "complete: \(found)" : "expected \(published.classes) classes, \(published.images) images, found \(found)"))
    if let kept = try ImageCache(source, in: folder, fallback: fallback).kept(source) {
      let isSame = kept.images.digest == sink.digest.value && kept.images.classes == classes
      isComplete = isComplete && isSame
      lines.append(
        "\(kept.path): "
          + (isSame
            ? "the images of these files" : "not the images of these files: remove it, and a start makes it anew"))
    }
  }
}

/// Keeps nothing but the SHA-256 of the pixels: what can be appended has been decoded.
private final class DigestSink: PixelSink {
  let digest = SHA256()

  func append(_ pixels: [UInt8]) { digest.update(pixels) }
}
