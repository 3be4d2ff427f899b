public import ImageData
public import RandomStreams

/// Tasks of N characters of an unlimited alphabet: every task draws new characters, and every image of a character is
/// drawn with a new handwriting.
///
/// The generator is the project's own, with the image size and the protocol of Omniglot, for tests and first steps without
/// data.
public struct GlyphTasks: TaskDistribution {
  /// The characters, in the order of their labels.
  public typealias Task = [Glyph]

  /// The shape of the images: 28 x 28 pixels, with ink 1 on background 0.
  public static let shape = ImageShape(height: 28, width: 28, channels: 1)

  private let ways: Int
  private let labels: ImageLabels

  public var inputSize: Int { Self.shape.count }
  public var targetSize: Int { labels.targetSize }

  /// Creates a distribution of tasks of `ways` characters.
  public init(ways: Int) {
    precondition(ways > 1, "a task needs at least two characters, not \(ways)")
    self.ways = ways
    labels = .oneHot(ways: ways)
  }

  public func sampleTask(from stream: inout RandomStream) -> [Glyph] { (0..<ways).map { _ in Glyph(from: &stream) } }

  public func writeExamples(
    of glyphs: [Glyph], rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
    targets: inout MutableSpan<Float>
  ) {
    precondition(rows.count.isMultiple(of: ways), "\(rows.count) rows for \(ways) characters")
    let count = rows.count / ways
    for (index, row) in rows.enumerated() {
      let pen = GlyphPen(from: &stream)
      pen.write(glyphs[index / count], from: &stream, into: &inputs, at: row * inputSize)
      labels.write(class: index / count, row: row, into: &targets)
    }
  }
}
