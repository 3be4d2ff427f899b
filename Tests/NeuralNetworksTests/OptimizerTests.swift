import NeuralNetworks
import TensorCore
import Testing

@Suite struct OptimizerTests {
  private static let gradients: [[Double]] = [
    [0.1, -0.2, 0], [0.3, 0.4, 1e-4], [-0.5, 0.25, -2e-4], [0.05, -1, 10],
  ]

  /// The parameters after each gradient, starting at (1, -2) and 0.5.
  private func path<Scalar: TensorScalar>(_ optimizer: some Optimizer, _: Scalar.Type) -> [[Scalar]] {
    func split(_ numbers: [Double]) -> Parameters<Scalar> {
      Parameters([
        ("a", Tensor([Scalar(numbers[0]), Scalar(numbers[1])])), ("b", Tensor([Scalar(numbers[2])])),
      ])
    }
    var parameters = split([1, -2, 0.5])
    var state = optimizer.initialState(for: parameters)
    return Self.gradients.enumerated().map { index, gradient in
      (parameters, state) = optimizer.step(parameters, gradient: split(gradient), state: state)
      #expect(state.step == index + 1)
      return parameters.tensors.flatMap(\.scalars)
    }
  }

  /// Algorithm 1 of Kingma and Ba, computed in Python.
  private static let adam: [[Double]] = [
    [0.9900000009999999, -1.9900000005, 0.5],
    [0.9808221902205589, -1.9936610356546038, 0.4925596837208614],
    [0.9824313332095783, -1.9992494177276956, 0.4957023020869978],
    [0.9832550387228949, -1.9961621692642768, 0.48989107600985093],
  ]

  /// 900 steps without a gradient take the mean from 1 below the smallest normal Float, were it not cut before.
  @Test func averagesOfAnEndedGradientBecomeZero() {
    let optimizer = Adam()
    var parameters = Parameters<Float>([("w", Tensor([1, 1]))])
    var state = optimizer.initialState(for: parameters)
    for count in 0..<900 {
      let gradient = parameters.replacingTensors([Tensor(count == 0 ? [10, 0] : [0, 0])])
      (parameters, state) = optimizer.step(parameters, gradient: gradient, state: state)
      #expect(state.moments.allSatisfy { $0.tensors[0].scalars.allSatisfy { !$0.isSubnormal } })
    }
    #expect(state.moments[0].tensors[0].scalars == [0, 0])
    #expect(state.moments[1].tensors[0].scalars[0] > 0)
    #expect(parameters.tensors[0].scalars[1] == 1)
  }

  @Test func adamFollowsThePublishedAlgorithm() {
    for (found, expected) in zip(path(Adam(rate: 0.01), Double.self), Self.adam) {
      // The same formula in Double: a dozen roundings a step on numbers up to 2.
      for (x, y) in zip(found, expected) { #expect(abs(x - y) < 1e-14) }
    }
  }

  @Test func adamInFloatAgreesToItsPrecision() {
    for (found, expected) in zip(path(Adam(rate: 0.01), Float.self), Self.adam) {
      // Adding a step to 2 rounds by 1.2e-7, four times; the steps themselves are 0.01 with a few roundings of 1e-7.
      for (x, y) in zip(found, expected) { #expect(abs(Double(x) - y) < 1e-6) }
    }
  }

  @Test func adamUsesEverySetting() {
    let last = path(Adam(rate: 0.1, meanDecay: 0.5, squareDecay: 0.75, epsilon: 0.01), Double.self).last ?? []
    let expected = [0.8820452234208448, -1.9732576602291985, 0.412137909509475]
    #expect(last.count == 3)
    for (x, y) in zip(last, expected) { #expect(abs(x - y) < 1e-14) }  // As above.
  }

  @Test func gradientDescentSubtractsTheRateTimesTheGradient() {
    let last = path(GradientDescent(rate: 0.5), Double.self).last ?? []
    // The gradients add up to -0.05, -0.55 and 9.9999.
    #expect(last.count == 3)
    for (x, y) in zip(last, [1.025, -1.725, -4.49995]) { #expect(abs(x - y) < 1e-14) }  // Four roundings.
  }

  @Test func stepOfZeroGradientsMovesNothing() {
    let parameters = Parameters<Float>([("a", Tensor([1, 2]))])
    let optimizer = Adam()
    let (moved, _) = optimizer.step(
      parameters, gradient: parameters.zeros, state: optimizer.initialState(for: parameters))
    #expect(moved["a"].scalars == [1, 2])
  }
}
