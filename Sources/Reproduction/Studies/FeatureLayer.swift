import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

/// A layer of tanh units on fixed examples, of which a task uses one: theorem 1 of the MLSR paper with s = 1, whose isometry
/// constant delta_2 is known exactly, from the eigenvalues of all pairs of columns.
struct FeatureLayer: Sendable {
  /// How the weights of the units are drawn.
  enum Weights: Sendable {
    /// All units' weights are orthogonal, of norm 1.
    case orthogonal
    /// Every weight is an independent normal number, so that the norms are near 1.
    case independent
  }

  /// The number of examples, and of their inputs.
  static let (rows, inputs) = (512, 64)
  /// The number of the unit that the support's targets are.
  static let used = 3
  /// The number of the unit that the query's targets are: were it the same, there would be nothing to learn outside.
  private static let usedByQuery = 4
  /// 1 over the norm of a unit's 512 outputs, whose mean square is 0.394, so that columns have norms near 1.
  private static let scale = 1.59 / Double(rows).squareRoot()
  /// The weight of the L1 norm of a recovery.
  private static let strength = 1e-4
  /// The step size of a recovery: the largest eigenvalue of F^T F is below 2, and the Hessian is F^T F / 256.
  private static let rate = 120.0

  /// The weights `[inputs, width]`.
  let weights: Tensor<Double>
  /// The examples `[rows, inputs]`, standard normal numbers.
  private let support, query: Tensor<Double>
  /// What the features are moved by, `[inputs, width]`.
  private let direction: Tensor<Double>

  /// Draws a layer. Those of one number are the first units of the same 64, on the same examples.
  init(width: Int, _ kind: Weights, number: Int) {
    precondition((1...Self.inputs).contains(width), "a layer has 1 to \(Self.inputs) units, not \(width)")
    func draw(_ part: Int, _ shape: Shape, _ value: (inout RandomStream) -> Double) -> Tensor<Double> {
      var stream = RandomAddress(seed: 1, purpose: .benchmark, task: number, episode: part).stream
      return Tensor(shape: shape, scalars: (0..<shape.count).map { _ in value(&stream) })
    }
    let all: Tensor<Double>
    switch kind {
    case .orthogonal:
      var stream = RandomAddress(seed: 1, purpose: .benchmark, task: number).stream
      all = Initializer.orthogonal(gain: 1)([Self.inputs, Self.inputs], from: &stream)
    case .independent:
      all = draw(1, [Self.inputs, Self.inputs]) { $0.normal() / Double(Self.inputs).squareRoot() }
    }
    weights = all.sliced(axis: 1, 0..<width)
    (support, query) = (
      draw(2, [Self.rows, Self.inputs]) { $0.normal() }, draw(3, [Self.rows, Self.inputs]) { $0.normal() }
    )
    direction = draw(4, [Self.inputs, Self.inputs]) { $0.uniform(in: -1...1) }.sliced(axis: 1, 0..<width)
  }

  var width: Int { weights.shape[1] }

  private static func features(_ weights: Tensor<Double>, _ examples: Tensor<Double>) -> Tensor<Double> {
    Tensor(scale) * tanh(matmul(examples, weights))
  }

  /// The smallest delta_2 such that the squared norm of every combination of two columns is within 1 +- delta_2 times that of
  /// its weights.
  var isometryConstant: Double {
    let features = Self.features(weights, support)
    let gram = matmul(features.transposed(), features).scalars
    var constant = 0.0
    for i in 0..<width {
      for j in 0..<i {
        let (a, b, c) = (gram[i * width + i], gram[j * width + j], gram[i * width + j])
        let radius = ((a - b) * (a - b) / 4 + c * c).squareRoot()
        constant = max(constant, abs((a + b) / 2 + radius - 1), abs((a + b) / 2 - radius - 1))
      }
    }
    return constant
  }

  /// The isometry constant from which on the theorem says nothing.
  static let largestIsometryConstant = 2.0.squareRoot() - 1

  /// C1 of eq. 5, of Candes, "The restricted isometry property and its implications for compressed sensing" (2008), theorem
  /// 1.2, on which the paper rests; the isometry constant must be below `largestIsometryConstant`.
  var constant: Double {
    let delta = isometryConstant
    precondition(delta < Self.largestIsometryConstant, "theorem 1 says nothing of an isometry constant of \(delta)")
    return 4 * (1 + delta).squareRoot() / (1 - (1 + 2.0.squareRoot()) * delta)
  }

  /// The recovery of a task's weights on this layer's features, or on moved ones.
  private struct Task {
    let layout: MetaParameters<Double>
    let adaptation: Adaptation
    let problem: AdaptationProblem<Tensor<Double>>
    let loss: @Sendable (Parameters<Double>, _ targets: Tensor<Double>, _ isQuery: Bool) -> Tensor<Double>

    /// The weights `[1, width, 1]` after `steps` steps from 0.
    func recovered(steps: Int) -> Tensor<Double> {
      let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
      loop.restart(from: layout, support: problem.support)
      for _ in 0..<steps { loop.step() }
      return loop.adapted.read()[FeatureLayer.outputName]
    }
  }

  private static let (featureName, outputName) = ("features.weight", "output.weight")

