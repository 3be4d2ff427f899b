public import Parts

/// A drawing of boxes at places of a grid, and of lines that lead from the lower side of a box to the upper side of another.
public struct BoxDiagram: Sendable {
  /// A box.
  public struct Box: Sendable {
    /// The look of a box.
    public enum Style: Sendable {
      /// What something begins or ends with.
      case end
      /// What is done.
      case operation
      /// A small box, where lines meet.
      case junction
    }

    let text: String
    let column: Double
    let row: Int
    let style: Style

    /// Creates a box.
    /// - Parameters:
    ///   - text: the text in the box.
    ///   - column: the place from left to right, from 0; a fraction is between two columns.
    ///   - row: the place from top to bottom, from 0.
    ///   - style: the look of the box.
    public init(_ text: String, column: Double, row: Int, style: Style) {
      (self.text, self.column, self.row, self.style) = (text, column, row, style)
    }
  }

  /// A line between two boxes, by their places in the list of boxes.
  public struct Line: Sendable {
    let from: Int
    let to: Int

    /// Creates a line down from the box `from` to the box `to`.
    public init(from: Int, to: Int) { (self.from, self.to) = (from, to) }
  }

  private let title: String
  private let boxes: [Box]
  private let lines: [Line]

  // Sizes in points.
  private static let cell = (width: 104.0, height: 46.0)
  private static let box = (width: 88.0, height: 26.0)
  private static let end = (width: 150.0, height: 26.0)
  private static let junction = (width: 26.0, height: 26.0)
  private static let margin = 28.0
  private static let heading = 34.0

  /// Creates a drawing.
  /// - Parameters:
  ///   - title: the text above the boxes.
  ///   - boxes: the boxes, of which there is one at least.
  ///   - lines: the lines, which are drawn below the boxes.
  public init(title: String, boxes: [Box], lines: [Line]) {
    precondition(
      lines.allSatisfy { boxes.indices.contains($0.from) && boxes.indices.contains($0.to) },
      "a line to a box that is not one of \(boxes.count)")
    (self.title, self.boxes, self.lines) = (title, boxes, lines)
  }

  private func center(_ box: Box) -> (x: Double, y: Double) {
    (
      Self.margin + (box.column + 0.5) * Self.cell.width,
      Self.heading + (Double(box.row) + 0.5) * Self.cell.height
    )
  }

  private func size(_ box: Box) -> (width: Double, height: Double) {
    switch box.style {
    case .end: Self.end
    case .operation: Self.box
    case .junction: Self.junction
    }
  }

  /// Returns the drawing as an SVG.
  /// - Throws: `UserError` where Cairo cannot draw it.
  public func svg() throws(UserError) -> [UInt8] {
    let columns = (boxes.map(\.column).max() ?? 0) + 1
    let rows = (boxes.map(\.row).max() ?? 0) + 1
    let width = Int(2 * Self.margin + max(columns, 2) * Self.cell.width)
    let height = Int(Self.heading + Double(rows) * Self.cell.height + Self.margin / 2)
    let canvas = try Canvas(svgOfWidth: width, height: height)
    canvas.fill(x: 0, y: 0, width: Double(width), height: Double(height), PictureStyle.paper)
    canvas.text(title, x: Self.margin, y: 22, size: 14, PictureStyle.ink)
    for line in lines {
      let (start, end) = (center(boxes[line.from]), center(boxes[line.to]))
      canvas.stroke(
        [
          (start.x, start.y + size(boxes[line.from]).height / 2), (end.x, end.y - size(boxes[line.to]).height / 2),
        ], width: 1.5, PictureStyle.faint)
    }
    for box in boxes { draw(box, on: canvas) }
    return canvas.svg()
  }

  private func draw(_ box: Box, on canvas: Canvas) {
    let (center, size) = (self.center(box), self.size(box))
    let color =
      switch box.style {
      case .end: PictureStyle.line
      case .operation: PictureStyle.second.strength(0.35)
      case .junction: PictureStyle.mark.strength(0.35)
      }
    canvas.fill(
      x: center.x - size.width / 2, y: center.y - size.height / 2, width: size.width, height: size.height, color)
    canvas.text(box.text, x: center.x, y: center.y + 4.5, size: 13, PictureStyle.ink, .center)
  }
}
