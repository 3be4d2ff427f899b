import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The implicit meta-gradient of a sparse recovery, on the support of what it recovered.
@Suite struct SupportGradientTests {
  private let batch = BatchedRegression()

  private func algorithm(_ method: SparseRecovery.Method) -> MetaObjective {
    var settings = InnerLoopSettings(rate: 0.4, l1Strength: 0.2)
    settings.recovery.method = method
    settings.recovery.keptWeights = 1
    settings.recovery.start = .zero
    settings.differentiation = .implicit
    settings.implicitSolver = ConjugateGradient(maximumSteps: 40, relativeTolerance: 1e-12)
    return .mlsr(settings)
  }

  @Test(arguments: [SparseRecovery.Method.softThresholding, .accelerated, .hardThresholding])
  func matchesFiniteDifferencesOfTheRecovery(_ method: SparseRecovery.Method) {
    let algorithm = algorithm(method)
    let adaptation = algorithm.adaptation
    // Without the norm, which ends a weight's way early, the flattest direction counts.
    let steps = method == .hardThresholding ? 600 : 200
    let problem = batch.problem(adaptation)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: batch.support())
    for _ in 0..<steps { loop.step() }
    // Some weights are 0 and some are far from it, so that no difference's step of 1e-5 changes the support.
    let recovered = loop.adapted.arrays[0]
    #expect(recovered.contains(0) && recovered.contains { $0 != 0 })
    #expect(recovered.allSatisfy { $0 == 0 || abs($0) > 1e-3 })
    let exact = batch.differentiate(algorithm, steps: steps).gradient
    // The tolerance of ImplicitMetaGradientTests: the steps are enough for the curvatures on these supports.
    #expect(GradientCheck.relativeError(exact.tensors, batch.finiteDifferences(adaptation, steps: steps)) < 1e-7)
    // Nothing reaches the start: the recovery begins at 0.
    #expect(scalars(exact.model.selecting(.outputLayer)).allSatisfy { $0 == 0 })
  }

  @Test func withoutSolverStepsItIsTheDirectOne() {
    let adaptation = algorithm(.softThresholding).adaptation
    let found = batch.differentiate(adaptation, steps: 3, by: ConjugateGradient(maximumSteps: 0)).gradient
    var direct = MetaObjective.mlsr(InnerLoopSettings(rate: 0.4, l1Strength: 0.2))
    direct.adaptation.last.start = .zero
    let (support, query) = (batch.support(), batch.query())
    let expected = direct.outerLossAndGradient(
      batch.task.parameters, supportLosses: Array(repeating: { batch.losses($0, support).sum() }, count: 3),
      queryLoss: { batch.losses($0, query).sum() }, tasks: BatchedRegression.tasks
    ).gradient
    for (x, y) in zip(scalars(found), scalars(expected)) { #expect(abs(x - y) < 1e-13) }
  }

  /// Theorem 1 and eq. 6 of the MLSR paper on features F(theta) = F + sum of theta_k D_k, of which a task uses one, s = 1.
  /// Its constant C1 is that of Candes 2008, theorem 1.2, 4 sqrt(1 + delta) / (1 - (1 + sqrt 2) delta) with
  /// delta = delta_2s; here delta_2 is the coherence 1/8, so that C1 = 6.08.
  @Test func droppedTermIsWithinTheBound() {
    let delta = SparseProblem.coherence
    let constant = 4 * (1 + delta).squareRoot() / (1 - (1 + 2.0.squareRoot()) * delta)
    #expect(abs(constant - 6.08) < 0.005)
    let problem = FeatureProblem()
    let (direct, whole) = (problem.metaGradient(cgSteps: 0), problem.metaGradient(cgSteps: 10))
    for k in 0..<FeatureProblem.directions {
      let dropped = abs(whole.gradient[k] - direct.gradient[k])
      // sum over i, j, n of |dL/dPhi_i Phi_j dF_nj/dtheta_k|.
      let bound = whole.outerDerivative.map(abs).reduce(0, +) * problem.influence(k, whole.weights)
      // The bound is a thousand times what is dropped and more; so the term itself is compared, too.
      #expect(dropped <= constant * bound)
      #expect(dropped > 1e-2 * abs(direct.gradient[k]) && dropped > 1e-6)
      let expected = whole.outerDerivative[5] * problem.derivative(k, whole.weights)
      #expect(abs(whole.gradient[k] - direct.gradient[k] - expected) < 1e-9 * abs(expected))
    }
  }
}

/// Twelve features of five examples: supports that no five equations determine.
@Suite struct WideSupportTests {
  private static let (rows, columns, directions) = (5, 12, 3)

  /// Of the examples to adapt to, and of others: an outer gradient that those do not span.
  private static let base: Tensor<Double> = testValues([rows, columns], seed: 200)
  private static let queryBase: Tensor<Double> = testValues([rows, columns], seed: 203)
  private static let targets: Tensor<Double> = testValues([rows, 1], seed: 201)
  private static let queryTargets: Tensor<Double> = testValues([rows, 1], seed: 202)

