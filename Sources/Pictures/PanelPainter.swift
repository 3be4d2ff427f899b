import Parts
import Scenes

/// What draws a picture of panels, one for each number of inner steps.
protocol PanelPainter {
  /// The title of the picture.
  var title: String { get }
  /// What the colours mean.
  var legend: [(text: String, color: Canvas.Color)] { get }
  /// The size of a panel, in pixels.
  var panelSize: (width: Double, height: Double) { get }
  /// The number of inner steps of each panel, and the score after them in words.
  var panels: [(step: Int, score: String)] { get }
  /// Draws a panel whose upper left corner is at a place.
  func draw(panel: Int, left: Double, top: Double, on canvas: Canvas)
}

/// A picture of panels as a file: all of them beside one another, or as a film one after another.
struct PanelPicture {
  private let painter: any PanelPainter

  init(_ painter: any PanelPainter) { self.painter = painter }

  // Sizes in pixels.
  private static let margin = 8.0
  private static let titleHeight = 26.0
  private static let legendHeight = 20.0
  private static let labelHeight = 24.0
  private static let gap = 20.0
  private static let widest = 1_000.0
  private static let (sampleWidth, legendGap) = (18.0, 14.0)

  /// The time that a film shows a panel, and the last one, in hundredths of a second.
  private static let (hundredths, restHundredths) = (70, 150)

  /// Returns the bytes of a file.
  func file(as format: FilmFormat) throws -> [UInt8] {
    let all = Array(painter.panels.indices)
    switch format {
    case .png:
      let size = size(of: all.count)
      let canvas = try Canvas(width: size.width, height: size.height, scale: 2)
      draw(all, on: canvas)
      return canvas.png()
    case .svg:
      let size = size(of: all.count)
      let canvas = try Canvas(svgOfWidth: size.width, height: size.height)
      draw(all, on: canvas)
      return canvas.svg()
    case .gif: return try gif()
    case .mp4:
      let size = size(of: 1)
      return try Video.mp4(
        width: size.width, height: size.height, secondsPerFrame: Double(Self.hundredths) / 100
      ) { write in
        for panel in all { try write(pixels(of: panel)) }
      }
    }
  }

  private func gif() throws -> [UInt8] {
    let frames = try painter.panels.indices.map { try pixels(of: $0) }
    let size = size(of: 1)
    let file = try AnimatedGIF(width: size.width, height: size.height, colorsOf: frames)
    for (index, frame) in frames.enumerated() {
      try file.add(frame, hundredths: index == frames.count - 1 ? Self.restHundredths : Self.hundredths)
    }
    return try file.finish()
  }

  private func pixels(of panel: Int) throws(UserError) -> [UInt8] {
    let size = size(of: 1)
    let canvas = try Canvas(width: size.width, height: size.height)
    draw([panel], on: canvas)
    return canvas.pixels
  }

  private func columns(of count: Int) -> Int {
    min(count, max(1, Int(Self.widest / (painter.panelSize.width + Self.gap))))
  }

  private func size(of count: Int) -> (width: Int, height: Int) {
    let columns = columns(of: count)
    let rows = (count + columns - 1) / columns
    let width = max(Double(columns) * (painter.panelSize.width + Self.gap) - Self.gap, wordsWidth) + 2 * Self.margin
    let height =
      Self.titleHeight + Self.legendHeight
      + Double(rows) * (Self.labelHeight + painter.panelSize.height + Self.margin)
    return (Int(width.rounded(.up)), Int(height.rounded(.up)))
  }

  /// The room that the title and the legend need at most.
  private var wordsWidth: Double {
    let legend = painter.legend.reduce(0) { $0 + Self.sampleWidth + Self.legendGap + 6.8 * Double($1.text.count) }
    return max(8 * Double(painter.title.count), legend)
  }

  private func draw(_ panels: [Int], on canvas: Canvas) {
    canvas.fill(
      x: 0, y: 0, width: Double(canvas.size.width), height: Double(canvas.size.height), PictureStyle.paper)
    canvas.text(painter.title, x: Self.margin, y: 18, size: 13, PictureStyle.ink)
    var x = Self.margin
    for (text, color) in painter.legend {
      canvas.fill(x: x, y: Self.titleHeight + 4, width: 14, height: 5, color)
      x += Self.sampleWidth
      canvas.text(text, x: x, y: Self.titleHeight + 11, size: 11, PictureStyle.faint)
      x += canvas.width(of: text, size: 11) + Self.legendGap
    }
    let (width, height) = painter.panelSize
    let columns = columns(of: panels.count)
    for (place, panel) in panels.enumerated() {
      let left = Self.margin + Double(place % columns) * (width + Self.gap)
      let top =
        Self.titleHeight + Self.legendHeight
        + Double(place / columns) * (Self.labelHeight + height + Self.margin)
      let (step, score) = painter.panels[panel]
      canvas.text(PictureStyle.label(ofStep: step), x: left, y: top + 14, size: 12, PictureStyle.ink)
      canvas.text(score, x: left + width, y: top + 14, size: 12, PictureStyle.ink, .right)
      painter.draw(panel: panel, left: left, top: top + Self.labelHeight, on: canvas)
    }
  }
}
