import Scenes

/// Draws the images of a few classes: those that a learner adapts to, and those whose classes it predicts.
struct ImagesPainter: PanelPainter {
  private let images: ClassifiedImages
  private let classes: Range<Int>
  private let columns: (support: Int, queries: Int)

  init(_ images: ClassifiedImages) {
    self.images = images
    classes = 0..<min(images.support.count, Self.most.classes)
    columns = (
      min(images.support.map(\.count).max() ?? 0, Self.most.support),
      min(images.queries.map(\.count).max() ?? 0, Self.most.queries)
    )
  }

  /// What is drawn of many classes and images.
  private static let most = (classes: 20, support: 5, queries: 10)
  // Sizes in pixels.
  private static let side = 44.0
  private static let pace = 52.0
  private static let rowHeight = 64.0
  private static let names = 56.0
  private static let gap = 16.0
  private static let heading = 16.0

  var title: String { "\(images.title): \(images.task)" }

  var legend: [(text: String, color: Canvas.Color)] {
    [("right", PictureStyle.first), ("wrong, with the class that is predicted", PictureStyle.mark)]
  }

  var panelSize: (width: Double, height: Double) {
    (
      Self.names + Double(columns.support + columns.queries) * Self.pace + Self.gap,
      Self.heading + Double(classes.count) * Self.rowHeight
    )
  }

  var panels: [(step: Int, score: String)] {
    images.predictions.map {
      ($0.step, "accuracy \((100 * images.accuracy(of: $0)).rounded(toDigits: 1))% of \(queryCount) queries")
    }
  }

  private var queryCount: Int { images.queries.map(\.count).reduce(0, +) }

  /// What of the queries is drawn.
  private var queryHeading: String {
    let most = images.queries.map(\.count).max() ?? 0
    let names = images.support.count > classes.count ? ["\(classes.count) of \(images.support.count) classes"] : []
    let counts = most > columns.queries ? ["\(columns.queries) of \(most) of a class"] : []
    return (["queries"] + names + counts).joined(separator: ", ")
  }

  func draw(panel: Int, left: Double, top: Double, on canvas: Canvas) {
    let queries = left + Self.names + Double(columns.support) * Self.pace + Self.gap
    canvas.text("adapts to", x: left + Self.names, y: top + 11, size: 11, PictureStyle.faint)
    canvas.text(queryHeading, x: queries, y: top + 11, size: 11, PictureStyle.faint)
    for row in classes {
      let y = top + Self.heading + Double(row) * Self.rowHeight
      canvas.text("class \(row)", x: left, y: y + Self.side / 2 + 4, size: 11, PictureStyle.ink)
      for (column, pixels) in images.support[row].prefix(columns.support).enumerated() {
        draw(pixels, x: left + Self.names + Double(column) * Self.pace, y: y, PictureStyle.line, on: canvas)
      }
      let predicted = images.predictions[panel].classes[row]
      for (column, pixels) in images.queries[row].prefix(columns.queries).enumerated() {
        let x = queries + Double(column) * Self.pace
        let isRight = predicted[column] == row
        draw(pixels, x: x, y: y, isRight ? PictureStyle.first : PictureStyle.mark, on: canvas)
        guard !isRight else { continue }
        canvas.text(
          "\(predicted[column])", x: x + Self.side / 2, y: y + Self.side + 13, size: 11, PictureStyle.mark, .center)
      }
    }
  }

  private func draw(_ pixels: ClassifiedImages.Pixels, x: Double, y: Double, _ frame: Canvas.Color, on canvas: Canvas) {
    canvas.fill(x: x, y: y, width: Self.side, height: Self.side, frame)
    let inside = Self.side - 5
    canvas.image(pixels, width: images.width, height: images.height, x: x + 2.5, y: y + 2.5, side: inside)
  }
}
