import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// iMAML on a ridge regression, whose meta-gradient is known exactly (iMAML, figure 2a): the Hessian's eigenvalues are 20,
/// 6, 2, 0.6 and 0.2, twice each, lambda is 2, and so I + H / lambda has five distinct ones from 1.1 to 11.
@Suite struct RidgeMetaGradientTests {
  private static let size = 10
  private static let lambda = 2.0
  private static let spectrum = [10, 10, 3, 3, 1, 1, 0.3, 0.3, 0.1, 0.1]

  /// X = sqrt(n) diag(sqrt(s)) R with a reflection R: X^T X / n = R diag(s) R.
  private static var inputs: Tensor<Double> {
    let u: Tensor<Double> = testValues([size], seed: 4)
    let norm = square(u).sum().scalar
    return Tensor(
      shape: [size, size],
      scalars: (0..<size * size).map { index in
        let (row, column) = (index / size, index % size)
        let reflected = (row == column ? 1 : 0) - 2 * u.scalars[row] * u.scalars[column] / norm
        return (Double(size) * spectrum[row]).squareRoot() * reflected
      })
  }

  private static let targets: Tensor<Double> = 3 * testValues([size, 1], seed: 5)
  private static let theta: Tensor<Double> = testValues([size, 1], seed: 6)
  private static let support = LabeledExamples(inputs: inputs.insertingAxis(0), targets: targets.insertingAxis(0))
  private static let query = LabeledExamples<Double>(
    inputs: 2 * testValues([1, size, size], seed: 7), targets: testValues([1, size, 1], seed: 8))

  private var exact: Tensor<Double> {
    let ridge = RidgeSolution(
      inputs: Self.inputs.scalars, targets: Self.targets.scalars, lambda: Self.lambda)
    let minimum = Tensor(shape: [Self.size, 1], scalars: ridge.solution(around: Self.theta.scalars))
    let derivative = gradient(at: minimum) { square(matmul(Self.query.inputs, $0) - Self.query.targets).mean() }
    return Tensor(shape: [Self.size, 1], scalars: ridge.metaGradient(ofOuterGradient: derivative.scalars))
  }

  private func error(_ name: String = "imaml", steps: Int, cgSteps: Int) throws -> Double {
    // The largest eigenvalue of H + lambda I is 22: steps below 2 / 22 go down.
    var settings = InnerLoopSettings(rate: 0.08)
    settings.regularization = Self.lambda
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps)
    let algorithm = settings.objective(name)
    let losses: @Sendable (Parameters<Double>, LabeledExamples<Double>) -> Tensor<Double> = {
      square(matmul($1.inputs, $0["output.weight"]) - $1.targets).mean(axes: 1, 2)
    }
    let start = algorithm.adaptation.metaParameters(startingFrom: Parameters([("output.weight", Self.theta)]))
    let problem = AdaptationProblem(
      layout: start, tasks: 1, support: Self.support, query: Self.query,
      supportLosses: { parameters, examples, _ in losses(parameters, examples) }, queryLosses: losses)
    let programs = ImplicitMetaGradientPrograms(algorithm.adaptation, settings.implicitSolver, problem)
    let found = programs.makeMetaGradient().differentiate(
      start, support: Self.support, query: Self.query, steps: steps)
    return GradientCheck.relativeError(found.gradient.tensors, [exact.scalars])
  }

  @Test func errorFallsWithInnerSteps() throws {
    let errors = try [1, 4, 16, 64, 256].map { try error(steps: $0, cgSteps: 5) }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > 2 * $1 }, "\(errors)")
    // The slowest eigenvalue, 2.2, leaves 0.824 a step: 3e-22 of the way after 256.
    #expect(errors[0] > 0.05 && errors[4] < 1e-12)
  }

  @Test func errorFallsWithSolverStepsToNoneAtFiveDistinctEigenvalues() throws {
    let errors = try (0...5).map { try error(steps: 256, cgSteps: $0) }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > $1 }, "\(errors)")
    // Two steps leave an error that no number of inner steps takes away; five leave roundings.
    #expect(errors[2] > 1e-2 && errors[4] > 1e-6 && errors[5] < 1e-12)
  }

  @Test func oneHessianFreeStepIsTheMinimumOfAQuadratic() throws {
    // Five solver steps for its direction, as many as there are eigenvalues, and the length 1.
    #expect(try error("imaml-hf", steps: 1, cgSteps: 5) < 1e-12)
    #expect(try error("imaml", steps: 1, cgSteps: 5) > 0.05)
  }
}
