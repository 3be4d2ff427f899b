import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The expansions of the three meta-gradients (overview, eqs. 28 to 41) for algorithms whose inner steps see minibatches of
/// one task's examples, as in training: with k disjoint minibatches, the last one of them the query of MAML and FOMAML.
@Suite struct MinibatchExpansionTests {
  private static let size = 4
  private let network = RegressionTask().network
  private let start = RegressionTask().parameters

  /// All examples of the task, `[1, k * size, 2]`.
  private func examples(_ k: Int) -> LabeledExamples<Double> {
    LabeledExamples(
      inputs: 2 * testValues([1, k * Self.size, 2], seed: 61), targets: testValues([1, k * Self.size, 2], seed: 62))
  }

  private func part(_ index: Int, of examples: LabeledExamples<Double>) -> LabeledExamples<Double> {
    examples.mapTensors { $0.sliced(axis: 1, index * Self.size..<(index + 1) * Self.size) }
  }

  private func loss(_ examples: LabeledExamples<Double>) -> Adaptation.Loss<Double> {
    { square(network($0, examples.inputs) - examples.targets).mean() }
  }

  private func problem(_ adaptation: Adaptation, _ support: LabeledExamples<Double>) -> AdaptationProblem<
    LabeledExamples<Double>
  > {
    let network = network
    let losses: @Sendable (Parameters<Double>, LabeledExamples<Double>) -> Tensor<Double> = {
      square(network($0, $1.inputs) - $1.targets).mean(axes: 1, 2)
    }
    var problem = AdaptationProblem(
      layout: adaptation.metaParameters(startingFrom: start), tasks: 1, support: support, query: support,
      supportLosses: { parameters, examples, _ in losses(parameters, examples) }, queryLosses: losses)
    problem.minibatch = { $0.minibatch(ofStep: $1, size: $2) }
    return problem
  }

  private func algorithm(_ name: String, rate: Double) -> any MetaAlgorithm {
    var (reptile, maml, fomaml) = (Reptile(), MAML(), FOMAML())
    (reptile.rate, maml.rate, fomaml.rate) = (rate, rate, rate)
    switch name {
    case "reptile": return reptile
    case "maml": return maml
    default: return fomaml
    }
  }

  /// The algorithm's own meta-gradient of a task whose parts come in this order; Reptile's displacement over the rate.
  private func metaGradient(_ name: String, rate: Double, order: [Int], minibatch: Int?) -> Tensor<Double> {
    let k = order.count
    let ordered = order.map { part($0, of: examples(k)) }
    let support = ordered[0].replacingTensors(
      ordered[0].tensors.indices.map { index in concatenate(ordered.map { $0.tensors[index] }, axis: 1) })
    var objective = algorithm(name, rate: rate).objective
    objective.adaptation.minibatch = minibatch
    let isReptile = name == "reptile"
    let losses = problem(objective.adaptation, support).stepLosses(
      objective.adaptation, steps: isReptile ? k : k - 1, on: support)
    let query = isReptile ? support : ordered[k - 1]
    let gradient = objective.outerLossAndGradient(start, supportLosses: losses, queryLoss: loss(query), tasks: 1)
      .gradient
    return isReptile ? Tensor(1 / rate) * gradient.flattened() : gradient.flattened()
  }

  /// Orders of 0 ..< k, k prime, in which every pair of places holds every pair of numbers once.
  private func orders(_ k: Int) -> [[Int]] {
    (1..<k).flatMap { a in (0..<k).map { b in (0..<k).map { (a * $0 + b) % k } } }
  }

  private func mean(_ values: [Tensor<Double>]) -> Tensor<Double> {
    Tensor(1 / Double(values.count)) * values.dropFirst().reduce(values[0], +)
  }

