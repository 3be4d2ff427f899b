import ImageData
import Parts
public import RandomStreams

/// Tasks of N classes of a set of images, with K support images and other query images of each class.
///
/// No image is in both parts of a task. Rows are ordered by class. Source: Vinyals et al., "Matching networks for one shot
/// learning", 2016, section 4.1, whose protocol MAML and later papers follow.
public struct ImageTasks: TaskDistribution {
  /// A class of a task, and the number of rotations by 90 degrees of its images.
  public struct Member: Hashable, Sendable {
    /// The number of the class in the set.
    public var classNumber: Int
    public var quarterTurns: Int
  }

  /// A task: the classes in the order of their labels, and the random stream that chooses their images.
  public struct Task: Sendable {
    public let members: [Member]
    fileprivate let order: RandomStream
  }

  /// The sets of classes that can form a task.
  enum Choice: Sendable {
    /// Any distinct classes.
    case distinct
    /// Any distinct pairs of a class and a rotation: a rotated class counts as another class.
    case distinctWithTurns
    /// The classes of one of these groups, in any order.
    case groups([[Int]])
  }

  private let images: ImageSet
  private let size: ImageTaskSize
  private let choice: Choice
  private let labels: ImageLabels

  public var inputSize: Int { images.shape.count }
  public var targetSize: Int { labels.targetSize }

  /// - Throws: `DataError` where there are too few classes, or a class has too few images.
  init(
    of images: ImageSet, size: ImageTaskSize, choice: Choice, labels: ImageLabels, name: String
  ) throws(DataError) {
    let turns = if case .distinctWithTurns = choice { 4 } else { 1 }
    guard images.classes.count * turns >= size.ways else {
      throw DataError(
        at: name, expected: "at least \(size.ways) classes for \(size.ways) ways",
        found: "\(images.classes.count * turns); take fewer ways")
    }
    if case .groups(let groups) = choice, let last = groups.joined().max(), last >= images.classes.count {
      throw DataError(
        at: name, expected: (last + 1).counted("class", "classes"),
        found: "\(images.classes.count); \(ProgramName.current) data verify tells what is there")
    }
    let needed = size.shots + size.queries
    if let poor = images.classes.first(where: { $0.images.count < needed }) {
      throw DataError(
        at: "\(name): class \(poor.name)",
        expected: "at least \(needed.counted("image")) for \(size.shots.counted("shot")) and "
          + size.queries.counted("query", "queries"),
        found: "\(poor.images.count); take fewer shots or queries")
    }
    (self.images, self.size, self.choice, self.labels) = (images, size, choice, labels)
  }

  public func sampleTask(from stream: inout RandomStream) -> Task {
    let members: [Member]
    switch choice {
    case .distinct:
      members = stream.distinctIndices(size.ways, below: images.classes.count)
        .map { Member(classNumber: $0, quarterTurns: 0) }
    case .distinctWithTurns:
      members = stream.distinctIndices(size.ways, below: 4 * images.classes.count)
        .map { Member(classNumber: $0 / 4, quarterTurns: $0 % 4) }
    case .groups(let groups):
      let group = groups[stream.index(below: groups.count)]
      members = stream.distinctIndices(size.ways, below: group.count)
        .map { Member(classNumber: group[$0], quarterTurns: 0) }
    }
    return Task(members: members, order: stream)
  }

  /// Writes images of the support.
  public func writeExamples(
    of task: Task, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>
  ) {
    writeExamples(of: task, part: .support, rows: rows, from: &stream, inputs: &inputs, targets: &targets)
  }

  /// Writes images of one part. Both parts follow from the task's stream, which keeps them disjoint; `stream` is not used.
  public func writeExamples(
    of task: Task, part: ExamplePart, rows: Range<Int>, from stream: inout RandomStream,
    inputs: inout MutableSpan<Float>, targets: inout MutableSpan<Float>
  ) {
    precondition(rows.count.isMultiple(of: size.ways), "\(rows.count) rows for \(size.ways) classes")
    let count = rows.count / size.ways
    precondition(part == .support || count == size.queries, "\(count) queries of \(size.queries)")
    var row = rows.lowerBound
    for (index, chosen) in chosenImages(of: task, part: part, count: count).enumerated() {
      for image in chosen {
        images.write(
          image: image, quarterTurns: task.members[index].quarterTurns, into: &inputs, at: row * inputSize)
        labels.write(class: index, row: row, into: &targets)
        row += 1
      }
    }
  }

  /// The images of a part for each class. The queries are chosen first, so that they do not depend on the number of shots.
  func chosenImages(of task: Task, part: ExamplePart, count: Int) -> [[Int]] {
    var stream = task.order
    var pools = task.members.map { images.classes[$0.classNumber].images }
    for index in pools.indices { pools[index].drawToFront(0..<size.queries, from: &stream) }
    if part == .query { return pools.map { Array($0[..<size.queries]) } }
    let range = size.queries..<size.queries + count
    for index in pools.indices { pools[index].drawToFront(range, from: &stream) }
    return pools.map { Array($0[range]) }
  }
}

extension RandomStream {
  /// Distinct random whole numbers from 0 to `bound` - 1, in random order.
  mutating func distinctIndices(_ count: Int, below bound: Int) -> [Int] {
    var all = Array(0..<bound)
    all.drawToFront(0..<count, from: &self)
    return Array(all[..<count])
  }
}

extension Array {
  /// Makes the steps `range` of the Fisher-Yates shuffle: swaps a random element from the rest into each of these places.
  mutating func drawToFront(_ range: Range<Int>, from stream: inout RandomStream) {
    for place in range { swapAt(place, place + stream.index(below: count - place)) }
  }
}
