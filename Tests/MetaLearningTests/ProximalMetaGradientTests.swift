import MetaLearning
import NeuralNetworks
import RealModule
import TensorCore
import TestSupport
import Testing

/// Meta-gradients of proximal minima: accuracy, strengths that differ between parameters, damping, and truncated
/// back-propagation, against closed forms on a ridge regression.
@Suite struct ProximalMetaGradientTests {
  private typealias Ridge = RidgeProblem

  private let lambda = 2.0
  private let rate = 1.0 / 22

  private func settings(cgSteps: Int = 10) -> InnerLoopSettings {
    var settings = InnerLoopSettings(rate: rate)
    settings.regularization = lambda
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps)
    return settings
  }

  /// (I + H / lambda)^-1 v.
  private func implicit(_ v: [Double]) -> [Double] { Ridge.solve(Ridge.matrix(1, 1 / lambda), v) }

  private var exact: [Double] {
    implicit(Ridge.outerGradient(at: Ridge.minimum(Array(repeating: lambda, count: Ridge.size))))
  }

  /// Lemma 3: the error is at most (2 lambda rho B / mu^2 + lambda L / mu) delta + delta', with delta the distance of the
  /// inner solution from the minimum and delta' the error of the linear system. A quadratic has rho = 0.
  @Test func errorIsWithinTheBoundOfLemma3() {
    let (mu, smoothness) = (lambda + Ridge.curvatures.smallest, Ridge.largestEigenvalue(Ridge.outerHessian))
    let minimum = Ridge.minimum(Array(repeating: lambda, count: Ridge.size))
    var shares: [Double] = []
    for steps in [2, 8, 30, 90] {
      for cgSteps in [0, 1, 2, 5] {
        let algorithm = MetaObjective.iMAML(settings(cgSteps: cgSteps))
        let phi = Ridge.adapted(algorithm.adaptation, steps: steps)
        let found = scalars(Ridge.differentiate(algorithm, steps: steps).gradient)
        let delta = Ridge.distance(phi, minimum)
        let residual = Ridge.distance(found, implicit(Ridge.outerGradient(at: phi)))
        let (error, bound) = (Ridge.distance(found, exact), lambda * smoothness / mu * delta + residual)
        #expect(error <= bound * (1 + 1e-9), "\(steps) steps, \(cgSteps) of the solver: \(error) above \(bound)")
        shares.append(error / bound)
      }
    }
    // The bound is not empty: some errors are most of it.
    #expect(shares.contains { $0 > 0.5 }, "\(shares)")
  }

  /// Theorem 1: with momentum, a tolerance and a solver that are chosen for it, the meta-gradient has a given accuracy after
  /// a number of gradients that grows with sqrt(kappa) times a logarithm.
  @Test(arguments: [1e-2, 1e-4, 1e-8]) func accuracyOfTheorem1IsReachedInItsTime(_ epsilon: Double) {
    let (mu, kappa) = (lambda + Ridge.curvatures.smallest, 10.0)
    let smoothness = Ridge.largestEigenvalue(Ridge.outerHessian)
    let delta = epsilon * mu / (2 * lambda * smoothness)
    let minimum = Ridge.minimum(Array(repeating: lambda, count: Ridge.size))
    let outer = Ridge.norm(Ridge.outerGradient(at: minimum))
    var settings = settings()
    settings.momentum = (kappa.squareRoot() - 1) / (kappa.squareRoot() + 1)
    settings.tolerance = delta
    // The matrix is at least the identity, so that the solution's error is at most the residual.
    settings.implicitSolver = ConjugateGradient(maximumSteps: 100, relativeTolerance: epsilon / (4 * outer))
    // Lemma 2; the bound of the distance has up to beta / lambda = 11 times the distance.
    let far = Ridge.distance(Ridge.theta.scalars, minimum)
    let steps = Int(2 * kappa.squareRoot() * Double.log(2 * kappa * far / (delta / 11)).rounded(.up))
    let found = Ridge.differentiate(.iMAML(settings), steps: steps)
    #expect(Ridge.distance(scalars(found.gradient), exact) <= epsilon)
    #expect(found.distance.map { $0 <= delta } == true, "\(found.distance as Any) after \(steps) steps")
    #expect(found.residual <= epsilon / (4 * outer))
  }

  /// With strengths in a diagonal matrix Lambda the meta-gradient is Lambda (H + Lambda)^-1 v.
  @Test(arguments: [5, 40]) func strengthOfEachElementHasTheClosedForm(_ cgSteps: Int) {
    var settings = settings(cgSteps: cgSteps)
    (settings.learnsRegularization, settings.learnedForm) = (true, .element)
    let algorithm = MetaObjective.iMAML(settings)
    let strengths = (0..<Ridge.size).map { 0.5 + 0.4 * Double($0) }
    var start = algorithm.adaptation.metaParameters(startingFrom: Ridge.model)
    #expect(start.rules[0].names == ["log_regularization.output.weight"])
    #expect(start.rules[0].tensors[0].scalars.allSatisfy { abs($0 - Double.log(lambda)) < 1e-15 })
    start.rules[0] = start.rules[0].map { Tensor(shape: $0.shape, scalars: strengths.map { .log($0) }) }
    let found = Ridge.differentiate(algorithm, steps: 600, from: start).gradient
    let minimum = Ridge.minimum(strengths)
    let solution = Ridge.solve(Ridge.matrix(0, 1, diagonal: strengths), Ridge.outerGradient(at: minimum))
    let expected = zip(strengths, solution).map { $0 * $1 }
    // 600 steps leave (1 - 0.7 / 22)^600 = 4e-9 of the way. Ten unknowns need ten steps of the solver at most, in exact
    // arithmetic.
    let error = Ridge.distance(scalars(found.model), expected) / Ridge.norm(expected)
    #expect(cgSteps == 5 ? error > 1e-6 : error < 1e-7, "\(error)")
    guard cgSteps > 5 else { return }
    // d phi* / d log lambda_j = -(H + Lambda)^-1 lambda_j (phi*_j - theta_j) e_j.
    let ofStrengths = (0..<Ridge.size).map { -solution[$0] * strengths[$0] * (minimum[$0] - Ridge.theta.scalars[$0]) }
    #expect(Ridge.distance(scalars(found.rules), ofStrengths) < 1e-7 * Ridge.norm(ofStrengths))
  }

  /// A Hessian-free step with as many solver steps as unknowns is at the minimum of a quadratic, whatever the strengths.
  @Test func hessianFreeStepWithDifferentStrengthsIsTheMinimum() {
    var settings = settings(cgSteps: 40)
    (settings.learnsRegularization, settings.learnedForm) = (true, .element)
    settings.search.direction = ConjugateGradient(maximumSteps: 40)
    let adaptation = MetaObjective.hessianFreeIMAML(settings).adaptation
    let strengths = (0..<Ridge.size).map { 0.5 + 0.4 * Double($0) }
    var start = adaptation.metaParameters(startingFrom: Ridge.model)
    start.rules[0] = start.rules[0].map { Tensor(shape: $0.shape, scalars: strengths.map { .log($0) }) }
    let loop = InnerLoopPrograms(adaptation, Ridge.problem(adaptation)).makeLoop()
    loop.restart(from: start, support: Ridge.support)
    loop.step()
    #expect(Ridge.distance(loop.adapted.scalars, Ridge.minimum(strengths)) < 1e-9)
  }

  /// Given and learned strengths of the layers of a tanh network.
  @Test(arguments: [nil, .scalar, .layer, .element] as [ProximalStep.LearnedStrength?])
  func strengthsOfLayersMatchFiniteDifferences(_ learned: ProximalStep.LearnedStrength?) {
    let batch = BatchedRegression()
    var settings = InnerLoopSettings(rate: 0.15)
    settings.regularization = 4
    settings.factors = [1.5, 1, 0.75]
    if let learned { (settings.learnsRegularization, settings.learnedForm) = (true, learned) }
    settings.implicitSolver = ConjugateGradient(maximumSteps: 60)
    let algorithm = MetaObjective.iMAML(settings)
    let exact = batch.differentiate(algorithm, steps: 70).gradient
    // The tolerance of ImplicitMetaGradientTests. Strengths are 3 at least, so that each step takes 0.3 of the distance.
    #expect(
      GradientCheck.relativeError(exact.tensors, batch.finiteDifferences(algorithm.adaptation, steps: 70)) < 1e-7)
    let counts: [ProximalStep.LearnedStrength?: Int] = [nil: 0, .scalar: 1, .layer: 3, .element: 6]
    #expect(exact.rules[0].names.count == counts[learned])
    #expect(exact.rules[0].tensors.allSatisfy { $0.scalars.contains { abs($0) > 1e-5 } })
  }

  /// Equal strengths of all layers or elements are one strength, and with no solver steps the meta-gradient is FOMAML's.
  @Test(arguments: [ProximalStep.LearnedStrength.layer, .element], [0, 3])
  func equalStrengthsAreOne(_ form: ProximalStep.LearnedStrength, _ cgSteps: Int) {
    let batch = BatchedRegression()
    var settings = InnerLoopSettings(rate: 0.2)
    settings.learnsRegularization = true
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps)
    let one = batch.differentiate(.iMAML(settings), steps: 4).gradient
    settings.learnedForm = form
    let each = batch.differentiate(.iMAML(settings), steps: 4).gradient
    // exp(log(2)) and square roots: a few roundings.
    for (x, y) in zip(scalars(each.model), scalars(one.model)) { #expect(abs(x - y) < 1e-12) }
    #expect(abs(scalars(each.rules).reduce(0, +) - scalars(one.rules)[0]) < 1e-12)
  }

  /// The authors' matrix, (1 + d) I + H / (lambda + c).
  @Test(arguments: [(1.0, 10.0), (1, 0), (0, 10), (0, 0)]) func dampedSystemIsThatOfTheAuthors(_ d: Double, _ c: Double)
  {
    var settings = settings(cgSteps: 30)
    settings.damping = ImplicitDamping(identity: d, strength: c)
    let found = scalars(Ridge.differentiate(.iMAML(settings), steps: 400).gradient)
    let phi = Ridge.adapted(MetaObjective.iMAML(settings).adaptation, steps: 400)
    let expected = Ridge.solve(Ridge.matrix(1 + d, 1 / (lambda + c)), Ridge.outerGradient(at: phi))
    #expect(Ridge.distance(found, expected) < 1e-12 * Ridge.norm(expected))
    let error = Ridge.distance(found, exact) / Ridge.norm(exact)
    #expect(d == 0 && c == 0 ? error < 1e-6 : error > 0.1)
  }

  /// Damping of the identity with strengths that differ: ((1 + d) I + S H S) u = S v, and the meta-gradient is Lambda S u.
  @Test func differentStrengthsAreDampedToo() {
    var settings = settings(cgSteps: 40)
    (settings.learnsRegularization, settings.learnedForm) = (true, .element)
    settings.damping = ImplicitDamping(identity: 0.7)
    let algorithm = MetaObjective.iMAML(settings)
    let strengths = (0..<Ridge.size).map { 0.5 + 0.4 * Double($0) }
    var start = algorithm.adaptation.metaParameters(startingFrom: Ridge.model)
    start.rules[0] = start.rules[0].map { Tensor(shape: $0.shape, scalars: strengths.map { .log($0) }) }
    let found = Ridge.differentiate(algorithm, steps: 600, from: start).gradient
    // (1 + d) Lambda + H, between the square roots of Lambda.
    let solution = Ridge.solve(
      Ridge.matrix(0, 1, diagonal: strengths.map { 1.7 * $0 }), Ridge.outerGradient(at: Ridge.minimum(strengths)))
    let expected = zip(strengths, solution).map { $0 * $1 }
    #expect(Ridge.distance(scalars(found.model), expected) < 1e-7 * Ridge.norm(expected))
  }
}