  private static func features(_ theta: Tensor<Double>, _ base: Tensor<Double>) -> Tensor<Double> {
    (0..<directions).reduce(base) { sum, k in
      sum + theta.sliced(axis: 0, k..<k + 1).reshaped(to: [1, 1]) * testValues([rows, columns], seed: 210 + k)
    }
  }

  private static func loss(
    _ parameters: Parameters<Double>, _ targets: Tensor<Double>, _ base: Tensor<Double>
  ) -> Tensor<Double> {
    let features = features(parameters["features.theta"], base)
    return square(matmul(features, parameters["output.weight"]) - targets).mean(axes: 1, 2)
  }

  private static let model = Parameters<Double>([
    ("features.theta", .zeros([directions])), ("output.weight", .zeros([columns, 1])),
  ])
  private static let layout = MetaParameters(model: model, rules: [Parameters([])])

  /// The samples are the targets.
  private static let problem = AdaptationProblem(
    layout: layout, tasks: 1, support: targets.insertingAxis(0), query: queryTargets.insertingAxis(0),
    supportLosses: { parameters, targets, _ in loss(parameters, targets, base) },
    queryLosses: { loss($0, $1, queryBase) })

  private static let solver = ConjugateGradient(maximumSteps: 100, relativeTolerance: 1e-12)

  private func adaptation(_ method: SparseRecovery.Method, ridge: Double, rate: Double = 0.1) -> Adaptation {
    // The Hessian's largest eigenvalue is below 10.
    var settings = InnerLoopSettings(rate: rate, l1Strength: 0.0001)
    settings.recovery.method = method
    settings.recovery.keptWeights = 8
    settings.recovery.start = .zero
    settings.recovery.ridge = ridge
    settings.differentiation = .implicit
    return MetaObjective.mlsr(settings).adaptation
  }

  private func recover(_ adaptation: Adaptation, from start: MetaParameters<Double> = layout, steps: Int) -> [Double] {
    let loop = InnerLoopPrograms(adaptation, Self.problem).makeLoop()
    loop.restart(from: start, support: Self.problem.support)
    for _ in 0..<steps { loop.step() }
    return loop.adapted.scalars
  }

  private func differentiate(
    _ adaptation: Adaptation, steps: Int, by solver: ConjugateGradient = solver
  ) -> ImplicitMetaGradient<Tensor<Double>>.Outcome {
    ImplicitMetaGradientPrograms(adaptation, solver, Self.problem).makeMetaGradient()
      .differentiate(Self.layout, support: Self.problem.support, query: Self.problem.query, steps: steps)
  }

  @Test(arguments: [SparseRecovery.Method.softThresholding, .accelerated, .hardThresholding])
  func ridgeMakesTheMinimumOnePointWhoseDerivativeIsExact(_ method: SparseRecovery.Method) {
    let adaptation = adaptation(method, ridge: 0.2)
    // A step leaves at most 1 / (1 + 0.1 x 0.2) of the distance along any direction: 1e-17 after 2,000.
    let steps = 2_000
    let weights = recover(adaptation, steps: steps)
    #expect(weights.count { $0 != 0 } > Self.rows, "\(weights)")
    #expect(weights.allSatisfy { $0 == 0 || abs($0) > 1e-4 })
    let found = differentiate(adaptation, steps: steps)
    #expect(found.residual < 1e-11)
    // FISTA's momentum goes round the minimum.
    #expect(found.recoveryResidual.map { $0 < 1e-10 } == true, "\(found.recoveryResidual as Any)")
    let differences = GradientCheck.finiteDifferences(at: [Self.layout.tensors[0]]) { theta in
      let model = Self.model.merging(Parameters([("features.theta", theta[0])]))
      let start = MetaParameters(model: model, rules: Self.layout.rules)
      let recovered = Tensor(shape: [Self.columns, 1], scalars: recover(adaptation, from: start, steps: steps))
      return Self.loss(
        model.merging(Parameters([("output.weight", recovered.reshaped(to: [1, Self.columns, 1]))])),
        Self.queryTargets, Self.queryBase
      ).sum().scalar
    }
    let exact = found.gradient.tensors[0]
    // The tolerance of ImplicitMetaGradientTests.
    #expect(GradientCheck.relativeError([exact], differences) < 1e-7)
  }

  /// Steps of 1 are longer than 2 over the Hessian's largest eigenvalue: the recovery runs away, while the system at the
  /// point where it ends is solved.
  @Test(arguments: [SparseRecovery.Method.softThresholding, .accelerated, .hardThresholding])
  func recoveryThatOvershootsIsReported(_ method: SparseRecovery.Method) {
    let found = differentiate(adaptation(method, ridge: 0.2, rate: 1), steps: 20)
    #expect(found.residual < 1e-6)
    #expect(found.recoveryResidual.map { $0 > 0.5 } == true, "\(found.recoveryResidual as Any)")
    // The measure is that of one step more.
    let adaptation = adaptation(method, ridge: 0.2)
    let (before, after) = (recover(adaptation, steps: 7), recover(adaptation, steps: 8))
    func norm(_ values: [Double]) -> Double { values.map { $0 * $0 }.reduce(0, +).squareRoot() }
    let expected = norm(zip(before, after).map { $0 - $1 }) / max(norm(before), norm(after))
    let residual = differentiate(adaptation, steps: 7).recoveryResidual
    #expect(residual.map { abs($0 - expected) < 1e-12 * expected } == true)
  }

