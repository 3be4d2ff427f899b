import TensorCore
import TestSupport
import Testing

/// Systems side by side, against the same systems one after another: A_i = R diag(lambda_i) R with a reflection R.
@Suite struct ConjugateGradientSystemsTests {
  private static let size = 12
  /// Five distinct eigenvalues, another five, and an indefinite matrix.
  private static let spectra: [[Double]] = [[1, 2, 3.5, 5, 8], [1, 10, 100, 20, 3], [4, 5, -0.5, 6, 7]]
  private static let systems = spectra.count

  private static var eigenvalues: Tensor<Double> {
    Tensor(
      shape: [systems, size, 1], scalars: spectra.flatMap { spectrum in (0..<size).map { spectrum[$0 % 5] } })
  }

  private static var reflection: Tensor<Double> {
    let u: Tensor<Double> = testValues([size, 1], seed: 9)
    let identity = Tensor<Double>(
      shape: [size, size], scalars: (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 })
    return identity - (2 / square(u).sum()) * matmul(u, transposed: false, u, transposed: true)
  }

  /// The products with all matrices of vectors `[systems, size, 1]`.
  private static func product(_ vectors: Tensor<Double>, _ eigenvalues: Tensor<Double>) -> Tensor<Double> {
    matmul(reflection, eigenvalues * matmul(reflection, vectors))
  }

  private static let rightHandSides: Tensor<Double> = testValues([systems, size, 1], seed: 3)

  private struct Outcome {
    var steps: [Int]
    /// A row a system.
    var solutions: [[Double]]
    /// A number a system.
    var residuals: [Double] = []
  }

  /// The eigenvalues are the context. The unknowns are cut in two tensors, as parameters are.
  private func solve(
    _ settings: ConjugateGradient, rightHandSides: Tensor<Double> = Self.rightHandSides,
    from start: Tensor<Double>? = nil
  ) -> Outcome {
    let (whole, first, second) = (Self.size, 5, Self.size - 5)
    let unknowns: [Tensor<Double>] = [.placeholder([Self.systems, first, 1]), .placeholder([Self.systems, second])]
    let programs = ConjugateGradientPrograms(
      unknowns: unknowns,
      context: Self.eigenvalues, start: start == nil ? .zeros : .given
    ) { vectors, eigenvalues in
      let image = Self.product(
        concatenate([vectors[0], vectors[1].reshaped(to: [Self.systems, second, 1])], axis: 1), eigenvalues)
      return [
        image.sliced(axis: 1, 0..<first), image.sliced(axis: 1, first..<whole).reshaped(to: [Self.systems, second]),
      ]
    }
    let systems = programs.makeSystems()
    func parts(_ tensor: Tensor<Double>) -> [Double] {
      tensor.sliced(axis: 1, 0..<first).scalars + tensor.sliced(axis: 1, first..<whole).scalars
    }
    systems.context.write(Self.eigenvalues)
    systems.rightHandSides.write(parts(rightHandSides))
    if let start { systems.start.write(parts(start)) }
    let steps = systems.solve(settings)
    let parts = systems.solutions.arrays
    return Outcome(
      steps: steps,
      solutions: (0..<Self.systems).map { system in
        Array(parts[0][system * first..<(system + 1) * first] + parts[1][system * second..<(system + 1) * second])
      }, residuals: systems.relativeResiduals)
  }

  /// The same system alone.
  private func single(_ settings: ConjugateGradient, _ system: Int, from start: Tensor<Double>? = nil) -> Outcome {
    func own(_ tensor: Tensor<Double>) -> Tensor<Double> { tensor.sliced(axis: 0, system..<system + 1) }
    let solution = settings.solve(rightHandSide: own(Self.rightHandSides), start: start.map(own)) {
      Self.product($0, own(Self.eigenvalues))
    }
    return Outcome(steps: [solution.steps], solutions: [solution.value.scalars])
  }

  @Test(arguments: [
    ConjugateGradient(maximumSteps: 0), .init(maximumSteps: 2), .init(maximumSteps: 4),
    .init(maximumSteps: 50, relativeTolerance: 1e-2), .init(maximumSteps: 50, relativeTolerance: 1e-8),
  ]) func eachSystemIsSolvedAsIfAlone(_ settings: ConjugateGradient) {
    for start in [nil, testValues([Self.systems, Self.size, 1], seed: 5) as Tensor<Double>] {
      let together = solve(settings, from: start)
      for system in 0..<Self.systems {
        let alone = single(settings, system, from: start)
        #expect(together.steps[system] == alone.steps[0])
        // Sums in another order: roundings of 1e-16, which a step multiplies by the condition number, at most 100.
        for (x, y) in zip(together.solutions[system], alone.solutions[0]) { #expect(abs(x - y) < 1e-11) }
      }
    }
  }

  /// Residuals that are computed here from the solutions.
  @Test(arguments: [0, 2, 5]) func residualsAreThoseOfTheSolutions(steps: Int) {
    for start in [nil, testValues([Self.systems, Self.size, 1], seed: 5) as Tensor<Double>] {
      let outcome = solve(ConjugateGradient(maximumSteps: steps), from: start)
      let solutions = Tensor<Double>(shape: [Self.systems, Self.size, 1], scalars: outcome.solutions.flatMap { $0 })
      let left = square(Self.rightHandSides - Self.product(solutions, Self.eigenvalues)).sum(axes: 1, 2).scalars
      let right = square(Self.rightHandSides).sum(axes: 1, 2).scalars
      for (found, (left, right)) in zip(outcome.residuals, zip(left, right)) {
        // Roundings of 1e-16 times the largest eigenvalue, in sums of another order.
        #expect(abs(found - (left / right).squareRoot()) < 1e-13)
      }
    }
  }

  @Test func rightHandSideThatIsNoNumberIsNotTakenForSolved() {
    var scalars = Self.rightHandSides.scalars
    scalars[0] = .nan
    for index in Self.size..<2 * Self.size { scalars[index] = 0 }
    let outcome = solve(
      ConjugateGradient(maximumSteps: 5), rightHandSides: Tensor(shape: Self.rightHandSides.shape, scalars: scalars))
    #expect(outcome.residuals[0].isNaN)
    #expect(outcome.residuals[1] == 0)
    #expect(outcome.residuals[2].isFinite)
  }

  @Test func tolerancesAreReachedAtTheirOwnTime() {
    let steps = solve(ConjugateGradient(maximumSteps: 50, relativeTolerance: 1e-9)).steps
    // Five eigenvalues take five steps; the indefinite system stops before.
    #expect(steps[0] == 5 && steps[1] == 5 && steps[2] < 5)
  }

  @Test func solvedSystemIsLeftAloneWhileOthersGoOn() {
    let exact = Self.product(Self.rightHandSides, 1 / Self.eigenvalues)
    var start = exact.scalars
    // System 1 starts elsewhere.
    for index in Self.size..<2 * Self.size { start[index] = 0 }
    let outcome = solve(
      ConjugateGradient(maximumSteps: 5, relativeTolerance: 1e-10),
      from: Tensor(shape: exact.shape, scalars: start))
    #expect(outcome.steps == [0, 5, 0])
    #expect(outcome.solutions[0] == Array(exact.scalars[..<Self.size]))
  }
}
