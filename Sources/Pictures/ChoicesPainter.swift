import Scenes

/// Draws the arms of a bandit: how much they pay, and how often each is pulled.
struct ArmsPainter: PanelPainter {
  private let choices: ChoiceCounts
  private let rewards: RewardShades

  init(_ choices: ChoiceCounts) {
    self.choices = choices
    rewards = RewardShades(choices.means)
  }

  // Sizes in pixels.
  private static let barHeight = 120.0
  private static let cellHeight = 20.0
  private static let names = 84.0

  private var pace: Double { min(44, max(8, 440 / Double(choices.choices.count))) }

  var title: String { "\(choices.title): \(choices.task)" }

  var legend: [(text: String, color: Canvas.Color)] {
    [("share of pulls", PictureStyle.first), ("mean reward, the darker the more", PictureStyle.second)]
  }

  var panelSize: (width: Double, height: Double) {
    (Self.names + Double(choices.choices.count) * pace, Self.barHeight + 2 * Self.cellHeight)
  }

  var panels: [(step: Int, score: String)] { choices.panels }

  func draw(panel: Int, left: Double, top: Double, on canvas: Canvas) {
    let counts = choices.steps[panel].counts[0]
    let total = Double(max(1, counts.reduce(0, +)))
    let (start, level) = (left + Self.names, top + Self.barHeight)
    let width = Double(counts.count) * pace
    canvas.fill(x: start, y: top, width: width, height: Self.barHeight, PictureStyle.sky)
    for share in [0.0, 0.5, 1] {
      let y = level - share * Self.barHeight
      canvas.stroke([(start, y), (start + width, y)], width: 0.5, PictureStyle.line)
      canvas.text("\(Int(100 * share))%", x: start - 5, y: y + 4, size: 10, PictureStyle.faint, .right)
    }
    canvas.text("mean reward", x: start - 5, y: level + 14, size: 10, PictureStyle.faint, .right)
    canvas.text("arm", x: start - 5, y: level + Self.cellHeight + 14, size: 10, PictureStyle.faint, .right)
    // Numbers that would run into one another are left out.
    let numbered = Int((26 / pace).rounded(.up))
    for (arm, count) in counts.enumerated() {
      let (x, height) = (start + Double(arm) * pace, Double(count) / total * Self.barHeight)
      canvas.fill(x: x + 0.15 * pace, y: level - height, width: 0.7 * pace, height: height, PictureStyle.first)
      let mean = choices.means[0][arm]
      canvas.fill(x: x, y: level, width: pace, height: Self.cellHeight, rewards.color(of: mean))
      guard arm.isMultiple(of: numbered) else { continue }
      if numbered == 1 {
        canvas.text(
          mean.rounded(toDigits: 2), x: x + pace / 2, y: level + 14, size: 10, PictureStyle.ink, .center)
      }
      canvas.text(
        "\(arm + 1)", x: x + pace / 2, y: level + Self.cellHeight + 14, size: 10, PictureStyle.ink, .center)
    }
  }
}

/// Draws a table of states and choices: how much each choice pays, and how often it is taken.
struct ChoicesPainter: PanelPainter {
  private let choices: ChoiceCounts
  private let rewards: RewardShades
  /// The largest number that a choice was taken, in any panel.
  private let most: Int

  init(_ choices: ChoiceCounts) {
    self.choices = choices
    rewards = RewardShades(choices.means)
    most = max(1, choices.steps.flatMap { $0.counts.joined() }.max() ?? 1)
  }

  // Sizes in pixels.
  private static let cell = (width: 56.0, height: 26.0)
  private static let names = 60.0
  private static let visits = 44.0
  private static let heading = 18.0

  var title: String { "\(choices.title): \(choices.task)" }

  var legend: [(text: String, color: Canvas.Color)] {
    [
      ("how often, by area", PictureStyle.first), ("mean reward, the darker the more", PictureStyle.second),
    ]
  }

  var panelSize: (width: Double, height: Double) {
    (
      Self.names + Double(choices.choices.count) * Self.cell.width + Self.visits,
      Self.heading + Double(choices.states.count) * Self.cell.height
    )
  }

  var panels: [(step: Int, score: String)] { choices.panels }

  func draw(panel: Int, left: Double, top: Double, on canvas: Canvas) {
    let counts = choices.steps[panel].counts
    let total = Double(max(1, counts.joined().reduce(0, +)))
    for (column, name) in choices.choices.enumerated() {
      let x = left + Self.names + (Double(column) + 0.5) * Self.cell.width
      canvas.text(name, x: x, y: top + 12, size: 10, PictureStyle.faint, .center)
    }
    let right = left + Self.names + Double(choices.choices.count) * Self.cell.width
    canvas.text("visits", x: right + Self.visits, y: top + 12, size: 10, PictureStyle.faint, .right)
    for (row, own) in counts.enumerated() {
      let y = top + Self.heading + Double(row) * Self.cell.height
      let middle = y + Self.cell.height / 2
      canvas.text(choices.states[row], x: left, y: middle + 4, size: 10, PictureStyle.ink)
      let share = 100 * Double(own.reduce(0, +)) / total
      canvas.text(
        "\(share.rounded(toDigits: 0))%", x: right + Self.visits, y: middle + 4, size: 10, PictureStyle.ink, .right)
      for (column, count) in own.enumerated() {
        let x = left + Self.names + Double(column) * Self.cell.width
        canvas.fill(
          x: x + 1, y: y + 1, width: Self.cell.width - 2, height: Self.cell.height - 2,
          rewards.color(of: choices.means[row][column]))
        guard count > 0 else { continue }
        let diameter = (Self.cell.height - 5) * (Double(count) / Double(most)).squareRoot()
        canvas.stroke([(x + Self.cell.width / 2, middle)], width: max(2, diameter), PictureStyle.first)
      }
    }
  }
}

/// The shades of mean rewards.
private struct RewardShades {
  private let (low, high): (Double, Double)

  init(_ means: [[Double]]) { (low, high) = (means.joined().min() ?? 0, means.joined().max() ?? 1) }

  func color(of mean: Double) -> Canvas.Color {
    PictureStyle.second.strength(0.05 + 0.75 * (mean - low) / max(high - low, 1e-9))
  }
}

extension ChoiceCounts {
  fileprivate var panels: [(step: Int, score: String)] {
    steps.map { ($0.step, "mean return \($0.meanReturn.rounded(toDigits: 1))") }
  }
}
