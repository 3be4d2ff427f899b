import Parts
import Runs
import Training

extension ProgressPoint {
  /// Creates the point of a training after an iteration.
  init(_ progress: TrainingRun.Progress) {
    self.init(done: progress.iteration, all: progress.iterations) { ProgressDetails(progress) }
  }
}

extension ProgressDetails {
  fileprivate init(_ progress: TrainingRun.Progress) {
    let row = progress.row
    highlights = Self.score(in: row).map { [$0] } ?? []
    metrics = row.values
    guard row.environmentSteps > 0 else { return }
    asides = ["\(ReadableNumber.grouped(progress.stepsPerSecond)) steps/s"]
    metrics.append(("environment_steps", Double(progress.environmentSteps)))
    metrics.append(("environment_steps_per_second", progress.stepsPerSecond))
  }

  /// The score of a row: before and after the inner steps, where it has both.
  private static func score(in row: MetricsRow) -> String? {
    func change(_ name: String, _ text: (Double) -> String) -> String? {
      guard let before = row["\(name)_before"], let after = row["\(name)_after"] else { return nil }
      return "\(name) \(text(before)) -> \(text(after))"
    }
    return change("return", ReadableNumber.oneDecimal) ?? change("accuracy", ReadableNumber.significant)
      ?? change("loss", ReadableNumber.significant) ?? row["loss"].map { "loss \(ReadableNumber.significant($0))" }
  }
}

/// One training of the command line: its lines before it, its progress and its last line.
struct WatchedTraining {
  let training: TrainingRun
  let options: ProgressOptions
  /// Lines about the run that come before its progress.
  var remarks: [String] = []
  /// Whether the folder keeps a page of the run.
  var keepsPage = false

  /// What the run is, for programs.
  private var facts: [ProgressFact] {
    let configuration = training.configuration
    return [
      ("run", training.folder.path), ("task", configuration.taskName), ("algorithm", configuration.algorithmName),
      ("seed", configuration.run.seed),
    ]
  }

  /// Trains up to the last iteration.
  /// - Returns: false where a signal stopped the training.
  func train(_ interruption: @autoclosure () -> Interruption) throws -> Bool {
    let iterations = training.iterations
    let display = ProgressDisplay("train", counting: .iteration, about: facts, options: options, to: .output)
    remarks.forEach(display.note)
    let before = (iterations: training.completedIterations, steps: training.environmentSteps)
    guard before.iterations < iterations else {
      try finishComplete(display)
      return true
    }
    let interruption = interruption()
    let page = keepsPage ? RunningReport(training.folder) : nil
    display.begin(before.iterations, of: iterations)
    var outcome: TrainingRun.Outcome?
    do {
      // No other line may follow an unfinished live line.
      defer {
        let ending: ProgressDisplay.Outcome =
          switch outcome {
          case .completed: .completed
          case .interrupted: .interrupted
          case nil: .failed
          }
        display.finish(ending)
        training.summaries.forEach(Console.printError)
      }
      outcome = try training.train(
        shouldStop: { interruption.isRequested },
        report: { progress in
          display.show(ProgressPoint(progress))
          page?.update()
        }, warn: display.warn)
    }
    page?.finish()
    if !display.isForPrograms { Console.printLine(lastLine(outcome, since: before, seconds: display.seconds)) }
    return outcome == .completed
  }

  /// Says that nothing is left to train.
  private func finishComplete(_ display: ProgressDisplay) throws {
    let iterations = training.iterations
    if display.isForPrograms {
      display.begin(iterations, of: iterations)
      display.finish(.completed)
    } else {
      let line = RunFolder.completeText(
        training.folder.path, completed: training.completedIterations, asked: iterations)
      Console.printLine("\(line); a larger --iterations extends it")
    }
    if keepsPage { RunningReport(training.folder).finish() }
  }

  private func lastLine(
    _ outcome: TrainingRun.Outcome?, since before: (iterations: Int, steps: Int), seconds: Double
  ) -> String {
    let path = training.folder.path
    guard outcome == .completed else {
      return "stopped after iteration \(training.completedIterations), with a checkpoint; "
        + "go on with: \(ProgramName.current) train --resume \(path)"
    }
    let (iterations, steps) = (
      training.completedIterations - before.iterations, training.environmentSteps - before.steps
    )
    let work =
      ReadableNumber.counted(iterations, "iteration")
      + (steps > 0 ? ", \(ReadableNumber.grouped(steps)) environment steps" : "")
    return "finished \(work) in \(ReadableNumber.duration(seconds)); next: \(ProgramName.current) evaluate \(path)"
  }
}
