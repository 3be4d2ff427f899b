import TensorCore
import TestSupport
import Testing

@Suite struct ImageOperationTests {
  /// One image [1, 2; 3, 4] in each of two channels, the second ten times as large.
  private let image = Tensor<Double>(shape: [1, 2, 2, 2], scalars: [1, 10, 2, 20, 3, 30, 4, 40])

  @Test func convolutionSeesZerosAroundTheImage() {
    // The window's lower right pixel, of the second channel alone.
    let filters = Tensor<Double>(shape: [2, 2, 2, 1], scalars: [0, 0, 0, 0, 0, 0, 0, 1])
    let result = convolution(image, filters, padding: 1)
    #expect(result.shape == [1, 3, 3, 1])
    #expect(result.scalars == [10, 20, 0, 30, 40, 0, 0, 0, 0])
    #expect(convolution(image, filters, stride: 2, padding: 1).scalars == [10, 0, 0, 0])
  }

  /// The bits of a task are those that it has alone, with filters of its own and with shared ones.
  @Test func tasksAreComputedApart() {
    let images: Tensor<Float> = testValues([3, 5, 6, 6, 4], seed: 1)
    let own: Tensor<Float> = testValues([3, 3, 3, 4, 8], seed: 2)
    let together = convolution(images, own, stride: 2, padding: 1)
    for task in 0..<3 {
      let alone = convolution(
        images.element(task, axis: 0), own.element(task, axis: 0), stride: 2, padding: 1)
      #expect(together.element(task, axis: 0).scalars == alone.scalars)
    }
    let shared = convolution(images, own.element(0, axis: 0), stride: 2, padding: 1)
    #expect(shared.element(0, axis: 0).scalars == together.element(0, axis: 0).scalars)
    #expect(shared.shape == together.shape)
  }

  @Test func maxPoolTakesTheLargestAndItsGradientTheFirst() {
    #expect(maxPool(image, window: 2).scalars == [4, 40])
    let flat = Tensor<Double>(shape: [1, 2, 2, 1], scalars: [1, 5, 5, 5])
    #expect(gradient(at: [flat]) { maxPool($0[0], window: 2).sum() }[0].scalars == [0, 1, 0, 0])
    // A row that fills no window is left out.
    #expect(maxPool(testValues([1, 5, 4, 1], seed: 3) as Tensor<Double>, window: 2).shape == [1, 2, 2, 1])
  }

  private func normalized(_ x: Tensor<Double>, from axis: Int, _ scale: Tensor<Double>, _ shift: Tensor<Double>)
    -> Tensor<Double>
  {
    batchNormalization(x, from: axis, scale: scale, shift: shift, epsilon: 1e-3)
  }

  @Test func batchNormalizationEqualsItsFormulaToSecondOrder() {
    let point: [Tensor<Double>] = [[2, 3, 2, 2, 3], [3], [2, 3]].enumerated().map { testValues($1, seed: $0 + 5) }
    func formula(_ x: Tensor<Double>, _ scale: Tensor<Double>, _ shift: Tensor<Double>) -> Tensor<Double> {
      let mean = x.mean(axes: 1, 2, 3, keepingAxes: true)
      let variance = square(x - mean).mean(axes: 1, 2, 3, keepingAxes: true)
      return (x - mean) / sqrt(variance + 1e-3) * scale + shift.reshaped(to: [2, 1, 1, 1, 3])
    }
    func objective(_ result: Tensor<Double>) -> Tensor<Double> {
      (exp(result) * testValues(result.shape, seed: 9)).sum()
    }
    let direction: [Tensor<Double>] = point.enumerated().map { testValues($1.shape, seed: $0 + 20) }
    func derivatives(_ function: @escaping TensorFunction) -> [[Double]] {
      let (value, derivative) = valueAndGradient(at: point, of: function)
      return ([value] + derivative + hessianVectorProduct(at: point, along: direction, of: function)).map(\.scalars)
    }
    func expectEqual(_ found: @escaping TensorFunction, _ expected: @escaping TensorFunction) {
      for (a, b) in zip(derivatives(found).flatMap { $0 }, derivatives(expected).flatMap { $0 }) {
        // The same function by other sums; a few hundred terms of order 1 to 10.
        #expect(abs(a - b) < 1e-11 * max(1, abs(b)))
      }
    }
    expectEqual(
      { objective(self.normalized($0[0], from: 1, $0[1], $0[2])) }, { objective(formula($0[0], $0[1], $0[2])) })
    expectEqual(
      {
        objective(rectifiedBatchNormalization($0[0], from: 1, scale: $0[1], shift: $0[2], epsilon: 1e-3))
      }, { objective(relu(formula($0[0], $0[1], $0[2]))) })
  }

  @Test func batchNormalizationGivesEachChannelTheShiftAndTheScale() {
    let x = 5 + 3 * (testValues([40, 2], seed: 4) as Tensor<Double>)
    let result = batchNormalization(x, from: 0, scale: Tensor([2, 0.5]), shift: Tensor([-1, 7]), epsilon: 0)
    let (mean, variance) = channelMoments(of: result, from: 0)
    for (found, expected) in zip(mean.scalars + variance.scalars, [-1, 7, 4, 0.25]) {
      #expect(abs(found - expected) < 1e-13)
    }
    // A bias before it, and so its gradient, vanishes.
    let derivative = gradient(at: [Tensor<Double>([0.3, -2])]) {
      exp(self.normalized(x + $0[0], from: 0, Tensor([1, 1]), Tensor([0, 0]))).sum()
    }
    #expect(derivative[0].scalars.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func crossEntropiesMatchTheirProbabilities() {
    let logits = Tensor<Double>(shape: [2, 3], scalars: [1, 2, 3, 1_000, 0, -1_000])
    let targets = Tensor<Double>(shape: [2, 3], scalars: [0, 0, 1, 0, 1, 0])
    let loss = softmaxCrossEntropy(logits: logits, targets: targets)
    let total = 1 + exp(Tensor<Double>(-1)).scalar + exp(Tensor<Double>(-2)).scalar
    #expect(abs(loss.scalars[0] - log(Tensor(total)).scalar) < 1e-15)
    // A logit of 1,000 against 0 leaves a probability of e^-1000, whose logarithm is exact.
    #expect(loss.scalars[1] == 1_000)
    // d loss / d logit = probability - 1 at the label.
    let derivative = gradient(at: [logits]) { softmaxCrossEntropy(logits: $0[0], targets: targets).sum() }[0].scalars
    let probabilities = exp(logits.logSoftmax(axis: 1)).scalars
    for (index, found) in derivative.enumerated() {
      #expect(abs(found - (probabilities[index] - (index == 2 || index == 4 ? 1 : 0))) < 1e-15)
    }
    let binary = binaryCrossEntropy(logits: Tensor<Double>([0, 800, -800]), targets: Tensor([1, 0, 1]))
    #expect(abs(binary.scalars[0] - 0.6931471805599453) < 1e-15)
    #expect(binary.scalars.dropFirst().elementsEqual([800, 800]))
  }
}
