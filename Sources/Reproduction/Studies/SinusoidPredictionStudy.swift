import Evaluation
import Foundation
import Parts
import Runs
import Scenes
import Training

extension Study {
  /// Figure 2 of MLSR: what is predicted of sine waves of any frequency before adaptation, after one step and after ten.
  static let sinusoidPredictions = Study(
    name: "mlsr-figure-2",
    summary: "predictions of sinusoids of any frequency by MLSR and MAML before and after gradient steps",
    source: "Lou, Zhao, Wang 2021, figure 2 (curves, no numbers)"
  ) { request in
    let study = SinusoidPredictionStudy(
      iterations: request.isQuick ? 6_000 : 20_000, tasks: request.isQuick ? 100 : 600)
    let found = try request.map(study.learners) { try study.adapted($0, shouldStop: request.shouldStop) }
    return found.map(study.findings)
  }
}

/// Learners of the task family `sinusoid-frequency`, each of one seed, which adapt to held-out tasks.
struct SinusoidPredictionStudy: Sendable {
  /// A trained learner.
  struct Learner: Sendable {
    /// The name in the table, and that of its charts' files; nil where nothing is drawn of it.
    let label: String
    let chartName: String?
    let settings: [String]
    let isTrained: Bool
  }

  /// What a learner does on held-out tasks.
  struct Adapted: Sendable {
    let learner: Learner
    /// The functions of the drawn tasks in the order of their frequencies, with the predictions after each of `stepCounts`.
    let functions: [AdaptedFunction]
    /// The mean squared error over all held-out tasks after each of `stepCounts`, on 10 examples of each.
    let errors: [Double]
  }

  /// The numbers of inner steps after which predictions are drawn (figure 2).
  static let stepCounts = [0, 1, 10]
  /// The drawn tasks: of the first held-out ones in the order of their frequencies, the numbers of some, with their names.
  private static let (candidates, drawn) = (9, [(0, "low"), (4, "middle"), (8, "high")])
  /// The number of points of a drawn curve, at most.
  static let points = 60

  /// The number of iterations of each training.
  let iterations: Int
  /// The number of held-out tasks.
  let tasks: Int

  /// The random network, then MAML and MLSR with the settings of figure 3.
  let learners =
    [Learner(label: "random", chartName: nil, settings: ["algorithm=random"], isTrained: false)]
    + [1, 5].flatMap { (steps: Int) in
      [("MAML", "maml", []), ("MLSR, rate 0.1", "mlsr", ["inner_rate=0.1"])].map { label, algorithm, settings in
        Learner(
          label: "\(label), trained with \(steps.counted("step"))", chartName: steps == 5 ? algorithm : nil,
          settings: ["algorithm=\(algorithm)", "inner_steps=\(steps)"] + settings, isTrained: true)
      }
    }

  /// Trains a learner and adapts it to held-out tasks.
  /// - Returns: nil where `shouldStop` ended the training.
  func adapted(_ learner: Learner, shouldStop: () -> Bool) throws -> Adapted? {
    let configuration = try configuration(of: learner)
    let catalog = Catalog.standard
    var trainer = try catalog.makeTrainer(configuration)
    let iterations = learner.isTrained ? iterations : 0
    for iteration in 0..<iterations {
      guard !shouldStop() else { return nil }
      _ = try trainer.iterate(iteration + 1)
    }
    let checkpoint = Checkpoint(
      iteration: iterations, environmentSteps: 0, identity: try RunIdentity(configuration), contents: trainer.checkpoint
    )
    let seed = ReproductionRunner.evaluationSeed
    let outcomes = try catalog.makeEvaluator(configuration).evaluate(
      EvaluationRequest(
        checkpoint: checkpoint.contents, tasks: tasks, steps: Self.stepCounts.max() ?? 0, seed: seed))
    guard let rehearsal = try catalog.makeRehearsal(configuration) else {
      preconditionFailure("nothing of \(configuration.taskName) can be drawn")
    }
    let functions = try (1...Self.candidates).map { task in
      let request = RehearsalRequest(checkpoint: checkpoint, task: "\(task)", steps: Self.stepCounts, seed: seed)
      guard case .function(let function) = try rehearsal.picture(request) else {
        preconditionFailure("a task of \(configuration.taskName) is not a function of one variable")
      }
      return function
    }.sorted { Self.frequency(of: $0) < Self.frequency(of: $1) }
    return Adapted(
      learner: learner, functions: Self.drawn.map { functions[$0.0] },
      errors: Self.stepCounts.map { step in outcomes.reduce(0) { $0 + $1.scores[step] } / Double(outcomes.count) })
  }

