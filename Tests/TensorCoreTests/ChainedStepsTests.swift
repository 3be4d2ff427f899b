import TensorCore
import TestSupport
import Testing

/// Pairs of element-wise functions that a pass computes in one loop: the bits of one function after the other.
@Suite struct ChainedStepsTests {
  private typealias Pair = @Sendable ([Tensor<Float>]) -> Tensor<Float>

  private static let binary: [@Sendable (Tensor<Float>, Tensor<Float>) -> Tensor<Float>] = [
    { $0 + $1 }, { $0 - $1 }, { $0 * $1 }, { $0 / $1 },
  ]
  private static let unary: [@Sendable (Tensor<Float>) -> Tensor<Float>] = [
    { relu($0) }, { tanh($0) }, { step($0) }, { square($0) }, { -$0 }, { abs($0) },
  ]

  /// Every pair in every order of operands.
  private static var pairs: [Pair] {
    var pairs: [Pair] = []
    for second in binary {
      for first in binary {
        pairs += [{ second(first($0[0], $0[1]), $0[2]) }, { second($0[2], first($0[0], $0[1])) }]
        // Both operands of the second are the first one's value.
        pairs.append { x in
          let value = first(x[0], x[1])
          return second(value, value)
        }
      }
      for first in unary { pairs += [{ second(first($0[0]), $0[1]) }, { second($0[1], first($0[0])) }] }
    }
    for first in binary { for second in unary { pairs.append { second(first($0[0], $0[1])) } } }
    return pairs
  }

  private static let special: [Float] = [0, -0.0, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude, 3e38, -2.5]

  /// Lengths around the ends of vectors and of a block; single numbers among the operands.
  @Test(arguments: [1, 15, 16, 17, 40, 3_000]) func pairsHaveTheBitsOfTheirFunctions(length: Int) {
    for (number, pair) in Self.pairs.enumerated() {
      for shapes in [[[length], [length], [length]], [[length], [1], [length]], [[1], [length], [1]]] as [[Shape]] {
        let arguments = shapes.enumerated().map { index, shape -> Tensor<Float> in
          let values: Tensor<Float> = testValues(shape, seed: index)
          return Tensor(
            shape: shape,
            scalars: values.scalars.enumerated().map { place, value in
              place % 5 == 2 ? Self.special[(place + index) % Self.special.count] : value
            })
        }
        let compiled = TracedFunction(pair)(arguments)
        let expected = pair(arguments)
        #expect(
          zip(compiled.scalars, expected.scalars).allSatisfy { $0.bitPattern == $1.bitPattern || $0.isNaN && $1.isNaN },
          "pair \(number) of \(shapes)")
      }
    }
  }

  /// A value that a later step or a result needs is not lost in a pair.
  @Test func valuesThatAreReadAgainStay() {
    let arguments: [Tensor<Float>] = (0..<3).map { testValues([50], seed: $0) }
    let function: @Sendable ([Tensor<Float>]) -> [Tensor<Float>] = { x in
      let sum = x[0] + x[1]
      let product = sum * x[2]
      let difference = product - x[0]
      return [difference * sum, relu(difference) + product, sum]
    }
    for (found, expected) in zip(TracedFunction(function)(arguments), function(arguments)) {
      #expect(found.scalars == expected.scalars)
    }
  }

  /// A change of sign is taken into the sum or the factor next to it.
  @Test func changesOfSignAreNotComputedApart() {
    let pair = [Tensor<Float>](repeating: .placeholder([8]), count: 2)
    let program = Program(for: pair) { (x: [Tensor<Float>]) -> [Tensor<Float>] in
      [x[0] + (-x[1]), (-x[0]) + x[1], x[0] - (-x[1]), -(x[0] * 3), (-x[0]) * 3]
    }
    let labels = program.compiled.instructionTimes(repeats: 1).map(\.label)
    #expect(labels.allSatisfy { !$0.contains("negate") }, "\(labels)")
  }
}
