@testable import Evaluation
import Foundation
import RunFixtures
@testable import Reproduction
@testable import Runs
import Scenes
import Testing
@testable import Training

@Suite struct SinusoidPredictionTests {
  private static let study = SinusoidPredictionStudy(iterations: 300, tasks: 40)
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func adapted(_ label: String) throws -> SinusoidPredictionStudy.Adapted {
    let learner = try #require(Self.study.learners.first { $0.label == label })
    return try #require(try Self.study.adapted(learner, shouldStop: { false }))
  }

  /// The targets are sin(w x) with w in [0.5, 2], the same for every learner; a short training already adapts.
  @Test func learnersMeetTheSameSineWavesAndAdaptToThem() throws {
    let (random, mlsr) = (try adapted("random"), try adapted("MLSR, rate 0.1, trained with 5 steps"))
    #expect(random.functions.map(\.truth) == mlsr.functions.map(\.truth))
    for function in random.functions {
      // Where w x is below pi / 2, the sine tells w.
      let place = try #require(function.truth.first { $0.x > 0.3 && $0.x < 0.75 })
      let frequency = asin(place.y) / place.x
      #expect(frequency > 0.5 && frequency < 2)
      // y is a Float: w is known to 1e-6.
      #expect(function.truth.allSatisfy { abs($0.y - sin(frequency * $0.x)) < 1e-4 })
      // The nearest of 400 points to 0 is within 0.06 of it, where a sine is its argument but for (0.12)^2 / 6 of it.
      #expect(abs(SinusoidPredictionStudy.frequency(of: function) - frequency) < 0.005)
    }
    let frequencies = random.functions.map(SinusoidPredictionStudy.frequency)
    #expect(frequencies.count == 3 && frequencies == frequencies.sorted())
    #expect(mlsr.errors[1] < 0.95 * mlsr.errors[0] && mlsr.errors[2] < mlsr.errors[1], "\(mlsr.errors)")
    // The network that is not trained hardly moves in steps of 0.01.
    #expect(abs(random.errors[2] - random.errors[0]) < 0.1 * random.errors[0], "\(random.errors)")
  }

  /// A training without a folder is that of `train`, and the mean that of `evaluate`.
  @Test func errorsAreThoseOfARun() throws {
    let found = try adapted("MLSR, rate 0.1, trained with 1 step")
    let configuration = try Self.study.configuration(of: found.learner)
    let folder = RunFolder(path: "\(temporary.path)/run")
    _ = try PlannedRun(in: folder, configuration, catalog: .standard).train(shouldStop: { false }) { _, _ in }
    let steps = try folder.evaluate(tasks: 40, steps: 10, seed: 1_000, catalog: .standard, warn: { _ in }).steps
    #expect(found.errors == [0, 1, 10].map { steps[$0].mean })
    // What `render` draws of the same task of the run.
    let function = found.functions[1]
    let task = try #require(function.task.split(separator: " ").last.map(String.init))
    var options = EvaluationOptions()
    (options.seed, options.steps) = (1_000, 10)
    let rehearsal = try RunRehearsal(folder, options: options, catalog: .standard) { _ in }
    guard case .function(let drawn) = try rehearsal.picture(task: task) else {
      Issue.record("a sine wave is not drawn as a function")
      return
    }
    #expect(function.predictions.map(\.step) == [0, 1, 10])
    #expect(function.predictions[2].values == drawn.predictions[1].values)
  }

  @Test func aStoppedTrainingHasNoResult() throws {
    var asked = 0
    let stopped = try Self.study.adapted(Self.study.learners[1]) {
      asked += 1
      return asked > 5
    }
    #expect(stopped == nil && asked == 6)
  }

  @Test func drawnPointsAreSpreadEvenlyWhereverTheExamplesLie() {
    // Nine tenths of the numbers lie in the first tenth of the range.
    let (dense, sparse): ([Double], [Double]) = (
      (0..<900).map { Double($0) / 9_000 }, (0..<100).map { 0.1 + 0.9 * Double($0) / 99 }
    )
    let crowded = dense + sparse
    let chosen = SinusoidPredictionStudy.spread(crowded).map { crowded[$0] }
    #expect(chosen.first == 0 && chosen.last == crowded.last && chosen == chosen.sorted())
    // The distance of the places, and that of the sparser numbers to either side.
    let widest = 1 / Double(SinusoidPredictionStudy.points - 1) + 0.9 / 99
    #expect(zip(chosen.dropFirst(), chosen).allSatisfy { $0 - $1 <= widest })
    #expect(SinusoidPredictionStudy.spread([]) == [] && SinusoidPredictionStudy.spread([2]) == [0])
  }

  @Test func chartsAndTableAreOfThePredictions() throws {
    let places = (0..<100).map { Place(x: Double($0) / 10 - 5, y: 1) }
    let predictions = zip([0, 1, 10], [3.0, 2, 1.5]).map { step, value in
      AdaptedFunction.Prediction(step: step, values: Array(repeating: value, count: 100), loss: 0)
    }
    let function = AdaptedFunction(task: "", title: "", truth: places, support: [], predictions: predictions)
    let learner = try #require(Self.study.learners.last)
    let findings = Self.study.findings([
      SinusoidPredictionStudy.Adapted(
        learner: learner, functions: Array(repeating: function, count: 3), errors: [9, 8, 7])
    ])
    #expect(findings.tables[0].rows[0].cells == Array(repeating: [4, 1, 0.25], count: 3) + [[9, 8, 7]])
    #expect(findings.tables[0].columns.last == "mean of 40 tasks")
    #expect(findings.charts.map(\.name) == ["mlsr-low", "mlsr-middle", "mlsr-high"])
    let curves = findings.charts[0].curves
    #expect(curves.map(\.title) == ["target", "before adaptation", "after 1 step", "after 10 steps"])
    #expect(curves[0].x.count == SinusoidPredictionStudy.points && curves[0].x.first == -5 && curves[0].x.last == 4.9)
    #expect(curves[3].y.allSatisfy { $0 == 1.5 })
  }
}
