import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Meta-Curvature, KLin, KFC and the low-rank factor as inner loops.
@Suite struct MetaOptimizerTests {
  private let task = RegressionTask()
  private let settings = InnerLoopSettings(rate: 0.3, metaOptimizerLayers: 2, metaOptimizerRank: 2)

  private func algorithm(_ name: String, rank: Int = 2) throws -> MetaObjective {
    var settings = settings
    settings.metaOptimizerRank = rank
    return settings.objective(name)
  }

  /// The start, with maps that are some way from what they start as.
  private func movedStart(_ algorithm: MetaObjective) -> MetaParameters<Double> {
    var start = algorithm.adaptation.metaParameters(startingFrom: task.parameters)
    let ruleParameters = start.rules[0]
    start.rules[0] =
      ruleParameters
      + ruleParameters.replacingTensors(ruleParameters.shapes.enumerated().map { 0.3 * testValues($1, seed: 200 + $0) })
    return start
  }

  /// A rank of at least 12, the largest parameter's size, is the identity too.
  @Test(arguments: [("meta-curvature", 1), ("meta-curvature", 3), ("klin", 1), ("low-rank", 1)])
  func atTheIdentityTheModelGetsMamlsGradient(_ name: String, _ steps: Int) throws {
    let algorithm = try algorithm(name, rank: 12)
    let start = algorithm.adaptation.metaParameters(startingFrom: task.parameters)
    let found = task.metaGradient(algorithm, steps: steps, at: start).model
    let maml = task.metaGradient(.maml(settings), steps: steps)
    // Sums with terms of 0 among them, perhaps in another order.
    for (x, y) in zip(scalars(found), scalars(maml)) { #expect(abs(x - y) < 1e-14) }
    #expect(scalars(maml).contains { abs($0) > 0.1 })
  }

  @Test(arguments: ["meta-curvature", "klin", "kfc", "low-rank"], [1, 3])
  func metaGradientMatchesFiniteDifferences(_ name: String, _ steps: Int) throws {
    let algorithm = try algorithm(name)
    let start = movedStart(algorithm)
    let exact = task.metaGradient(algorithm, steps: steps, at: start)
    // No element of a ReLU is within a difference's step of 0; the tolerance is that of MetaGradientTests.
    #expect(
      GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: steps, at: start)) < 1e-7)
    #expect(scalars(exact.rules).contains { abs($0) > 0.01 })
  }

  /// Equations 3 and 4 as they stand: xi by the gradient of the loss at the new parameters, differentiated by xi itself.
  private func twoSteps(
    _ map: any GradientTransform, _ start: MetaParameters<Double>, _ losses: [Adaptation.Loss<Double>]
  ) -> Parameters<Double> {
    var (theta, ruleParameters) = (start.model, start.rules[0])
    let rate: Tensor<Double> = 0.3
    for (step, loss) in losses.enumerated() {
      let derivative = gradient(at: theta, of: loss)
      func moved(_ ruleParameters: Parameters<Double>) -> Parameters<Double> {
        theta.replacingTensors(
          zip(theta.names, theta.tensors).map { name, tensor in
            tensor - rate * map(derivative[name], ruleParameters.group("\(name)."))
          })
      }
      // L(theta_{t+1}) is the loss of the next step's data.
      if step + 1 < losses.count {
        let next = losses[step + 1]
        let ruleDerivative = gradient(at: ruleParameters) { next(moved($0)) }
        let used = ruleParameters
        ruleParameters = ruleParameters - rate * ruleDerivative
        theta = moved(used)
      } else {
        theta = moved(ruleParameters)
      }
    }
    return theta
  }

  @Test(arguments: ["klin", "kfc", "low-rank"], [1, 2, 4]) func stepsAreThoseOfEquations3And4(
    _ name: String, _ steps: Int
  ) throws {
    let algorithm = try algorithm(name)
    let start = movedStart(algorithm)
    let rule = try #require(algorithm.adaptation.last.rule as? AdaptedOptimizerStep)
    let losses = task.supportLosses(steps: steps)
    let found = algorithm.adaptation(start, losses: losses)
    let expected = twoSteps(rule.transform, start, losses)
    // The same numbers by another way of differentiating: roundings of 1e-16 of some dozens of operations.
    for (x, y) in zip(scalars(found), scalars(expected)) { #expect(abs(x - y) < 1e-13) }
  }

  @Test func secondStepHasAnotherMapThanTheFirst() throws {
    // What the test above would not see if nothing moved.
    let algorithm = try algorithm("klin")
    let start = movedStart(algorithm)
    let losses = task.supportLosses(steps: 2)
    let fixed = Adaptation([Phase(adapted: .all, rule: PreconditionedStep(KroneckerProduct(), rate: 0.3))])
    let (adapted, kept) = (algorithm.adaptation(start, losses: losses), fixed(start, losses: losses))
    #expect(zip(scalars(adapted), scalars(kept)).contains { abs($0 - $1) > 1e-3 })
  }
}