/// Truncated back-propagation through the last steps of a proximal inner loop (iMAML, table 1; Shaban et al. 2018).
@Suite struct TruncatedMetaGradientTests {
  private typealias Ridge = RidgeProblem

  private let lambda = 2.0
  private let rate = 1.0 / 22
  private let steps = 12

  private func metaGradient(_ differentiation: Differentiation, truncation: Int = 1) -> [Double] {
    var settings = InnerLoopSettings(rate: rate)
    settings.regularization = lambda
    (settings.differentiation, settings.truncation) = (differentiation, truncation)
    let algorithm = MetaObjective.iMAML(settings)
    let problem = Ridge.problem(algorithm.adaptation)
    return scalars(
      algorithm.outerLossAndGradient(
        problem.layout, supportLosses: problem.stepLosses(algorithm.adaptation, steps: steps, on: Ridge.support),
        queryLoss: { Ridge.losses($0, Ridge.query).sum() }, tasks: 1
      ).gradient)
  }

  /// With A = H + lambda I and v the outer gradient at the end, K steps give the sum over i < K of (I - alpha A)^i alpha
  /// lambda v: the proximal term brings theta into each of them, and the start is cut off.
  @Test(arguments: [1, 3, 11]) func sumOfTheLastStepsIsTheClosedForm(_ truncation: Int) {
    var settings = InnerLoopSettings(rate: rate)
    settings.regularization = lambda
    let end = Ridge.adapted(MetaObjective.iMAML(settings).adaptation, steps: steps)
    var term = Ridge.outerGradient(at: end).map { rate * lambda * $0 }
    var expected = term
    for _ in 1..<truncation {
      term = zip(term, Ridge.product(Ridge.matrix(lambda, 1), term)).map { $0 - rate * $1 }
      expected = zip(expected, term).map { $0 + $1 }
    }
    #expect(Ridge.distance(metaGradient(.truncated, truncation: truncation), expected) < 1e-13 * Ridge.norm(expected))
  }

