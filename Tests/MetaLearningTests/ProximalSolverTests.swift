import MetaLearning
import NeuralNetworks
import RealModule
import TensorCore
import TestSupport
import Testing

/// Inner solvers of iMAML with momentum and with a tolerance.
@Suite struct ProximalSolverTests {
  private typealias Ridge = RidgeProblem

  private let lambda = 2.0
  /// The curvatures of the inner objective are from 2.2 to 22.
  private let condition = 10.0
  private var momentum: Double { (condition.squareRoot() - 1) / (condition.squareRoot() + 1) }

  private func settings(momentum: Double = 0, tolerance: Double = 0) -> InnerLoopSettings {
    var settings = InnerLoopSettings(rate: 1 / 22)
    settings.regularization = lambda
    settings.momentum = momentum
    settings.tolerance = tolerance
    settings.implicitSolver = ConjugateGradient(maximumSteps: 5)
    return settings
  }

  private var minimum: [Double] { Ridge.minimum(Array(repeating: lambda, count: Ridge.size)) }

  /// Nesterov's recurrence in its usual form: y = x + m (x - the point before), x' = y - rate * gradient at y.
  @Test(arguments: [1, 2, 7]) func momentumIsNesterovs(_ steps: Int) {
    let found = Ridge.adapted(MetaObjective.iMAML(settings(momentum: momentum)).adaptation, steps: steps)
    let moment = Ridge.product(Ridge.matrix(lambda, 1), minimum)
    var (before, current) = (Ridge.theta.scalars, Ridge.theta.scalars)
    for _ in 0..<steps {
      let ahead = zip(current, before).map { $0 + momentum * ($0 - $1) }
      let derivative = zip(Ridge.product(Ridge.matrix(lambda, 1), ahead), moment).map { $0 - $1 }
      (before, current) = (current, zip(ahead, derivative).map { $0 - $1 / 22 })
    }
    // Some dozens of roundings of 1e-16 on numbers up to 20.
    #expect(Ridge.distance(found, current) < 1e-13)
  }

  /// Lemma 2: 2 sqrt(kappa) log(2 kappa |x*| / delta) gradients are enough with momentum, where the distance of the start
  /// takes the place of |x*|. Without it about kappa times the logarithm are needed.
  @Test func momentumReachesADistanceInTheStepsOfLemma2() {
    let delta = 1e-9
    let far = Ridge.distance(Ridge.theta.scalars, minimum)
    let bound = Int(2 * condition.squareRoot() * Double.log(2 * condition * far / delta))
    func distance(_ momentum: Double) -> Double {
      Ridge.distance(Ridge.adapted(MetaObjective.iMAML(settings(momentum: momentum)).adaptation, steps: bound), minimum)
    }
    #expect(distance(momentum) < delta, "\(bound) steps leave \(distance(momentum))")
    #expect(distance(0) > 5 * delta, "\(bound) steps leave \(distance(0))")
  }

  @Test func unrolledMomentumMatchesFiniteDifferences() {
    let task = RegressionTask()
    var settings = settings(momentum: 0.6)
    settings.differentiation = .unrolled
    let algorithm = MetaObjective.iMAML(settings)
    // The tolerance of MetaGradientTests.
    #expect(
      GradientCheck.relativeError(
        task.metaGradient(algorithm, steps: 3).tensors, task.finiteDifferences(algorithm, steps: 3)) < 1e-7)
  }

  /// First order: the momentum is a constant, and the start gets the outer gradient itself.
  @Test func firstOrderMomentumIsAConstant() {
    let task = RegressionTask()
    let losses = task.supportLosses(steps: 3)
    var algorithm = MetaObjective.iMAML(settings(momentum: 0.6))
    algorithm.metaGradient = .differentiated
    let found = algorithm.outerLossAndGradient(task.parameters, supportLosses: losses, queryLoss: task.queryLoss)
    let end = algorithm.adaptation(task.parameters, losses: losses)
    let expected = gradient(at: end, of: task.queryLoss)
    // Sums with weights that add up to 1 within roundings.
    for (x, y) in zip(scalars(found.gradient), scalars(expected)) { #expect(abs(x - y) < 1e-14) }
  }

  /// The bound |gradient| / lambda is an upper one, so that tasks stop at delta or nearer.
  @Test(arguments: [0.0, 0.52], [1e-2, 1e-5]) func toleranceBoundsTheDistanceFromTheMinimum(
    _ momentum: Double, _ delta: Double
  ) {
    let adaptation = MetaObjective.iMAML(settings(momentum: momentum, tolerance: delta)).adaptation
    let problem = Ridge.problem(adaptation)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: Ridge.support)
    #expect(loop.distanceBounds == nil)
    var (steps, last) = (0, [Double]())
    while steps < 400, last != loop.adapted.scalars { (steps, last) = (steps + 1, loop.adapted.scalars); loop.step() }
    // It stopped before it was at the minimum to the last digit, and near enough.
    let distance = Ridge.distance(loop.adapted.scalars, minimum)
    #expect(distance <= delta && distance > 1e-3 * delta, "\(distance) after \(steps) steps")
    #expect(loop.distanceBounds.map { $0[0] <= delta && $0[0] >= distance } == true)
    // The same steps as without a tolerance, as far as they go.
    let free = Ridge.adapted(MetaObjective.iMAML(settings(momentum: momentum)).adaptation, steps: steps - 1)
    #expect(Ridge.distance(free, loop.adapted.scalars) < 1e-13)
    // The next batch starts anew.
    loop.restart(from: problem.layout, support: Ridge.support)
    for _ in 0..<steps { loop.step() }
    #expect(loop.adapted.scalars == last)
  }

  /// Each task stops on its own, and its meta-gradient does not depend on the tasks beside it.
  @Test func tasksStopOneByOne() {
    let batch = BatchedRegression()
    var settings = InnerLoopSettings(rate: 0.25)
    settings.regularization = 2
    settings.tolerance = 0.02
    settings.implicitSolver = ConjugateGradient(maximumSteps: 20)
    let algorithm = MetaObjective.iMAML(settings)
    let problem = batch.problem(algorithm.adaptation)
    let loop = InnerLoopPrograms(algorithm.adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: batch.support())
    func weights() -> [[Double]] {
      let weights = loop.adapted.read()["hidden1.weight"]
      return (0..<BatchedRegression.tasks).map { weights.element($0, axis: 0).scalars }
    }
    var ends = Array(repeating: 0, count: BatchedRegression.tasks)
    for step in 1...60 {
      let before = weights()
      loop.step()
      for (task, pair) in zip(before, weights()).enumerated() where pair.0 != pair.1 { ends[task] = step }
    }
    #expect(Set(ends).count > 1 && ends.allSatisfy { $0 > 1 && $0 < 60 }, "\(ends)")
    let together = batch.differentiate(algorithm, steps: 60).gradient
    let alone = (0..<BatchedRegression.tasks).map { batch.differentiate(algorithm, steps: 60, only: $0).gradient }
    let sum = alone.dropFirst().reduce(alone[0]) { $0.combined(with: $1, +) }
    // Products of other shapes add up in another order.
    for (x, y) in zip(scalars(together), scalars(sum)) { #expect(abs(x - y) < 1e-11) }
  }
}
