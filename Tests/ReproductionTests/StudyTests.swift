import Foundation
@testable import Reproduction
import Runs
import Synchronization
import Testing

@Suite struct StudyTests {
  /// Both are exact in the limit; iMAML is nearer at every number of steps, and two solver steps leave an error that no
  /// number of inner steps takes away (iMAML, section 4, on figure 2a).
  @Test func implicitMetaGradientsAreNearerThanUnrolledOnes() {
    let study = ImplicitGradientStudy(tasks: 2)
    func errors(_ method: ImplicitGradientStudy.Method) -> [Double] {
      [8, 32, 128].map { study.error(of: method, steps: $0) }
    }
    let (unrolled, two, ten) = (
      errors(.unrolled), errors(.implicit(solverSteps: 2)), errors(.implicit(solverSteps: 10))
    )
    #expect(zip(unrolled, ten).allSatisfy { $0 > 1.5 * $1 }, "\(unrolled) \(ten)")
    #expect(unrolled[2] < 0.05 && ten[2] < 0.01 && two[2] > 3 * ten[2], "\(unrolled) \(two) \(ten)")
  }

  /// New points fall between two planes in proportion to their angle; those of the step are fitted, and classified better.
  @Test func oneStepFromZeroClassifiesAsManyNewPointsAsTheAngleOfItsPlaneLeaves() throws {
    let study = LinearClassificationStudy()
    let accuracies = (0..<40).map(study.accuracies)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    #expect(abs(study.expectedAccuracy - 0.8804) < 1e-4)
    // The standard deviation of one task's accuracy is 1.3%.
    #expect(abs(mean(accuracies.map(\.new)) - study.expectedAccuracy) < 0.007)
    #expect(abs(mean(accuracies.map(\.support)) - 0.921) < 0.007)
  }

  @Test func aStudyThatIsStoppedHasNoResultAndAFinishedOneIsWritten() throws {
    #expect(try Study.implicitGradients.run(Study.Request(isQuick: true, workers: 2, shouldStop: { true })) == nil)
    let points = Mutex<[Int]>([])
    let request = Study.Request(isQuick: true, workers: 2, shouldStop: { false }) { done, all in
      points.withLock { $0 += [done, all] }
    }
    let result = try #require(try Study.implicitGradients.run(request))
    #expect(points.withLock { $0.suffix(2) } == [32, 32])
    let read = try JSONDecoder().decode(StudyResult.self, from: Data(JSONText.encode(result).utf8))
    #expect(read == result)
    #expect(result.text.contains("| inner steps | 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 |"))
    #expect(result.charts.map(\.name) == ["error-against-steps", "error-against-cost"])
    let page = Study.implicitGradients.page(result)
    #expect(try JSONText.compact(page).contains(#""label":"MAML""#))
  }

  /// Jobs that are timed do not run side by side, whatever the number of workers.
  @Test func jobsInTurnAreNeverTwoAtATime() throws {
    let running = Mutex(0)
    let most = Mutex(0)
    let request = Study.Request(isQuick: true, workers: 4, shouldStop: { false })
    let found = try request.inTurn.map(Array(0..<8)) { job in
      let now = running.withLock { count in
        count += 1
        return count
      }
      most.withLock { $0 = max($0, now) }
      Thread.sleep(forTimeInterval: 0.002)
      running.withLock { $0 -= 1 }
      return job
    }
    #expect(found == Array(0..<8) && most.withLock { $0 } == 1)
  }

  @Test func aJobThatIsStoppedOnItsWayLeavesNoResult() throws {
    let request = Study.Request(isQuick: true, workers: 1, shouldStop: { false })
    let found: [Int]? = try request.map([1, 2, 3]) { $0 == 2 ? nil : $0 }
    #expect(found == nil)
  }

  @Test func numbersHaveAsManyDigitsAsSayAnything() {
    let row = StudyResult.Row(label: "", cells: [[0, 0.004, 0.0051, -12.345, 999.5, 1_234.5, 2e6]])
    #expect(row.texts == ["0.00 / 4.0e-03 / 0.01 / -12.35 / 999.50 / 1234 / 2.0e+06"])
  }

  @Test func everyStudyHasItsOwnName() {
    let names = Study.all.map(\.name)
    #expect(Set(names + Recipe.all.map(\.name)).count == names.count + Recipe.all.count)
    #expect(names.suffix(4) == ["imaml-figure-2b", "mlsr-figure-2", "mlsr-theorem-1", "linear-classification-limit"])
  }
}
