import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore

/// Recovery problems with known answers: a linear output layer on 128 features of 64 examples, the columns of
/// F = [I, H / 8] with Hadamard's matrix H.
///
/// The columns have norm 1 and inner products of at most mu = 1/8, so that by Gershgorin's theorem the isometry constant
/// delta_2s is at most (2s - 1) / 8: the restricted isometry property, delta_2s < sqrt(2) - 1, holds for s up to 2. The two
/// halves are orthonormal bases, and the largest eigenvalue of F^T F is 2.
struct SparseProblem: Sendable {
  static let rows = 64
  static let columns = 128
  /// The weights that are not 0: one in each half.
  static let support = [5, 64 + 9]
  static let weights = [1.0, -0.7]

  /// The largest inner product of two columns.
  static let coherence = 0.125

  /// An entry of Hadamard's matrix over 8.
  static func hadamard(_ row: Int, _ column: Int) -> Double {
    (row & column).nonzeroBitCount.isMultiple(of: 2) ? 0.125 : -0.125
  }

  static let features = Tensor<Double>(
    shape: [rows, columns],
    scalars: (0..<rows * columns).map { index in
      let (row, column) = (index / columns, index % columns)
      return column < rows ? (column == row ? 1 : 0) : hadamard(row, column - rows)
    })

  static var solution: [Double] {
    (0..<columns).map { column in support.firstIndex(of: column).map { weights[$0] } ?? 0 }
  }

  /// What the layer gives for the solution.
  static let targets = matmul(features, Tensor(shape: [columns, 1], scalars: solution))

  /// The layer's weights after `steps` steps from 0, with examples of any matrix.
  static func recover(
    _ recovery: InnerLoopSettings.Recovery, rate: Double, strength: Double = 0, steps: Int,
    features: Tensor<Double> = features,
    targets: Tensor<Double> = targets
  ) -> [Double] {
    var settings = InnerLoopSettings(rate: rate, l1Strength: strength)
    settings.recovery = recovery
    settings.recovery.start = .zero
    let columns = features.shape[1]
    let adaptation = MetaObjective.mlsr(settings).adaptation
    let start = Parameters<Double>([("output.weight", .ones([columns, 1]))])
    let examples = LabeledExamples(inputs: features.insertingAxis(0), targets: targets.insertingAxis(0))
    let problem = AdaptationProblem(
      // The start is forgotten: it begins at 0.
      layout: adaptation.metaParameters(startingFrom: start), tasks: 1, support: examples, query: examples,
      supportLosses: { parameters, examples, objective in
        let errors = matmul(examples.inputs, parameters["output.weight"]) - examples.targets
        return (objective == .taskLoss ? square(errors) : abs(errors)).mean(axes: 1, 2)
      }, queryLosses: { _, _ in Tensor([0]) })
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: examples)
    for _ in 0..<steps { loop.step() }
    return loop.adapted.scalars
  }
}
