import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The geometry of an MT-net's step in the space of a layer's outputs (Lee and Choi 2018, section 4 and appendix B). An input
/// is a row here, so that W, T and A = T W of the paper are the transposes of these.
@Suite struct MTNetGeometryTests {
  private static let (inputs, outputs, rate) = (3, 4, 0.3)
  private let x: Tensor<Double> = testValues([1, Self.inputs], seed: 1)
  /// A, which the constructions keep.
  private let product: Tensor<Double> = testValues([Self.inputs, Self.outputs], seed: 2)
  /// A basis v_1, ..., v_4 of the outputs, one vector in a row.
  private let basis: Tensor<Double> = .identity(Self.outputs) + 0.5 * testValues([Self.outputs, Self.outputs], seed: 3)

  /// The inverse of a matrix, by the solution of its normal equations.
  private func inverse(_ matrix: Tensor<Double>) -> Tensor<Double> {
    let size = matrix.shape[0]
    let gram = matmul(matrix.transposed(), matrix)
    guard let factorization = CholeskyFactorization(of: gram.scalars, size: size) else {
      preconditionFailure("the matrix is singular")
    }
    let rows = (0..<size).map { row in factorization.solve(matrix.sliced(axis: 0, row..<row + 1).scalars) }
    return Tensor(shape: [size, size], scalars: rows.flatMap { $0 }).transposed()
  }

  private func outputs(_ parameters: Parameters<Double>) -> Tensor<Double> {
    matmul(matmul(x, parameters["output.weight"]), parameters["output.transform"])
  }

  private func loss(_ target: Tensor<Double>) -> Adaptation.Loss<Double> {
    { 0.5 * square(outputs($0) - target).sum() }
  }

  /// The change of y by one step of an MT-net with A = W T and the logits, of which `chosen` are as good as infinite and the
  /// others as good as minus infinity.
  private func step(
    transform: Tensor<Double>, chosen: Set<Int>, target: Tensor<Double>
  ) -> Tensor<Double> {
    let algorithm = MetaObjective.mtNet(InnerLoopSettings(rate: Self.rate))
    let model = Parameters<Double>([
      ("output.weight", matmul(product, inverse(transform))), ("output.transform", transform),
    ])
    let logits = Tensor<Double>((0..<Self.outputs).map { chosen.contains($0) ? 200 : -200 })
    var start = algorithm.adaptation.metaParameters(startingFrom: model)
    start.rules = [Parameters([("output", logits)])]
    let noise = [Parameters<Double>([("output", Tensor(repeating: 0.5, shape: [Self.outputs]))])]
    let adapted = algorithm.adaptation(start, losses: [loss(target)], noise: noise)
    // A = W T is kept.
    for (x, y) in zip(matmul(model["output.weight"], transform).scalars, product.scalars) {
      #expect(abs(x - y) < 1e-13)
    }
    return outputs(adapted) - outputs(model)
  }

  /// The gradient of the loss with respect to y.
  private func outputGradient(_ target: Tensor<Double>) -> Tensor<Double> { matmul(x, product) - target }

  private func target(_ seed: Int) -> Tensor<Double> { 2 * testValues([1, Self.outputs], seed: seed) }

  /// Eqs. 20 to 24: y moves by -alpha T diag(m) T^T (gradient with respect to A) x, and T_M^T T_M = T diag(m) T^T with T_M
  /// = M_T o T^T.
  @Test(arguments: [[0, 1], [2], [0, 1, 2, 3], []]) func stepIsThatOfEquations20To24(_ chosen: [Int]) {
    let mask = Tensor<Double>((0..<Self.outputs).map { chosen.contains($0) ? 1 : 0 })
    let found = step(transform: basis, chosen: Set(chosen), target: target(5))
    let derivative = gradient(at: [product]) { 0.5 * square(matmul(x, $0[0]) - target(5)).sum() }[0]
    // Rows of the transposed T_M are columns here: T_M is the transform with the rows of the mask.
    let masked = mask.insertingAxis(1) * basis
    let metric = matmul(masked.transposed(), masked)
    let expected = Tensor(-Self.rate) * matmul(matmul(x, derivative), metric)
    // Sums of four products, three deep.
    for (x, y) in zip(found.scalars, expected.scalars) { #expect(abs(x - y) < 1e-13) }
    #expect(chosen.isEmpty == expected.scalars.allSatisfy { $0 == 0 })
  }

  /// Proposition 1: with T = [v_1, ..., v_n] and the first d outputs chosen, the changes of y span the subspace U of v_1, ...,
  /// v_d, and A stays as it is.
  @Test(arguments: [1, 2, 3]) func changesSpanTheChosenSubspace(_ d: Int) {
    let changes = (0..<6).map { step(transform: basis, chosen: Set(0..<d), target: target(20 + $0)) }
    // In the basis, a change has no component along the other vectors.
    let coordinates = changes.map { matmul($0, inverse(basis)).scalars }
    for change in coordinates { #expect(change[d...].allSatisfy { abs($0) < 1e-13 }) }
    // And d of them are independent: their Gram matrix has a determinant.
    let rows = coordinates.flatMap { $0[..<d] }
    let matrix = Tensor<Double>(shape: [changes.count, d], scalars: rows)
    let gram = matmul(matrix.transposed(), matrix).scalars
    let lifted = gram.indices.map { gram[$0] - ($0 % (d + 1) == 0 ? 1e-6 : 0) }
    // Positive definite even less 1e-6: the smallest eigenvalue is above it.
    #expect(CholeskyFactorization(of: lifted, size: d) != nil)
  }

  /// Proposition 2: with T = [V H^-1, v_(d+1), ..., v_n] and a metric G = H^T H on the coordinates of U, the change of y is
  /// the steepest descent in U by that metric, -V G^-1 V^T times the gradient with respect to y.
  @Test(arguments: [1, 2, 3]) func changeIsTheSteepestDescentByTheMetric(_ d: Int) {
    let h: Tensor<Double> = 1.5 * .identity(d) + 0.4 * testValues([d, d], seed: 8)
    let v = basis.sliced(axis: 0, 0..<d)
    // The columns of V H^-1 are the rows of H^-T V^T.
    let chosen = matmul(inverse(h).transposed(), v)
    let transform =
      d == Self.outputs ? chosen : concatenate([chosen, basis.sliced(axis: 0, d..<Self.outputs)], axis: 0)
    let found = step(transform: transform, chosen: Set(0..<d), target: target(5))
    let metric = matmul(h.transposed(), h)
    let slopes = matmul(outputGradient(target(5)), v.transposed())
    // With one input, the gradient with respect to A, times x, is |x|^2 times that with respect to y.
    let coordinates = Tensor(-Self.rate * square(x).sum().scalar) * matmul(slopes, inverse(metric))
    for (x, y) in zip(found.scalars, matmul(coordinates, v).scalars) { #expect(abs(x - y) < 1e-12) }
    // No other direction of U falls more steeply for its length.
    func fall(_ coordinates: Tensor<Double>) -> Double {
      let length = matmul(matmul(coordinates, metric), coordinates.transposed()).sum().scalar.squareRoot()
      return -(slopes * coordinates).sum().scalar / length
    }
    let steepest = fall(coordinates)
    #expect(steepest > 0.01)
    for seed in 0..<40 { #expect(fall(coordinates + 0.3 * testValues([1, d], seed: 60 + seed)) <= steepest + 1e-12) }
  }
}
