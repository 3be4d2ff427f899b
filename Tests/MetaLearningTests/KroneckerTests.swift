import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// The maps of meta-optimizers against explicit matrices.
@Suite struct KroneckerTests {
  /// Values for every parameter of a map, in place of those it starts with.
  private func values(_ parameters: Parameters<Double>, seed: Int) -> Parameters<Double> {
    parameters.replacingTensors(parameters.shapes.enumerated().map { testValues($1, seed: seed + $0) })
  }

  private func expectEqual(_ found: Tensor<Double>, _ expected: Tensor<Double>) {
    #expect(found.shape == expected.shape)
    // Sums of some ten products of numbers of order 1, in whatever order: 1e-15.
    for (x, y) in zip(found.scalars, expected.scalars) { #expect(abs(x - y) < 1e-13) }
  }

  @Test func productIsTheMatrixLGR() {
    let map = KroneckerProduct()
    let parameters = values(map.initialParameters(for: [3, 4]), seed: 5)
    let gradient: Tensor<Double> = testValues([3, 4], seed: 1)
    expectEqual(map(gradient, parameters), matmul(matmul(parameters["left"], gradient), parameters["right"]))
    #expect(parameters.shapes == [[3, 3], [4, 4]])
  }

  /// The published counts: 10,001 for KLin and 20,002 for KFC on 100 inputs and one output (A.1.1); ours have one factor.
  @Test func parametersAreAsManyAsPublished() {
    let (klin, kfc): (Parameters<Double>, Parameters<Double>) = (
      KroneckerProduct().initialParameters(for: [100, 1]), KroneckerNetwork(layers: 2).initialParameters(for: [100, 1])
    )
    #expect(klin.count == 10_001)
    #expect(kfc.count == 20_002 + 1)
  }

  @Test(arguments: [[], [3], [1, 4], [3, 1], [3, 4], [2, 2, 3, 4]])
  func linearMapsStartAsTheIdentity(_ sizes: [Int]) {
    let gradient: Tensor<Double> = testValues(Shape(sizes), seed: 2)
    for map in [KroneckerProduct(), KroneckerProduct(outputs: .mixed)] {
      // Multiplications with 0 and 1: no tolerance.
      #expect(map(gradient, map.initialParameters(for: gradient.shape)).scalars == gradient.scalars)
    }
    let whole = LowRankFactor(rank: 100)
    #expect(whole(gradient, whole.initialParameters(for: gradient.shape)).scalars == gradient.scalars)
  }

  /// Filters `[height, width, inputs, outputs]`: L mixes the places of a filter, R its inputs and the last factor the
  /// outputs, each alone along its axis.
  @Test(arguments: [KroneckerProduct(), KroneckerProduct(outputs: .mixed)])
  func filtersAreMappedAxisByAxis(_ map: KroneckerProduct) {
    let parameters = values(map.initialParameters(for: [2, 1, 3, 4]), seed: 8)
    let gradient: Tensor<Double> = testValues([2, 1, 3, 4], seed: 3)
    func factor(_ name: String, _ row: Int, _ column: Int) -> Double {
      guard parameters.names.contains(name) else { return row == column ? 1 : 0 }
      return parameters[name].element(row, axis: 0).element(column, axis: 0).scalar
    }
    var expected = [Double](repeating: 0, count: 24)
    for place in 0..<2 {
      for input in 0..<3 {
        for output in 0..<4 {
          for (index, derivative) in gradient.scalars.enumerated() {
            expected[(place * 3 + input) * 4 + output] +=
              factor("left", place, index / 12) * derivative * factor("right", index / 4 % 3, input)
              * factor("last", index % 4, output)
          }
        }
      }
    }
    expectEqual(map(gradient, parameters), Tensor(shape: [2, 1, 3, 4], scalars: expected))
  }

  @Test func tasksMayShareFactorsOrHaveTheirOwn() {
    let cases: [(any GradientTransform, Shape)] = [
      (KroneckerProduct(), [3, 4]), (KroneckerProduct(), [4]),
      (KroneckerProduct(outputs: .mixed), [2, 1, 3, 4]), (KroneckerNetwork(layers: 2), [3, 4]),
      (KroneckerNetwork(layers: 2), [2, 2, 3, 2]), (LowRankFactor(rank: 2), [3, 4]),
    ]
    for (map, shape) in cases { expectTasksApart(map, shape) }
  }

  private func expectTasksApart(_ map: any GradientTransform, _ shape: Shape) {
    let own = (0..<3).map { values(map.initialParameters(for: shape), seed: 20 * $0) }
    let gradients: [Tensor<Double>] = (0..<3).map { testValues(shape, seed: 100 + $0) }
    let stacked = own[0].replacingTensors(own[0].names.map { name in stack(own.map { $0[name] }) })
    let (apart, shared) = (map(stack(gradients), stacked), map(stack(gradients), own[0]))
    for task in 0..<3 {
      expectEqual(apart.element(task, axis: 0), map(gradients[task], own[task]))
      expectEqual(shared.element(task, axis: 0), map(gradients[task], own[0]))
    }
  }

  @Test func networkActsOnDirectionsAndKeepsMagnitudes() {
    let map = KroneckerNetwork(layers: 3)
    let parameters = values(map.initialParameters(for: [3, 4]), seed: 6)
    let gradient: Tensor<Double> = testValues([3, 4], seed: 4)
    func product(_ signal: Tensor<Double>, _ layer: Int) -> Tensor<Double> {
      matmul(matmul(parameters["layer\(layer).left"], signal), parameters["layer\(layer).right"])
    }
    let direction = gradient / sqrt(square(gradient).sum())
    let image = product(relu(product(relu(product(direction, 1)), 2)), 3)
    expectEqual(map(gradient, parameters), parameters["factor"] * sqrt(square(gradient).sum()) * image)
    // Zeros have no direction: the map and its derivatives are zeros, and not NaN.
    let zeros = Tensor<Double>.zeros([3, 4])
    #expect(scalars(TensorCore.gradient(at: parameters) { map(zeros, $0).sum() }).allSatisfy { $0 == 0 })
    #expect(TensorCore.gradient(at: zeros) { map($0, parameters).sum() }.scalars.allSatisfy { $0.isFinite })
  }

  @Test func lowRankMapIsSymmetricAndPositive() {
    let map = LowRankFactor(rank: 3)
    let start: Parameters<Double> = map.initialParameters(for: [4, 2])
    let factor = start["factor"]
    // A projection: three of eight numbers as they are.
    let projection = matmul(factor, transposed: false, factor, transposed: true)
    #expect(matmul(projection, projection).scalars == projection.scalars)
    #expect(map(.ones([4, 2]), start).scalars == [1, 0, 1, 0, 0, 1, 0, 0])
    let own = values(start, seed: 9)
    let gradient: Tensor<Double> = testValues([4, 2], seed: 4)
    let matrix = matmul(own["factor"], transposed: false, own["factor"], transposed: true)
    expectEqual(map(gradient, own).reshaped(to: [8, 1]), matmul(matrix, gradient.reshaped(to: [8, 1])))
  }
}
