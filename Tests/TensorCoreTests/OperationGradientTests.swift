import TensorCore
import TestSupport
import Testing

/// One operation with operands on which it is smooth.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shapes: [Shape]
  /// Adds to every element, to keep the operands where the operation is defined.
  var offset = 0.0
  let function: @Sendable ([Tensor<Double>]) -> Tensor<Double>

  var testDescription: String { name }

  init(
    _ name: String, _ shapes: [Shape], offset: Double = 0,
    _ function: @escaping @Sendable ([Tensor<Double>]) -> Tensor<Double>
  ) {
    (self.name, self.shapes, self.offset, self.function) = (name, shapes, offset, function)
  }

  var point: [Tensor<Double>] {
    shapes.enumerated().map { testValues($1, seed: $0 + 1) + Tensor(offset) }
  }

  /// A single number that depends on every element of the result, each with another weight and not only linearly.
  func objective(_ arguments: [Tensor<Double>]) -> Tensor<Double> {
    let result = function(arguments)
    let weights: Tensor<Double> = testValues(result.shape, seed: 50)
    return (result * weights).sum() + 0.5 * (square(result) * weights).sum()
  }

  static let all: [GradientCase] = elementwise + arithmetic + reductions + movement + products + images + normalization

  static let elementwise: [GradientCase] = [
    GradientCase("negate", [[5]]) { -$0[0] },
    GradientCase("exp", [[2, 3]]) { exp($0[0]) },
    GradientCase("log", [[2, 3]], offset: 2) { log($0[0]) },
    GradientCase("tanh", [[2, 3]]) { tanh($0[0]) },
    GradientCase("sigmoid", [[2, 3]]) { sigmoid($0[0]) },
    GradientCase("relu", [[2, 3]]) { relu($0[0]) * $0[0] },
    GradientCase("softplus", [[2, 3]]) { softplus($0[0]) },
    GradientCase("sqrt", [[2, 3]], offset: 2) { sqrt($0[0]) },
    GradientCase("abs", [[2, 3]]) { abs($0[0]) * $0[0] },
    GradientCase("sign", [[2, 3]]) { sign($0[0]) * square($0[0]) },
    GradientCase("step", [[2, 3]]) { step($0[0]) * square($0[0]) },
    GradientCase("reciprocal", [[2, 3]], offset: 2) { reciprocal($0[0]) },
    GradientCase("square", [[2, 3]]) { square($0[0]) },
    GradientCase("sin", [[2, 3]]) { sin($0[0]) },
    GradientCase("cos", [[2, 3]]) { cos($0[0]) },
    GradientCase("largestMask", [[2, 5]]) { largestMask($0[0], count: 2, axis: 1) * square($0[0]) },
    GradientCase("softThreshold", [[7], []]) { softThreshold($0[0], by: 0.3 * square($0[1])) },
  ]

  static let arithmetic: [GradientCase] = [
    GradientCase("add", [[2, 3], [3]]) { $0[0] + $0[1] },
    GradientCase("subtract", [[2, 1], [2, 3]]) { $0[0] - $0[1] },
    GradientCase("multiply", [[2, 3], [2, 3]]) { $0[0] * $0[1] },
    GradientCase("multiply by a number", [[2, 3], []]) { $0[0] * $0[1] },
    GradientCase("divide", [[2, 3], [1, 3]], offset: 2) { $0[0] / $0[1] },
    GradientCase("maximum of two", [[2, 3], [2, 3]]) { maximum($0[0], $0[1]) * $0[0] },
    GradientCase("minimum of two", [[2, 3], [3]]) { minimum($0[0], $0[1]) * $0[0] },
    GradientCase("comparison and select", [[2, 3], [3]]) { select($0[0] .> $0[1], exp($0[0]), sin($0[1])) },
    GradientCase("at most", [[2, 3], [3]]) { ($0[0] .<= $0[1]) * $0[0] * $0[1] },
  ]

  static let reductions: [GradientCase] = [
    GradientCase("sum of all", [[2, 3]]) { $0[0].sum() },
    GradientCase("sum over the first axis", [[2, 3]]) { $0[0].sum(axes: 0) },
    GradientCase("sum over separate axes", [[2, 3, 4]]) { $0[0].sum(axes: 0, 2) },
    GradientCase("sum with axes kept", [[2, 3, 4]]) { $0[0].sum(axes: 1, keepingAxes: true) * $0[0] },
    GradientCase("mean", [[2, 3]]) { $0[0].mean(axes: -1) },
    GradientCase("maximum over an axis", [[2, 3, 2]]) { $0[0].maximum(axes: 1) * $0[0].sum() },
    GradientCase("minimum over an axis", [[2, 3]]) { $0[0].minimum(axes: 0) * $0[0].sum() },
    GradientCase("logSumExp", [[2, 3]]) { $0[0].logSumExp(axis: 1) },
    GradientCase("cumulativeSum", [[2, 3, 2]]) { exp($0[0].cumulativeSum(axis: 1)) },
    GradientCase("reversed cumulativeSum", [[2, 3]]) { exp($0[0].cumulativeSum(axis: 1, reversed: true)) },
  ]

  static let movement: [GradientCase] = [
    GradientCase("broadcast", [[2, 1, 3]]) { $0[0].broadcast(to: [2, 4, 3]) },
    GradientCase("broadcast of a new axis", [[3]]) { $0[0].broadcast(to: [2, 3]) },
    GradientCase("reshape", [[2, 6]]) { exp($0[0].reshaped(to: [3, 4])) },
    GradientCase("transpose", [[2, 3, 4]]) { exp($0[0].transposed(permutation: [2, 0, 1])) },
    GradientCase("slice", [[4, 5]]) { exp($0[0].sliced(axis: 1, 1..<4)) },
    GradientCase("pad", [[2, 3]]) { exp($0[0].padded(axis: 0, before: 1, after: 2)) },
    GradientCase("concatenate", [[2, 3], [2, 2]]) { exp(concatenate($0, axis: 1)) },
    GradientCase("stack", [[3], [3]]) { exp(stack($0)) },
    GradientCase("gather", [[4, 2]]) { exp(gather($0[0], rows: Tensor([3, 0, 3]))) },
  ]

  static let products: [GradientCase] =
    [false, true].flatMap { left in
      [false, true].map { right in
        GradientCase(
          "matmul\(left ? ", left transposed" : "")\(right ? ", right transposed" : "")",
          [left ? [4, 3] : [3, 4], right ? [2, 4] : [4, 2]]
        ) { matmul($0[0], transposed: left, $0[1], transposed: right) }
      }
    } + [
      GradientCase("matmul of batches", [[2, 3, 4], [2, 4, 2]]) { matmul($0[0], $0[1]) },
      GradientCase("matmul with a shared right", [[2, 3, 4], [4, 2]]) { matmul($0[0], $0[1]) },
      GradientCase("matmul with a shared left", [[3, 4], [2, 4, 2]]) { matmul($0[0], $0[1]) },
      GradientCase("matmul of transposed batches", [[2, 4, 3], [2, 5, 4]]) {
        matmul($0[0], transposed: true, $0[1], transposed: true)
      },
      GradientCase("a chain of products", [[2, 3, 4], [4, 2], [2, 2, 3]]) { matmul(matmul($0[0], $0[1]), $0[2]) },
    ]
}

