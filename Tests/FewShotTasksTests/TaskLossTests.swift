import FewShotTasks
import Glibc
import TensorCore
import Testing

@Suite struct TaskLossTests {
  private let logits = Tensor<Double>(
    shape: [2, 2, 3], scalars: [1, -2, 0.5, 0, 0, 0, 3, 3, -1, 800, -800, 2])
  private let labels = Tensor<Double>(shape: [2, 2, 3], scalars: [0, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0])

  private func raised(_ x: Double) -> Double { Glibc.exp(x) }

  @Test func softmaxIsTheNegativeLogarithmOfTheLabelsProbability() {
    let first = -Glibc.log(raised(-2) / (raised(1) + raised(-2) + raised(0.5)))
    let third = Glibc.log(2 * raised(3) + raised(-1)) + 1
    let losses = TaskLoss.softmax(logits, labels).scalars
    #expect(abs(losses[0] - (first + Glibc.log(3)) / 2) < 1e-12)
    // Logits of 800 overflow where they are raised naively; the last row has no loss.
    #expect(abs(losses[1] - third / 2) < 1e-12)
  }

  @Test func gradientIsTheProbabilityLessTheLabel() {
    let gradient = gradient(at: [logits]) { TaskLoss.softmax($0[0], labels).sum() }[0].scalars
    for row in 0..<4 {
      let values = Array(logits.scalars[3 * row..<3 * row + 3])
      let largest = values.max() ?? 0
      let powers = values.map { raised($0 - largest) }
      for (offset, power) in powers.enumerated() {
        let probability = power / powers.reduce(0, +)
        let expected = (probability - labels.scalars[3 * row + offset]) / 2
        #expect(abs(gradient[3 * row + offset] - expected) < 1e-12)
      }
    }
  }

  /// Rows: a wrong one, three equal logits (a third), two equal ones of which none is right, a right one.
  @Test func equalLogitsCountAsAPart() {
    #expect(TaskLoss.softmax.accuracy(logits, labels).scalars == [1.0 / 6, 0.5])
  }

  @Test func signDecidesBetweenTwo() {
    let logits = Tensor<Double>(shape: [1, 4, 1], scalars: [2, -1, 0.5, -3])
    let labels = Tensor<Double>(shape: [1, 4, 1], scalars: [1, 1, 0, 0])
    #expect(TaskLoss.logistic.accuracy(logits, labels).scalars == [0.5])
  }
}
