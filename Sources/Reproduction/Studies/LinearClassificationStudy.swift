import FewShotTasks
import Foundation
import RandomStreams

extension Study {
  /// What one gradient step from zero attains on random planes, on the points of the step and on new ones.
  static let linearClassificationLimit = Study(
    name: "linear-classification-limit",
    summary: "accuracy of one gradient step from zero on linear classification, on its own points and on new ones",
    source: "metarl, beside Arnold, Iqbal, Sha 2021, figure 1 and table 1 (92%)"
  ) { request in
    let study = LinearClassificationStudy()
    let numbers = Array(0..<(request.isQuick ? 100 : 1_500))
    guard let accuracies = try request.map(numbers, study.accuracies) else { return nil }
    return study.findings(accuracies)
  }
}

/// Random planes through the origin, `w . x = 0`, and the plane that one step of gradient descent on the logistic loss finds
/// from weights of zero: its normal is the mean of (y - 1/2) x over the support.
struct LinearClassificationStudy: Sendable {
  /// The shares of points on the right side.
  struct Accuracies: Sendable {
    var support, new: Double
  }

  private let tasks = LinearClassification()
  private let points = 1_000

  /// Returns the accuracies on a task.
  func accuracies(ofTask number: Int) -> Accuracies {
    var stream = RandomAddress(seed: 1, purpose: .evaluationTasks, task: number).stream
    let task = tasks.sampleTask(from: &stream)
    let size = tasks.inputSize
    var inputs = Array(repeating: Float(0), count: 2 * points * size)
    var labels = Array(repeating: Float(0), count: 2 * points)
    do {
      var inputSpan = inputs.mutableSpan
      var labelSpan = labels.mutableSpan
      tasks.writeExamples(of: task, rows: 0..<2 * points, from: &stream, inputs: &inputSpan, targets: &labelSpan)
    }
    var normal = Array(repeating: Float(0), count: size)
    for row in 0..<points {
      for column in 0..<size { normal[column] += (labels[row] - 0.5) * inputs[row * size + column] }
    }
    func share(_ rows: Range<Int>) -> Double {
      let right = rows.count { row in
        let side = (0..<size).reduce(Float(0)) { $0 + normal[$1] * inputs[row * size + $1] }
        return (side > 0) == (labels[row] > 0.5)
      }
      return Double(right) / Double(rows.count)
    }
    return Accuracies(support: share(0..<points), new: share(points..<2 * points))
  }

  /// The accuracy on new points to be expected: up to a factor of 1/2, the step's normal has sqrt(2 / pi) along w, the mean of
  /// |x| for x ~ N(0, 1), and in each of the other d - 1 dimensions a mean of n independent N(0, 1); new points fall between two
  /// planes in proportion to their angle.
  var expectedAccuracy: Double {
    let across = (Double(tasks.inputSize - 1) / Double(points)).squareRoot()
    return 1 - atan(across / (2 / Double.pi).squareRoot()) / .pi
  }

  /// The table of the means over the tasks.
  func findings(_ accuracies: [Accuracies]) -> StudyResult.Findings {
    func percent(_ values: [Double]) -> Double { 100 * values.reduce(0, +) / Double(values.count) }
    return StudyResult.Findings(
      preface: "accuracy in percent after one gradient step from zero, mean over \(accuracies.count) planes in "
        + "\(tasks.inputSize) dimensions with \(points) points; of new points, \(String(format: "%.2f", 100 * expectedAccuracy))"
        + " is to be expected",
      tables: [
        StudyResult.Table(
          corner: "points", columns: ["accuracy"],
          rows: [
            StudyResult.Row(label: "those of the step", cells: [[percent(accuracies.map(\.support))]]),
            StudyResult.Row(label: "new ones", cells: [[percent(accuracies.map(\.new))]]),
          ])
      ], charts: [])
  }
}