  private func task(_ method: SparseRecovery.Method, on weights: Tensor<Double>) -> Task {
    let (support, query) = (support, query)
    let loss: @Sendable (Parameters<Double>, Tensor<Double>, Bool) -> Tensor<Double> = { model, targets, isQuery in
      let features = Self.features(model[Self.featureName], isQuery ? query : support)
      return square(matmul(features, model[Self.outputName]) - targets).mean(axes: 1, 2)
    }
    func targets(_ examples: Tensor<Double>, _ unit: Int) -> Tensor<Double> {
      Self.features(self.weights, examples).sliced(axis: 1, unit..<unit + 1).insertingAxis(0)
    }
    var algorithm = MLSR()
    algorithm.rate = Self.rate
    algorithm.recovery.method = method
    algorithm.recovery.strength = Self.strength
    algorithm.recovery.start = .zero
    (algorithm.differentiation, algorithm.ridge) = (.implicit, 0)
    let adaptation = algorithm.objective.adaptation
    let layout = adaptation.metaParameters(
      startingFrom: Parameters([(Self.featureName, weights), (Self.outputName, .zeros([width, 1]))]))
    return Task(
      layout: layout, adaptation: adaptation,
      problem: AdaptationProblem(
        layout: layout, tasks: 1, support: targets(support, Self.used), query: targets(query, Self.usedByQuery),
        supportLosses: { model, targets, _ in loss(model, targets, false) }, queryLosses: { loss($0, $1, true) }),
      loss: loss)
  }
}

// Eq. 5: how far recovered weights move where features do.
extension FeatureLayer {
  /// A recovery on moved features, of targets that one feature was.
  struct MovedRecovery: Sendable {
    /// The sum of the absolute values of the recovered weights Phi_2; that of the true ones Phi_1 is 1.
    let norm: Double
    /// |Phi_2 - Phi_1|, the distance of the recovered weights from the true ones.
    let distance: Double
    /// |(F(theta_2) - F(theta_1)) Phi_2|, what the move does to the outputs, and what the recovery leaves of the targets.
    let epsilon: Double
  }

  /// Moves the layer's weights by numbers of up to 0.02, and recovers the weights of the one feature that is used. These are
  /// sparse, so that the term of C0 is 0.
  func movedRecovery() -> MovedRecovery {
    let moved = weights + Tensor(0.02) * direction
    let task = task(.accelerated, on: moved)
    let found = task.recovered(steps: 150).reshaped(to: [width, 1])
    let (before, after) = (Self.features(weights, support), Self.features(moved, support))
    let targets = before.sliced(axis: 1, Self.used..<Self.used + 1)
    let truth = (0..<width).map { $0 == Self.used ? 1.0 : 0 }
    return MovedRecovery(
      norm: found.scalars.map(abs).reduce(0, +), distance: Self.norm(zip(found.scalars, truth).map { $0 - $1 }),
      epsilon: Self.norm(matmul(after - before, found).scalars) + Self.norm((matmul(after, found) - targets).scalars))
  }

  /// The Euclidean norm.
  static func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

// Eq. 6: what the direct meta-gradient drops.
extension FeatureLayer {
  /// The derivatives of the outer loss by the layer's weights `[inputs, width]`.
  struct DroppedTerm: Sendable {
    /// The recovered weights.
    let recovered: [Double]
    /// The whole gradient, through the recovery.
    let whole: [Double]
    /// The absolute value of the sum of dL/dPhi_i dPhi_i/dtheta_k, which the direct gradient leaves out.
    let dropped: [Double]
    /// C1 times the sum of |dL/dPhi_i Phi_j dF_nj/dtheta_k|.
    let bound: [Double]
  }

  /// Recovers the weights of one feature and differentiates the loss of another, with the dropped term and without it.
  func droppedTerm() -> DroppedTerm {
    let task = task(.softThresholding, on: weights)
    let steps = 100
    let recovered = task.recovered(steps: steps)
    func gradient(cgSteps: Int) -> [Double] {
      let solver = ConjugateGradient(maximumSteps: cgSteps, relativeTolerance: 1e-12)
      return ImplicitMetaGradientPrograms(task.adaptation, solver, task.problem).makeMetaGradient()
        .differentiate(task.layout, support: task.problem.support, query: task.problem.query, steps: steps)
        .gradient.model[Self.featureName].scalars
    }
    let (direct, whole) = (gradient(cgSteps: 0), gradient(cgSteps: 60))
    let outer = TensorCore.gradient(at: recovered) {
      task.loss(task.layout.model.merging(Parameters([(Self.outputName, $0)])), task.problem.query, true).sum()
    }
    let factor = constant * outer.scalars.reduce(0) { $0 + abs($1) }
    let (changes, weights) = (featureChanges(), recovered.scalars)
    return DroppedTerm(
      recovered: weights, whole: whole, dropped: zip(whole, direct).map { abs($0 - $1) },
      bound: changes.indices.map { factor * abs(weights[$0 % width]) * changes[$0] })
  }

  /// The sum over the examples of |dF_nj/dtheta_kj|, `[inputs, width]`.
  private func featureChanges() -> [Double] {
    let derivatives = Tensor(Self.scale) * (1 - square(tanh(matmul(support, weights))))
    return matmul(abs(support).transposed(), derivatives).scalars
  }
}
