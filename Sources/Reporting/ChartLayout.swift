/// Where things are in the picture of a chart: the area of the lines, and their labels at its right.
///
/// Sizes are those of an area of 800 x 500 whose letters are 14 high, which all formats show in the same proportions.
struct ChartLayout {
  /// A label at the right end of a line.
  struct Label {
    /// The index of the line.
    var line: Int
    /// The rows of its text.
    var rows: [String]
    /// The height of its middle, as a share of the height of the lines' area.
    var height: Double
    /// The end of the line, as shares of the area.
    var end: (x: Double, y: Double)
  }

  /// The range of the horizontal axis.
  let x: ClosedRange<Double>
  /// The range of the vertical axis.
  let y: ClosedRange<Double>
  /// The labels, the lowest first.
  let labels: [Label]
  /// The size of the labels' letters, as a share of the others'.
  let labelSize: Double
  /// The edges of the lines' area, as shares of the picture from its left and its bottom.
  let (left, right, bottom, top): (Double, Double, Double, Double)
  /// The height of a row of a label, as a share of the height of the area.
  let rowHeight: Double

  private static let picture = (width: 800.0, height: 500.0)
  private static let letter = (width: 8.3, height: 17.5)
  /// The most letters of a label's row.
  private static let longestRow = 30
  /// The room between an area and the letters of the labels.
  private static let gap = 40.0

  init(_ chart: CurveChart) {
    x = Self.range(of: chart.lines.flatMap { $0.points.map(\.x) }, below: 0, above: 0)
    y = Self.range(of: chart.lines.flatMap { $0.points.flatMap { [$0.low, $0.high] } }, below: 0.04, above: 0.08)
    (left, bottom, top) = (0.115, 0.14, 0.9)
    let area = (top - bottom) * Self.picture.height
    let drawn = chart.lines.indices.filter { !chart.lines[$0].points.isEmpty }
    let titles = drawn.map { chart.lines[$0].title }
    /// The share of the full size at which so many rows have room.
    func size(of texts: [[String]]) -> Double {
      min(1, area / (Double(max(texts.map(\.count).reduce(0, +), 1)) * Self.letter.height))
    }
    func widest(_ texts: [[String]]) -> Double { Double(max(1, texts.flatMap { $0.map(\.count) }.max() ?? 1)) }
    var texts = titles.map { Self.wrapped($0, to: Self.longestRow) }
    // More labels than have room at full size are smaller, so that more letters have room in a row.
    texts = titles.map { Self.wrapped($0, to: Int(Double(Self.longestRow) / size(of: texts))) }
    labelSize = min(size(of: texts), Double(Self.longestRow) / widest(texts))
    let rowHeight = labelSize * Self.letter.height / area
    self.rowHeight = rowHeight
    right = 1 - (Self.gap + widest(texts) * labelSize * Self.letter.width) / Self.picture.width

    let (x, y) = (x, y)
    let ends = drawn.map { line in
      let last = chart.lines[line].points[chart.lines[line].points.count - 1]
      return (x: Self.share(last.x, of: x), y: Self.share(last.mean, of: y))
    }
    let heights = Self.spread(ends.map(\.y), sizes: texts.map { Double($0.count) * rowHeight })
    labels = drawn.indices.map { index in
      Label(line: drawn[index], rows: texts[index], height: heights[index], end: ends[index])
    }.sorted { $0.height < $1.height }
  }

  private static func share(_ value: Double, of range: ClosedRange<Double>) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  private static func range(of values: [Double], below: Double, above: Double) -> ClosedRange<Double> {
    guard let low = values.min(), let high = values.max() else { return 0...1 }
    guard low < high else {
      let reach = max(abs(low) / 2, 0.5)
      return low - reach...high + reach
    }
    return low - below * (high - low)...high + above * (high - low)
  }

  /// Returns the rows of a text, of at most so many letters: broken between words, and inside of longer ones, such as a path.
  static func wrapped(_ text: String, to longestRow: Int) -> [String] {
    var rows: [String] = []
    for word in text.split(separator: " ") {
      var rest = word
      if let last = rows.last, last.count + 1 + word.count <= longestRow {
        rows[rows.count - 1] = "\(last) \(word)"
        continue
      }
      while !rest.isEmpty {
        rows.append(String(rest.prefix(longestRow)))
        rest = rest.dropFirst(longestRow)
      }
    }
    return rows
  }

  /// Returns the middles of labels between 0 and 1 that are as near as can be to the wanted ones, in the same order, and do
  /// not overlap: neighbours that would are moved apart as one block. Sizes whose sum is above 1 cannot be kept apart.
  static func spread(_ wanted: [Double], sizes: [Double]) -> [Double] {
    struct Block {
      var members: [Int]
      var size: Double
      var middle: Double
    }
    func inside(_ block: Block) -> Block {
      var block = block
      block.middle = min(max(block.middle, block.size / 2), max(1 - block.size / 2, block.size / 2))
      return block
    }
    var blocks: [Block] = []
    for index in wanted.indices.sorted(by: { (wanted[$0], $0) < (wanted[$1], $1) }) {
      var block = inside(Block(members: [index], size: sizes[index], middle: wanted[index]))
      while let last = blocks.last, last.middle + last.size / 2 > block.middle - block.size / 2 {
        blocks.removeLast()
        let members = last.members + block.members
        let middle = members.reduce(0) { $0 + wanted[$1] } / Double(members.count)
        block = inside(Block(members: members, size: last.size + block.size, middle: middle))
      }
      blocks.append(block)
    }
    var middles = wanted
    for block in blocks {
      var low = block.middle - block.size / 2
      for member in block.members {
        middles[member] = low + sizes[member] / 2
        low += sizes[member]
      }
    }
    return middles
  }
}
