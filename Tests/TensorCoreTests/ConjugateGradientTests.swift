import TensorCore
import TestSupport
import Testing

/// Conjugate gradients on matrices whose eigenvalues are known: Q diag(lambda) Q for a reflection Q = I - 2 u u^T.
@Suite struct ConjugateGradientTests {
  private static let size = 20

  private static func vector(_ scalars: [Double]) -> Tensor<Double> { Tensor(scalars) }

  private static func reflected(_ x: Tensor<Double>) -> Tensor<Double> {
    let u: Tensor<Double> = testValues([size], seed: 9)
    return x - (2 * (u * x).sum() / square(u).sum()) * u
  }

  private static func product(_ eigenvalues: [Double]) -> (Tensor<Double>) -> Tensor<Double> {
    { reflected(vector((0..<size).map { eigenvalues[$0 % eigenvalues.count] }) * reflected($0)) }
  }

  private let rightHandSide: Tensor<Double> = testValues([size], seed: 3)

  private func trueResidual(_ x: Tensor<Double>, _ eigenvalues: [Double]) -> Double {
    let residual = rightHandSide - Self.product(eigenvalues)(x)
    return sqrt(square(residual).sum() / square(rightHandSide).sum()).scalar
  }

  @Test func fiveDistinctEigenvaluesTakeFiveSteps() {
    let eigenvalues = [1.0, 2, 3.5, 5, 8]
    func residual(steps: Int) -> Double {
      let solution = ConjugateGradient(maximumSteps: steps)
        .solve(rightHandSide: rightHandSide, operator: Self.product(eigenvalues))
      #expect(solution.steps == steps)
      return trueResidual(solution.value, eigenvalues)
    }
    // In exact arithmetic 0; 1e-16 is amplified by at most the condition number, 8, a few times.
    #expect(residual(steps: 5) < 1e-13)
    // A polynomial of degree 2 (4) with value 1 at 0 cannot vanish at 5 eigenvalues.
    #expect(residual(steps: 2) > 1e-2)
    #expect(residual(steps: 4) > 1e-4)
  }

  @Test func solutionSatisfiesTheClosedForm() {
    // A^-1 = Q diag(1 / lambda) Q.
    let eigenvalues = [1.0, 2, 3.5, 5, 8]
    let solution = ConjugateGradient(maximumSteps: 5)
      .solve(rightHandSide: rightHandSide, operator: Self.product(eigenvalues))
    let exact = Self.product(eigenvalues.map { 1 / $0 })(rightHandSide)
    for (found, expected) in zip(solution.value.scalars, exact.scalars) { #expect(abs(found - expected) < 1e-13) }
  }

  @Test func toleranceStopsEarlyAndItsResidualIsTheTrueOne() {
    let eigenvalues = (1...20).map(Double.init)
    let solution = ConjugateGradient(maximumSteps: 100, relativeTolerance: 1e-3)
      .solve(rightHandSide: rightHandSide, operator: Self.product(eigenvalues))
    #expect(solution.steps < 20)
    let norm = sqrt(square(rightHandSide).sum()).scalar
    #expect(solution.residualNorm <= 1e-3 * norm)
    // The recurrence drifts from b - A x by roundings only.
    #expect(abs(trueResidual(solution.value, eigenvalues) - solution.residualNorm / norm) < 1e-13)
  }

  @Test func goodStartTakesNoSteps() {
    let eigenvalues = [1.0, 2, 3.5, 5, 8]
    let exact = Self.product(eigenvalues.map { 1 / $0 })(rightHandSide)
    let solution = ConjugateGradient(maximumSteps: 5, relativeTolerance: 1e-10)
      .solve(rightHandSide: rightHandSide, start: exact, operator: Self.product(eigenvalues))
    #expect(solution.steps == 0)
    #expect(solution.value.scalars == exact.scalars)
  }

  @Test func zeroRightHandSideHasTheSolutionZero() {
    let solution = ConjugateGradient(maximumSteps: 5)
      .solve(rightHandSide: Tensor<Double>.zeros([Self.size]), operator: Self.product([1, 2]))
    #expect(solution.steps == 0)
    #expect(solution.value.scalars == Array(repeating: 0, count: Self.size))
  }

  @Test func indefiniteMatrixStopsAtTheLastSafePoint() {
    let negative = ConjugateGradient(maximumSteps: 50)
      .solve(rightHandSide: rightHandSide, operator: Self.product([-1, -3]))
    #expect(negative.steps == 0)
    #expect(negative.value.scalars == Array(repeating: 0, count: Self.size))
    let mixed = ConjugateGradient(maximumSteps: 50)
      .solve(rightHandSide: rightHandSide, operator: Self.product([4, 5, 6, -0.5, 7]))
    #expect(mixed.steps < 5)
    #expect(mixed.value.scalars.allSatisfy { $0.isFinite })
  }

  @Test func operatorThatFailsPassesItsErrorOn() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try ConjugateGradient(maximumSteps: 5).solve(rightHandSide: rightHandSide) { _ in throw Failure() }
    }
  }
}
