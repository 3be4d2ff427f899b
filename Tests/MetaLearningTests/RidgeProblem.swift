import FewShotTasks
import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport

/// A ridge regression whose inner minimum and meta-gradient are known exactly (iMAML, figure 2a): the Hessian H of the support
/// loss has the eigenvalues 20, 6, 2, 0.6 and 0.2, twice each.
enum RidgeProblem {
  static let size = 10
  static let spectrum = [10, 10, 3, 3, 1, 1, 0.3, 0.3, 0.1, 0.1]
  /// The largest and the smallest eigenvalue of H.
  static let curvatures = (largest: 20.0, smallest: 0.2)

  /// X = sqrt(n) diag(sqrt(s)) R with a reflection R: X^T X / n = R diag(s) R.
  static var inputs: Tensor<Double> {
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

  static let targets: Tensor<Double> = 3 * testValues([size, 1], seed: 5)
  static let theta: Tensor<Double> = testValues([size, 1], seed: 6)
  static let support = LabeledExamples(inputs: inputs.insertingAxis(0), targets: targets.insertingAxis(0))
  static let query = LabeledExamples<Double>(
    inputs: 2 * testValues([1, size, size], seed: 7), targets: testValues([1, size, 1], seed: 8))

  /// H = 2 X^T X / n, row-major.
  static let hessian: [Double] = (Tensor(2 / Double(size)) * matmul(inputs.transposed(), inputs)).scalars

  /// The Hessian of the query loss, row-major.
  static let outerHessian: [Double] = {
    let inputs = query.inputs.removingAxis(0)
    return (Tensor(2 / Double(size)) * matmul(inputs.transposed(), inputs)).scalars
  }()

  static func losses(_ parameters: Parameters<Double>, _ examples: LabeledExamples<Double>) -> Tensor<Double> {
    square(matmul(examples.inputs, parameters["output.weight"]) - examples.targets).mean(axes: 1, 2)
  }

  static let model = Parameters<Double>([("output.weight", theta)])

  static func problem(
    _ adaptation: Adaptation, from start: MetaParameters<Double>? = nil
  ) -> AdaptationProblem<LabeledExamples<Double>> {
    AdaptationProblem(
      layout: start ?? adaptation.metaParameters(startingFrom: model), tasks: 1, support: support, query: query,
      supportLosses: { parameters, examples, _ in losses(parameters, examples) }, queryLosses: { losses($0, $1) })
  }

  /// The adapted weights after `steps` inner steps.
  static func adapted(_ adaptation: Adaptation, steps: Int) -> [Double] {
    let problem = problem(adaptation)
    let loop = InnerLoopPrograms(adaptation, problem).makeLoop()
    loop.restart(from: problem.layout, support: support)
    for _ in 0..<steps { loop.step() }
    return loop.adapted.scalars
  }

  /// The implicit meta-gradient after `steps` inner steps, from other meta-parameters than the initial ones where given.
  static func differentiate(
    _ objective: MetaObjective, steps: Int, from start: MetaParameters<Double>? = nil
  ) -> ImplicitMetaGradient<LabeledExamples<Double>>.Outcome {
    guard case .implicit(let solver, let damping) = objective.metaGradient else {
      preconditionFailure("\(objective.metaGradient) is not implicit")
    }
    let problem = problem(objective.adaptation, from: start)
    return ImplicitMetaGradientPrograms(objective.adaptation, solver, problem, damping: damping).makeMetaGradient()
      .differentiate(problem.layout, support: support, query: query, steps: steps)
  }

  /// The gradient of the query loss.
  static func outerGradient(at phi: [Double]) -> [Double] {
    gradient(at: Tensor(shape: [size, 1], scalars: phi)) {
      square(matmul(query.inputs, $0) - query.targets).mean()
    }.scalars
  }

  /// a I + b H + diag(c), row-major.
  static func matrix(_ identity: Double, _ curvature: Double, diagonal: [Double]? = nil) -> [Double] {
    hessian.indices.map { index in
      let (row, column) = (index / size, index % size)
      return curvature * hessian[index] + (row == column ? identity + (diagonal?[row] ?? 0) : 0)
    }
  }

  /// The solution of a positive definite system.
  static func solve(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    guard let factorization = CholeskyFactorization(of: matrix, size: size) else {
      preconditionFailure("the matrix is not positive definite")
    }
    return factorization.solve(vector)
  }

  static func product(_ matrix: [Double], _ vector: [Double]) -> [Double] {
    (0..<size).map { row in (0..<size).reduce(0) { $0 + matrix[row * size + $1] * vector[$1] } }
  }

  /// The minimum of the inner objective with the strengths lambda: (H + Lambda)^-1 (2 X^T y / n + Lambda theta).
  static func minimum(_ strengths: [Double]) -> [Double] {
    let moment = (Tensor(2 / Double(size)) * matmul(inputs.transposed(), targets)).scalars
    let right = zip(moment, zip(strengths, theta.scalars)).map { $0 + $1.0 * $1.1 }
    return solve(matrix(0, 1, diagonal: strengths), right)
  }

  static func distance(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
  }

  static func norm(_ vector: [Double]) -> Double { distance(vector, vector.map { _ in 0 }) }

  /// The largest eigenvalue of a positive semidefinite matrix, by power iteration.
  static func largestEigenvalue(_ matrix: [Double]) -> Double {
    var vector = (0..<size).map { 1 + 0.1 * Double($0) }
    var value = 0.0
    for _ in 0..<500 {
      let image = product(matrix, vector)
      value = norm(image) / norm(vector)
      vector = image.map { $0 / norm(image) }
    }
    return value
  }
}
