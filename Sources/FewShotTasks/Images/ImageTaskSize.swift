/// The size of a few-shot task of images: N ways, K shots, and queries.
public struct ImageTaskSize: Hashable, Sendable {
  /// The number of classes of a task.
  public var ways: Int
  /// The number of images of each class that a task adapts to.
  public var shots: Int
  /// The number of images of each class that a task is scored by.
  public var queries: Int

  /// Creates a size; all counts must be positive.
  public init(ways: Int, shots: Int, queries: Int) {
    precondition(
      ways > 1 && shots > 0 && queries > 0, "no task has \(ways) ways, \(shots) shots and \(queries) queries")
    (self.ways, self.shots, self.queries) = (ways, shots, queries)
  }
}

/// The encoding of the classes of a task in its targets.
enum ImageLabels: Hashable, Sendable {
  /// One element for each class: 1 for the image's class and 0 for the others.
  case oneHot(ways: Int)
  /// One element: 0 or 1 for the first or the second of two classes.
  case binary

  /// The number of elements of a target.
  var targetSize: Int {
    switch self {
    case .oneHot(let ways): ways
    case .binary: 1
    }
  }

  /// Writes the target of an image of the class `index` of a task.
  func write(class index: Int, row: Int, into targets: inout MutableSpan<Float>) {
    switch self {
    case .oneHot(let ways): for other in 0..<ways { targets[row * ways + other] = other == index ? 1 : 0 }
    case .binary: targets[row] = Float(index)
    }
  }
}