  @Test(arguments: [12, 40]) func throughAllStepsItIsTheUnrolledOne(_ truncation: Int) {
    // The same operations.
    #expect(metaGradient(.truncated, truncation: truncation) == metaGradient(.unrolled))
  }

  /// Table 1: the error falls geometrically with the number of steps, here by 1 - alpha (lambda + the smallest curvature)
  /// = 0.9 in each, so that a given error takes kappa times a logarithm of steps.
  @Test func errorFallsGeometricallyWithTheNumberOfSteps() {
    let whole = metaGradient(.unrolled)
    let errors = (1...11).map { Ridge.distance(metaGradient(.truncated, truncation: $0), whole) }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $1 < $0 }, "\(errors)")
    for (index, error) in errors.enumerated() {
      let left = Double.pow(1 - rate * (lambda + Ridge.curvatures.smallest), index + 1)
      var settings = InnerLoopSettings(rate: rate)
      settings.regularization = lambda
      let v = Ridge.outerGradient(at: Ridge.adapted(MetaObjective.iMAML(settings).adaptation, steps: steps))
      // What is cut off is (I - alpha A)^K times the gradient of the first T - K steps, which is no longer than v.
      #expect(error <= left * Ridge.norm(v) * (1 + 1e-12))
    }
  }

  /// Fewer steps are kept for the way back.
  @Test func memoryIsThatOfTheStepsThatItPassesThrough() {
    let batch = BatchedRegression()
    func bytes(_ differentiation: Differentiation, truncation: Int = 1) -> Int {
      var settings = InnerLoopSettings(rate: 0.1)
      (settings.differentiation, settings.truncation) = (differentiation, truncation)
      let algorithm = MetaObjective.iMAML(settings)
      let problem = batch.problem(algorithm.adaptation)
      return Program(for: problem.layout) { parameters in
        algorithm.outerLossAndGradient(
          parameters, supportLosses: problem.stepLosses(algorithm.adaptation, steps: 24, on: batch.support()),
          queryLoss: { batch.losses($0, batch.query()).sum() }, tasks: BatchedRegression.tasks
        ).gradient
      }.workspaceBytes
    }
    let (few, all) = (bytes(.truncated, truncation: 3), bytes(.unrolled))
    #expect(2 * few < all, "\(few) and \(all) bytes")
  }
}
