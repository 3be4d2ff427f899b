import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct ParametersTests {
  private let parameters = Parameters<Double>([
    ("hidden1.weight", Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])),
    ("hidden1.bias", Tensor([5, 6])),
    ("output.weight", Tensor(shape: [2, 1], scalars: [7, 8])),
    ("output.bias", Tensor([9])),
    ("log_standard_deviation", Tensor([-1])),
  ])

  private func scalars(_ parameters: Parameters<Double>) -> [Double] { parameters.tensors.flatMap(\.scalars) }

  @Test func arithmeticWorksElementByElement() {
    let numbers = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, -1]
    let doubled = Tensor(2) * parameters
    #expect(scalars(doubled) == numbers.map { 2 * $0 })
    #expect(scalars(doubled + parameters) == numbers.map { 3 * $0 })
    #expect(scalars(parameters - doubled) == numbers.map { -$0 })
    #expect(scalars(parameters * parameters) == numbers.map { $0 * $0 })
    #expect(scalars(parameters.zeros) == Array(repeating: 0, count: 10))
    #expect(doubled.names == parameters.names)
    #expect(doubled.shapes == parameters.shapes)
    #expect(parameters.count == 10)
  }

  @Test func arithmeticOnOtherNamesStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      let (a, b) = (Parameters<Float>([("a", Tensor(1))]), Parameters<Float>([("b", Tensor(1))]))
      _ = a + b
    }
  }

  @Test func selectionChoosesWholeLayers() {
    #expect(parameters.selecting(.all).names == parameters.names)
    #expect(parameters.selecting(.outputLayer).names == ["output.weight", "output.bias"])
    #expect(
      parameters.selecting(.layers(["hidden1", "log_standard_deviation"])).names
        == ["hidden1.weight", "hidden1.bias", "log_standard_deviation"])
    #expect(
      parameters.selecting(.allBut(["hidden1"])).names == ["output.weight", "output.bias", "log_standard_deviation"])
    #expect(parameters.selecting(.layers([])).names.isEmpty)
    // `hidden1` is the layer; neither a part of its name nor a parameter's full name chooses it.
    #expect(parameters.selecting(.layers(["hidden", "weight", "hidden1.weight"])).names.isEmpty)
    #expect(ParameterSelection.layers(["policy.hidden1"]).contains("policy.hidden1.weight"))
    #expect(!ParameterSelection.layers(["policy"]).contains("policy.hidden1.weight"))
    #expect(ParameterSelection.layer(of: "policy.hidden1.weight") == "policy.hidden1")
    #expect(ParameterSelection.layer(of: "log_standard_deviation") == "log_standard_deviation")
    #expect(ParameterSelection.weights.contains("output.bias") && ParameterSelection.weights.contains("transform"))
    #expect(!ParameterSelection.weights.contains("output.transform"))
    let both = ParameterSelection.intersection(.outputLayer, .weights)
    #expect(both.contains("output.bias") && !both.contains("output.transform") && !both.contains("hidden1.bias"))
  }

  @Test func mergingReplacesTheNamedTensorsAndKeepsTheOrder() {
    let merged = parameters.merging(parameters.selecting(.outputLayer).zeros)
    #expect(merged.names == parameters.names)
    #expect(scalars(merged) == [1, 2, 3, 4, 5, 6, 0, 0, 0, -1])
    #expect(scalars(parameters.merging(parameters.selecting(.layers([])))) == scalars(parameters))
  }

  @Test func flatteningAndBackKeepsEverything() {
    let flat = parameters.flattened()
    #expect(flat.scalars == [1, 2, 3, 4, 5, 6, 7, 8, 9, -1])
    let back = parameters.zeros.unflattened(flat)
    #expect(back.names == parameters.names)
    #expect(back.shapes == parameters.shapes)
    #expect(scalars(back) == scalars(parameters))
  }

  @Test func flatteningIsDifferentiable() {
    let derivative = gradient(at: parameters) { square($0.flattened()).sum() }
    #expect(derivative.names == parameters.names)
    #expect(scalars(derivative) == scalars(parameters).map { 2 * $0 })
  }

  @Test func clippingShortensOnlyWhatIsTooLong() {
    let gradient = Parameters<Double>([("a", Tensor([3, 0])), ("b", Tensor([-4]))])
    #expect(gradient.globalNorm().scalar == 5)
    #expect(scalars(gradient.clipped(toGlobalNorm: 6)) == [3, 0, -4])
    #expect(scalars(gradient.clipped(toGlobalNorm: 5)) == [3, 0, -4])
    // 2.5 / 5 is exact, and so are its products.
    #expect(scalars(gradient.clipped(toGlobalNorm: 2.5)) == [1.5, 0, -2])
    #expect(scalars(gradient.zeros.clipped(toGlobalNorm: 1)) == [0, 0, 0])
  }

  @Test func clippingLeavesNormsThatAreNotFiniteAlone() {
    // The square of 1e200 overflows: dividing by an infinite norm would silently erase the whole gradient.
    let overflowing = Parameters<Double>([("a", Tensor([1e200, 1]))]).clipped(toGlobalNorm: 1)
    #expect(scalars(overflowing) == [1e200, 1])
    let infinite = Parameters<Double>([("a", Tensor([.infinity, 1]))]).clipped(toGlobalNorm: 1)
    #expect(scalars(infinite) == [.infinity, 1])
    let undefined = scalars(Parameters<Double>([("a", Tensor([.nan, 1]))]).clipped(toGlobalNorm: 1))
    #expect(undefined[0].isNaN && undefined[1] == 1)
  }
}