  /// The even and the odd part of the expected meta-gradient in the rate, the latter over the rate.
  private func expansion(
    _ name: String, _ k: Int, minibatch: Int?
  ) -> (constant: Tensor<Double>, linear: Tensor<Double>) {
    // Both parts have errors of h^2 times third derivatives of up to k^2, and roundings of 1e-16 / h^2.
    let h = 1e-4
    let (forward, backward) = (
      mean(orders(k).map { metaGradient(name, rate: h, order: $0, minibatch: minibatch) }),
      mean(orders(k).map { metaGradient(name, rate: -h, order: $0, minibatch: minibatch) })
    )
    return (0.5 * (forward + backward), Tensor(0.5 / h) * (forward - backward))
  }

  private func derivative(_ index: Int, _ k: Int) -> Parameters<Double> {
    gradient(at: start, of: loss(part(index, of: examples(k))))
  }

  private func averageGradient(_ k: Int) -> Tensor<Double> { mean((0..<k).map { derivative($0, k).flattened() }) }

  /// E[H_i g_j] over different minibatches i and j.
  private func averageInnerGradient(_ k: Int) -> Tensor<Double> {
    mean(
      (0..<k).flatMap { i in
        (0..<k).filter { $0 != i }.map { j in
          hessianVectorProduct(at: start, along: derivative(j, k), of: loss(part(i, of: examples(k)))).flattened()
        }
      })
  }

  private func relativeError(_ found: Tensor<Double>, _ expected: Tensor<Double>) -> Double {
    GradientCheck.relativeError([found], [expected.scalars])
  }

  @Test(arguments: ["maml", "fomaml", "reptile"], [2, 3])
  func metaGradientsOnMinibatchesHaveTheCoefficientsOfTheExpansion(_ name: String, _ k: Int) {
    let expected: (gradient: Double, inner: Double) =
      switch name {
      case "maml": (1, Double(2 * (k - 1)))
      case "fomaml": (1, Double(k - 1))
      default: (Double(k), Double(k * (k - 1)) / 2)
      }
    let found = expansion(name, k, minibatch: Self.size)
    // The tolerances of MetaGradientExpansionTests.
    #expect(relativeError(found.constant, Tensor(expected.gradient) * averageGradient(k)) < 1e-5)
    #expect(relativeError(found.linear, Tensor(-expected.inner) * averageInnerGradient(k)) < 1e-5)
  }

  /// Where all steps see all examples, the second term has the Hessian and the gradient of the same examples: it is no
  /// inner product of gradients of different ones, and the expansion does not hold.
  @Test func stepsOnAllExamplesHaveAnotherSecondTerm() {
    let k = 3
    let found = expansion("reptile", k, minibatch: nil)
    let whole = loss(examples(k))
    let own = hessianVectorProduct(at: start, along: gradient(at: start, of: whole), of: whole).flattened()
    #expect(relativeError(found.linear, Tensor(-3) * own) < 1e-5)
    #expect(relativeError(found.linear, Tensor(-3) * averageInnerGradient(k)) > 0.05)
  }

  /// The loop on the host, as evaluations run it, sees the minibatches that the traced steps see, beyond the first pass, too.
  @Test func loopOnTheHostSeesTheSameMinibatches() {
    let adaptation = Adaptation([Phase(adapted: .all, rule: GradientStep(rate: 0.1))], minibatch: 5)
    let support = examples(3)
    let problem = problem(adaptation, support)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: support)
    for _ in 0..<4 { loop.step() }
    let traced = adaptation(start, losses: problem.stepLosses(adaptation, steps: 4, on: support), tasks: 1)
    // The same operations, of which some are fused.
    for (x, y) in zip(loop.adapted.scalars, scalars(traced)) { #expect(abs(x - y) < 1e-13) }
    let all = Adaptation(adaptation.phases)
    let whole = all(start, losses: problem.stepLosses(all, steps: 4, on: support), tasks: 1)
    #expect(zip(scalars(traced), scalars(whole)).contains { abs($0 - $1) > 1e-3 })
  }
}
