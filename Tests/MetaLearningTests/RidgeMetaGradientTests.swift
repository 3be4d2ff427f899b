import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// iMAML on a ridge regression, whose meta-gradient is known exactly (iMAML, figure 2a): the Hessian's eigenvalues are 20,
/// 6, 2, 0.6 and 0.2, twice each, lambda is 2, and so I + H / lambda has five distinct ones from 1.1 to 11.
@Suite struct RidgeMetaGradientTests {
  private static let lambda = 2.0

  private var exact: [Double] {
    let ridge = RidgeSolution(
      inputs: RidgeProblem.inputs.scalars, targets: RidgeProblem.targets.scalars, lambda: Self.lambda)
    let minimum = Tensor(shape: [RidgeProblem.size, 1], scalars: ridge.solution(around: RidgeProblem.theta.scalars))
    let derivative = gradient(at: minimum) {
      RidgeProblem.losses(Parameters([("output.weight", $0)]), RidgeProblem.query).sum()
    }
    return ridge.metaGradient(ofOuterGradient: derivative.scalars)
  }

  private func error(_ name: String = "imaml", steps: Int, cgSteps: Int) throws -> Double {
    // The largest eigenvalue of H + lambda I is 22: steps below 2 / 22 go down.
    var settings = InnerLoopSettings(rate: 0.08)
    settings.regularization = Self.lambda
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps)
    let found = RidgeProblem.differentiate(settings.objective(name), steps: steps)
    return GradientCheck.relativeError(found.gradient.tensors, [exact])
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