@Suite struct OperationGradientTests {
  @Test(arguments: GradientCase.all) func firstDerivativeMatchesFiniteDifferences(_ operation: GradientCase) {
    #expect(GradientCheck.firstOrderError(at: operation.point, of: operation.objective) < 1e-7)
  }

  @Test(arguments: GradientCase.all) func secondDerivativeMatchesFiniteDifferences(_ operation: GradientCase) {
    #expect(GradientCheck.secondOrderError(at: operation.point, of: operation.objective) < 1e-7)
  }

  @Test(arguments: GradientCase.all) func compiledDerivativesEqualEagerOnes(_ operation: GradientCase) {
    let function = operation.objective
    let derivatives: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { arguments in
      let direction = arguments.enumerated().map { testValues($1.shape, seed: 100 + $0) as Tensor<Double> }
      let first = valueAndGradient(at: arguments, of: function)
      return [first.value] + first.gradient
        + hessianVectorProduct(at: arguments, along: direction, of: function)
    }
    let eager = derivatives(operation.point)
    let compiled = TracedFunction(derivatives)(operation.point)
    for (a, b) in zip(eager, compiled) {
      #expect(a.shape == b.shape)
      // The same kernels in the same order; only products may be merged into larger ones, whose sums round differently.
      for (x, y) in zip(a.scalars, b.scalars) { #expect(abs(x - y) <= 1e-13 * max(1, abs(x))) }
    }
  }
}