  /// The run that trains a learner.
  func configuration(of learner: Learner) throws -> RunConfiguration {
    try RunConfiguration(
      settings: ["task=sinusoid-frequency", "iterations=\(iterations)", "workers=1"] + learner.settings)
  }

  /// Returns the frequency w of sin(w x), which is its derivative at 0, by the point nearest to it.
  static func frequency(of function: AdaptedFunction) -> Double {
    let places = function.truth.filter { $0.x != 0 }
    return places.min { abs($0.x) < abs($1.x) }.map { $0.y / $0.x } ?? 0
  }

  /// Returns the mean squared errors of a function's predictions at all of its points.
  static func errors(of function: AdaptedFunction) -> [Double] {
    function.predictions.map { prediction in
      zip(prediction.values, function.truth).reduce(0) { sum, pair in
        sum + (pair.0 - pair.1.y) * (pair.0 - pair.1.y)
      } / Double(function.truth.count)
    }
  }

  /// The table of the errors, and a chart of each drawn task.
  func findings(_ all: [Adapted]) -> StudyResult.Findings {
    StudyResult.Findings(
      preface:
        "mean squared error on sine waves before adaptation, after 1 and after \(Self.stepCounts[2]) gradient steps on 20 "
        + "examples: of the lowest, the middle and the highest frequency of the first \(Self.candidates) held-out tasks on 400 "
        + "points, and the mean of \(tasks) on 10 each; one seed, \(iterations) iterations of 25 tasks; MLSR keeps its norm of "
        + "0.0001 and adapts the output layer alone, by steps of 0.1 in place of the paper's 0.01; charts are of the learners "
        + "that are trained with 5 steps",
      tables: [
        StudyResult.Table(
          corner: "before / 1 step / \(Self.stepCounts[2]) steps",
          columns: all[0].functions.map(Self.name) + ["mean of \(tasks) tasks"],
          rows: all.map { adapted in
            StudyResult.Row(
              label: adapted.learner.label, cells: adapted.functions.map(Self.errors) + [adapted.errors])
          })
      ],
      charts: all.flatMap { adapted in
        adapted.learner.chartName.map { name in
          zip(Self.drawn, adapted.functions).map { drawn, function in
            chart(of: function, "\(name)-\(drawn.1)", "\(adapted.learner.label): \(Self.name(of: function))")
          }
        } ?? []
      })
  }

  private static func name(of function: AdaptedFunction) -> String {
    "sin(\(String(format: "%.2f", frequency(of: function))) x)"
  }

  /// The indices of the numbers that are nearest to places at equal distances, of ascending numbers.
  static func spread(_ x: [Double]) -> [Int] {
    guard let low = x.first, let high = x.last else { return [] }
    let nearest = (0..<points).map { number in
      let place = low + (high - low) * Double(number) / Double(points - 1)
      return x.indices.reduce(0) { abs(x[$1] - place) < abs(x[$0] - place) ? $1 : $0 }
    }
    return Set(nearest).sorted()
  }

  private func chart(of function: AdaptedFunction, _ name: String, _ title: String) -> StudyResult.Chart {
    let chosen = Self.spread(function.truth.map(\.x))
    // The file of the result needs no more digits than can be seen.
    func rounded(_ value: Double) -> Double { (1_000 * value).rounded() / 1_000 }
    let x = chosen.map { rounded(function.truth[$0].x) }
    func curve(_ title: String, _ value: (Int) -> Double) -> StudyResult.Curve {
      StudyResult.Curve(title: title, x: x, y: chosen.map { rounded(value($0)) })
    }
    return StudyResult.Chart(
      name: name, title: title, xLabel: "x", yLabel: "y",
      curves: [curve("target") { function.truth[$0].y }]
        + function.predictions.map { prediction in
          let title = prediction.step == 0 ? "before adaptation" : "after \(prediction.step.counted("step"))"
          return curve(title) { prediction.values[$0] }
        })
  }
}
