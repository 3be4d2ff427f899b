import FewShotTasks
import RandomStreams
import TensorCore
import Testing
import TestSupport

@Suite struct RidgeTests {
  private let rows = 20
  private let size = 10

  private func example() -> (task: RidgeRegression.Task, inputs: [Double], targets: [Double]) {
    let distribution = RidgeRegression()
    var stream = RandomAddress(seed: 5, purpose: .test).stream
    let task = distribution.sampleTask(from: &stream)
    var inputs = Array(repeating: Float(0), count: rows * size)
    var targets = Array(repeating: Float(0), count: rows)
    var inputRoom = inputs.mutableSpan
    var targetRoom = targets.mutableSpan
    distribution.writeExamples(of: task, rows: 0..<rows, from: &stream, inputs: &inputRoom, targets: &targetRoom)
    return (task, inputs.map { Double($0) }, targets.map { Double($0) })
  }

  @Test func secondMomentsHaveTheChosenSpectrum() {
    let (task, inputs, _) = example()
    let x = Tensor<Double>(shape: [rows, size], scalars: inputs)
    let axes = Tensor<Double>(shape: [size, size], scalars: task.axes)
    // V^T (X^T X / n) V is diagonal. Inputs of up to 10 are rounded to Float: 1e-6 each, and sums of 20 products.
    let moments = matmul(x, transposed: true, x, transposed: false) * Tensor(1 / Double(rows))
    let found = matmul(matmul(axes, moments), transposed: false, axes, transposed: true)
    let spectrum = RidgeRegression.standardSpectrum
    for row in 0..<size {
      for column in 0..<size {
        #expect(abs(found.scalars[row * size + column] - (row == column ? spectrum[row] : 0)) < 1e-4)
      }
    }
    #expect(Set(spectrum).count == 5)
  }

  @Test func targetsAreLinearInTheInputs() {
    let (task, inputs, targets) = example()
    for row in 0..<rows {
      let expected = (0..<size).map { task.weights[$0] * inputs[row * size + $0] }.reduce(0, +)
      // A sum of ten products of order 10, of factors rounded to Float.
      #expect(abs(targets[row] - expected) < 1e-4)
    }
  }

  /// G(phi) = |X phi - y|^2 / n + lambda / 2 |phi - theta|^2.
  private func objective(
    _ phi: Tensor<Double>, _ theta: Tensor<Double>, lambda: Double, _ inputs: [Double], _ targets: [Double]
  ) -> Tensor<Double> {
    let x = Tensor<Double>(shape: [rows, size], scalars: inputs)
    let error = matmul(x, phi) - Tensor(shape: [rows, 1], scalars: targets)
    return square(error).mean() + Tensor(lambda / 2) * square(phi - theta).sum()
  }

  @Test(arguments: [0.1, 2]) func solutionIsWhereTheInnerGradientVanishes(_ lambda: Double) {
    let (_, inputs, targets) = example()
    let theta: Tensor<Double> = testValues([size, 1], seed: 1)
    let ridge = RidgeSolution(inputs: inputs, targets: targets, lambda: lambda)
    let phi = Tensor(shape: [size, 1], scalars: ridge.solution(around: theta.scalars))
    let derivative = gradient(at: [phi]) { objective($0[0], theta, lambda: lambda, inputs, targets) }[0]
    // A Cholesky solution of a matrix with a condition number of up to 200: some 1e-14.
    #expect(derivative.scalars.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func metaGradientMatchesFiniteDifferencesOfTheSolution() {
    let (_, inputs, targets) = example()
    let ridge = RidgeSolution(inputs: inputs, targets: targets, lambda: 0.5)
    let theta: Tensor<Double> = testValues([size], seed: 1)
    let weights: Tensor<Double> = testValues([size], seed: 2)
    // The outer loss w . phi*(theta), which is linear: a difference has rounding errors alone, 1e-11.
    let numeric = GradientCheck.finiteDifferences(at: [theta]) { point in
      zip(ridge.solution(around: point[0].scalars), weights.scalars).map(*).reduce(0, +)
    }
    for (x, y) in zip(ridge.metaGradient(ofOuterGradient: weights.scalars), numeric[0]) { #expect(abs(x - y) < 1e-9) }
  }
}
