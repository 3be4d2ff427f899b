import Foundation
import Runs
import Training

/// The progress of a training: one live line on a terminal, elsewhere a plain line every ten seconds. An iteration may take
/// less than a millisecond, so that only an iteration per interval is shown, and the last one.
final class ProgressDisplay {
  private let isLive = Console.isTerminal
  private let iterations: Int
  private let clock = ContinuousClock()
  /// The first iteration that was shown, and the time then: it takes longer than those that follow.
  private var start: (iteration: Int, time: ContinuousClock.Instant)?
  private var lastPrint: ContinuousClock.Instant?
  private var pending: TrainingRun.Progress?

  /// The time between two lines, or between two states of the live line.
  private var interval: Duration { isLive ? .milliseconds(100) : .seconds(10) }

  /// Creates a display for a training up to `iterations`.
  init(iterations: Int) { self.iterations = iterations }

  /// Shows an iteration where its interval has passed.
  func show(_ progress: TrainingRun.Progress) {
    if start == nil { start = (progress.iteration, clock.now) }
    if let lastPrint, clock.now - lastPrint < interval {
      pending = progress
    } else {
      print(progress)
      lastPrint = clock.now
    }
  }

  /// Prints a line on standard error in place of the live line, which reappears with the next iteration.
  func warn(_ line: String) {
    if isLive, lastPrint != nil { Console.write("\r\u{1B}[K") }
    Console.printError(line)
  }

  /// Shows the last iteration, and ends the live line.
  func finish() {
    if let pending { print(pending) }
    if isLive, lastPrint != nil { Console.write("\n") }
  }

  private func print(_ progress: TrainingRun.Progress) {
    pending = nil
    Console.write(isLive ? "\r\u{1B}[K" + line(progress).prefix(Console.width - 1) : line(progress) + "\n")
  }

  private func line(_ progress: TrainingRun.Progress) -> String {
    var perIteration = progress.seconds
    if let start, progress.iteration > start.iteration {
      perIteration = (clock.now - start.time) / .seconds(Double(progress.iteration - start.iteration))
    }
    var parts = ["iteration \(progress.iteration)/\(iterations)"]
    if let before = progress.row["return_before"], let after = progress.row["return_after"] {
      parts.append("return \(Self.short(before)) -> \(Self.short(after))")
    } else if let before = progress.row["accuracy_before"], let after = progress.row["accuracy_after"] {
      parts.append("accuracy \(Self.significant(before)) -> \(Self.significant(after))")
    } else if let before = progress.row["loss_before"], let after = progress.row["loss_after"] {
      parts.append("loss \(Self.significant(before)) -> \(Self.significant(after))")
    } else if let loss = progress.row["loss"] {
      parts.append("loss \(Self.significant(loss))")
    }
    if progress.row.environmentSteps > 0 { parts.append("\(Int(progress.stepsPerSecond)) steps/s") }
    // A short first iteration, most of which is spent on what happens once, says nothing of the others.
    let isKnown =
      progress.iteration > start?.iteration ?? 0 || progress.seconds >= 1 || progress.iteration == iterations
    if isKnown { parts.append("\(Self.time(perIteration * Double(iterations - progress.iteration))) left") }
    return parts.joined(separator: "  ")
  }

  private static func short(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "\(value)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  private static func significant(_ value: Double) -> String { String(format: "%.3g", value) }

  private static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min \(whole % 60) s" : "\(whole) s"
  }
}