  /// Without a ridge the system has no solution: what is left of it tells.
  @Test func systemWithoutASolutionIsReported() {
    let found = differentiate(adaptation(.hardThresholding, ridge: 0), steps: 500)
    #expect(found.residual > 0.1)
    // Nor is one found in too few steps.
    let cut = differentiate(
      adaptation(.softThresholding, ridge: 0.2), steps: 500, by: ConjugateGradient(maximumSteps: 1))
    #expect(cut.residual > 0.01)
  }
}

/// A linear layer on features that depend on three numbers theta.
private struct FeatureProblem {
  static let directions = 3
  private static let (rows, columns) = (SparseProblem.rows, SparseProblem.columns)

  private static func change(_ k: Int) -> Tensor<Double> { 0.1 * testValues([rows, columns], seed: 90 + k) }

  private static func features(_ theta: Tensor<Double>) -> Tensor<Double> {
    (0..<directions).reduce(SparseProblem.features) { sum, k in
      sum + theta.sliced(axis: 0, k..<k + 1).reshaped(to: [1, 1]) * change(k)
    }
  }

  /// The column 5 alone.
  private static let targets = 0.8 * SparseProblem.features.sliced(axis: 1, 5..<6)
  private static let queryTargets: Tensor<Double> = testValues([rows, 1], seed: 99)

  private static func loss(_ parameters: Parameters<Double>, _ targets: Tensor<Double>) -> Tensor<Double> {
    square(matmul(features(parameters["features.theta"]), parameters["output.weight"]) - targets).mean(axes: 1, 2)
  }

  /// The meta-gradient by theta at theta = 0, the recovered weights, and the outer gradient there.
  func metaGradient(cgSteps: Int) -> (gradient: [Double], weights: [Double], outerDerivative: [Double]) {
    var settings = InnerLoopSettings(rate: 16, l1Strength: 1e-4)
    settings.recovery.start = .zero
    settings.differentiation = .implicit
    settings.implicitSolver = ConjugateGradient(maximumSteps: cgSteps, relativeTolerance: 1e-12)
    let adaptation = MetaObjective.mlsr(settings).adaptation
    let model = Parameters<Double>([
      ("features.theta", .zeros([Self.directions])), ("output.weight", .zeros([Self.columns, 1])),
    ])
    let layout = adaptation.metaParameters(startingFrom: model)
    let (support, query) = (Self.targets.insertingAxis(0), Self.queryTargets.insertingAxis(0))
    let problem = AdaptationProblem(
      layout: layout, tasks: 1, support: support, query: query,
      supportLosses: { parameters, targets, _ in Self.loss(parameters, targets) }, queryLosses: { Self.loss($0, $1) })
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: layout, support: support)
    for _ in 0..<100 { loop.step() }
    let found = ImplicitMetaGradientPrograms(adaptation, settings.implicitSolver, problem).makeMetaGradient()
      .differentiate(layout, support: support, query: query, steps: 100)
    let weights = loop.adapted.read().tensors[0]
    let derivative = gradient(at: weights) {
      Self.loss(model.merging(Parameters([("output.weight", $0)])), Self.queryTargets).sum()
    }
    return (found.gradient.tensors[0].scalars, weights.scalars, derivative.scalars)
  }

  /// The sum over examples and features of |Phi_j dF_nj/dtheta_k|.
  func influence(_ k: Int, _ weights: [Double]) -> Double {
    let change = Self.change(k).scalars
    return change.indices.reduce(0) { $0 + abs(weights[$1 % Self.columns] * change[$1]) }
  }

  /// dPhi_5/dtheta_k where only Phi_5 is not 0, from F_5 . (F Phi - y) + constant = 0: with the other features' weights 0,
  /// -(dF_5 . r + F_5 . dF_5 Phi_5) / (F_5 . F_5).
  func derivative(_ k: Int, _ weights: [Double]) -> Double {
    func column(_ matrix: Tensor<Double>) -> [Double] { matrix.sliced(axis: 1, 5..<6).scalars }
    let (feature, change, targets) = (column(SparseProblem.features), column(Self.change(k)), Self.targets.scalars)
    let numerator = feature.indices.reduce(0) { sum, row in
      let residual = feature[row] * weights[5] - targets[row]
      return sum + change[row] * residual + feature[row] * change[row] * weights[5]
    }
    return -numerator / feature.reduce(0) { $0 + $1 * $1 }
  }
}
