import FewShotTasks
import TensorCore
import Testing

@Suite struct MinibatchTests {
  /// Two tasks of six examples, each of which is its own number.
  private let examples = LabeledExamples<Float>(
    inputs: Tensor(shape: [2, 6, 1], scalars: (0..<12).map(Float.init)),
    targets: Tensor(shape: [2, 6, 2], scalars: (0..<24).map { Float($0 / 2) }))

  private func rows(_ step: Int, size: Int, classes: Int = 1) -> [Float] {
    let found = examples.minibatch(ofStep: step, size: size, classes: classes)
    // Targets stay with their inputs.
    #expect(found.targets.scalars == found.inputs.scalars.flatMap { [$0, $0] })
    return found.inputs.scalars
  }

  @Test func stepsTakeTheExamplesInTurn() {
    #expect(rows(0, size: 2) == [0, 1, 6, 7])
    #expect(rows(2, size: 2) == [4, 5, 10, 11])
    #expect(rows(3, size: 2) == rows(0, size: 2))
    // Four do not divide six: the second minibatch begins again.
    #expect(rows(1, size: 4) == [4, 5, 0, 1, 10, 11, 6, 7])
    #expect(rows(2, size: 4) == [2, 3, 4, 5, 8, 9, 10, 11])
  }

  @Test func noMoreThanThereAreAreAll() {
    for size in [6, 7, 100] { #expect(rows(3, size: size, classes: 2) == (0..<12).map(Float.init)) }
  }

  /// The examples of a class follow one another: of three classes each is in every minibatch of three.
  @Test func classesComeInTurn() {
    #expect(rows(0, size: 3, classes: 3) == [0, 2, 4, 6, 8, 10])
    #expect(rows(1, size: 3, classes: 3) == [1, 3, 5, 7, 9, 11])
    #expect(rows(0, size: 4, classes: 2) == [0, 3, 1, 4, 6, 9, 7, 10])
  }
}
