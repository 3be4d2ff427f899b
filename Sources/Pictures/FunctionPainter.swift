import Scenes

/// Draws a function of one variable, the examples that a learner adapts to, and its predictions.
struct FunctionPainter: PanelPainter {
  private let function: AdaptedFunction
  private let x: Axis
  private let y: Axis

  init(_ function: AdaptedFunction) {
    self.function = function
    x = Axis(covering: (function.truth + function.support).map(\.x), pixels: Self.area.width, apart: 45)
    y = Axis(covering: Self.values(of: function), pixels: Self.area.height, apart: 28)
  }

  /// What the vertical axis has room for: the truth, and predictions as far as they do not make it small.
  private static func values(of function: AdaptedFunction) -> [Double] {
    let known = (function.truth + function.support).map(\.y)
    guard let low = known.min(), let high = known.max() else { return [] }
    let reach = max(high - low, 0.1)
    let predicted = function.predictions.flatMap(\.values).filter(\.isFinite)
    return known + predicted.map { min(max($0, low - reach), high + reach) }
  }

  private static let area = (left: 34.0, width: 280.0, height: 180.0, bottom: 20.0)

  var title: String { "\(function.title): \(function.task)" }

  var legend: [(text: String, color: Canvas.Color)] {
    [
      ("true function", PictureStyle.faint), ("prediction", PictureStyle.first),
      ("examples it adapts to", PictureStyle.mark),
    ]
  }

  var panelSize: (width: Double, height: Double) {
    (Self.area.left + Self.area.width, Self.area.height + Self.area.bottom)
  }

  var panels: [(step: Int, score: String)] {
    function.predictions.map { ($0.step, "loss \($0.loss.rounded(toDigits: 3))") }
  }

  func draw(panel: Int, left: Double, top: Double, on canvas: Canvas) {
    let origin = (x: left + Self.area.left, y: top + Self.area.height)
    func place(_ horizontal: Double, _ vertical: Double) -> (x: Double, y: Double) {
      (origin.x + x.pixel(of: horizontal), origin.y - y.pixel(of: vertical))
    }
    canvas.fill(x: origin.x, y: top, width: Self.area.width, height: Self.area.height, PictureStyle.sky)
    for tick in x.ticks {
      let spot = place(tick, y.low)
      canvas.stroke([spot, (spot.x, top)], width: 0.5, PictureStyle.line)
      canvas.text(x.text(of: tick), x: spot.x, y: spot.y + 14, size: 10, PictureStyle.faint, .center)
    }
    for tick in y.ticks {
      let spot = place(x.low, tick)
      canvas.stroke([spot, (spot.x + Self.area.width, spot.y)], width: 0.5, PictureStyle.line)
      canvas.text(y.text(of: tick), x: spot.x - 5, y: spot.y + 4, size: 10, PictureStyle.faint, .right)
    }
    canvas.clipped(x: origin.x, y: top, width: Self.area.width, height: Self.area.height) {
      canvas.stroke(function.truth.map { place($0.x, $0.y) }, width: 2, PictureStyle.faint)
      let values = function.predictions[panel].values
      canvas.stroke(
        zip(function.truth, values).map { place($0.x, $1.isFinite ? $1 : y.low) }, width: 2.5, PictureStyle.first)
      for example in function.support {
        canvas.stroke([place(example.x, example.y)], width: 7, PictureStyle.mark)
      }
    }
  }
}

/// An axis with marks at round numbers.
struct Axis {
  /// The ends.
  let (low, high): (Double, Double)
  /// The numbers that are marked.
  let ticks: [Double]
  private let pixels: Double
  private let digits: Int

  /// Creates an axis with a small margin around some values.
  /// - Parameters:
  ///   - pixels: its length.
  ///   - apart: the least distance of two marks, in pixels.
  init(covering values: [Double], pixels: Double, apart: Double) {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    let margin = max(0.04 * (most - least), 1e-6)
    let (low, high) = (least - margin, most + margin)
    let distance = (high - low) * apart / pixels
    var (step, digits) = (1.0, 0)
    while step > distance, digits < 9 { (step, digits) = (step / 10, digits + 1) }
    while step < distance / 10 { step *= 10 }
    let factor = [1.0, 2, 5, 10].first { $0 * step >= distance } ?? 10
    step *= factor
    let first = step * (low / step).rounded(.up)
    ticks = (0...100).map { [step] in first + step * Double($0) }.filter { $0 <= high }
    (self.low, self.high, self.pixels) = (low, high, pixels)
    self.digits = factor == 10 ? max(0, digits - 1) : digits
  }

  /// The distance of a value from the lower end.
  func pixel(of value: Double) -> Double { (value - low) / (high - low) * pixels }

  /// The text of a mark.
  func text(of tick: Double) -> String { tick.rounded(toDigits: digits) }
}
