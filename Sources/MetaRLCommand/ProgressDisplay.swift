import Experiments

/// How far a training is: one live line on a terminal, elsewhere a plain line every ten seconds.
final class ProgressDisplay {
  private let isLive = Console.isTerminal
  private let firstIteration: Int
  private let iterations: Int
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var lastPrint: ContinuousClock.Instant?
  private var lastShown = ""
  private var isLastPrinted = true

  /// Between two plain lines.
  private static let interval = Duration.seconds(10)

  /// Creates a display for a training that goes from `firstIteration` to `iterations`.
  init(firstIteration: Int, iterations: Int) {
    self.firstIteration = firstIteration
    self.iterations = iterations
    start = clock.now
  }

  /// Shows an iteration.
  func show(_ progress: TrainingRun.Progress) {
    lastShown = line(progress)
    if isLive {
      Console.write("\r\u{1B}[K" + lastShown.prefix(Console.width - 1))
      return
    }
    isLastPrinted = lastPrint.map { clock.now - $0 >= Self.interval } ?? true
    if isLastPrinted {
      Console.write(lastShown + "\n")
      lastPrint = clock.now
    }
  }

  /// Ends the live line, or prints the last iteration's.
  func finish() {
    guard !lastShown.isEmpty else { return }
    if isLive {
      Console.write("\n")
    } else if !isLastPrinted {
      Console.write(lastShown + "\n")
    }
  }

  private func line(_ progress: TrainingRun.Progress) -> String {
    let elapsed = (clock.now - start) / .seconds(1)
    let perIteration = elapsed / Double(progress.iteration - firstIteration)
    var parts = ["iteration \(progress.iteration)/\(iterations)"]
    if let before = progress.row["return_before"], let after = progress.row["return_after"] {
      parts.append("return \(Self.short(before)) -> \(Self.short(after))")
    } else if let loss = progress.row["loss"] {
      parts.append("loss \(Self.short(loss))")
    }
    if progress.row.environmentSteps > 0 { parts.append("\(Int(progress.stepsPerSecond)) steps/s") }
    parts.append("\(Self.time(perIteration * Double(iterations - progress.iteration))) left")
    return parts.joined(separator: "  ")
  }

  private static func short(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "\(value)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  private static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
