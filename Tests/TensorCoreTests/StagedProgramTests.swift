import TensorCore
import Testing

/// Sums over parts, against the same computation on all data at once.
@Suite struct StagedProgramTests {
  private struct Part: TensorStructure {
    var inputs: Tensor<Double>
    var targets: Tensor<Double>

    init(rows: Int) { (inputs, targets) = (.placeholder([rows, 3]), .placeholder([rows, 2])) }

    /// Rows `first` and following of data set `number`.
    init(number: Int, rows: Range<Int>) {
      func values(_ width: Int, _ phase: Double) -> Tensor<Double> {
        Tensor(
          shape: [rows.count, width],
          scalars: rows.flatMap { row in
            (0..<width).map { column in sinValue(Double(7 * row + 3 * column + number) + phase) }
          })
      }
      (inputs, targets) = (values(3, 0.1), values(2, 0.7))
    }

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try body(&inputs)
      try body(&targets)
    }
  }

  private struct Weights: TensorStructure {
    var first: Tensor<Double>
    var bias: Tensor<Double>
    var last: Tensor<Double>

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try body(&first)
      try body(&bias)
      try body(&last)
    }

    static let placeholders = Weights(
      first: .placeholder([3, 4]), bias: .placeholder([4]), last: .placeholder([4, 2]))

    static let values = Weights(
      first: Tensor(shape: [3, 4], scalars: (0..<12).map { sinValue(Double($0) + 0.3) }),
      bias: Tensor((0..<4).map { sinValue(Double($0) + 0.9) }),
      last: Tensor(shape: [4, 2], scalars: (0..<8).map { sinValue(Double($0) * 1.7) }))
  }

  private struct Outputs: TensorStructure {
    var adapted: [Weights]
    var loss: Tensor<Double>
    var gradient: Weights

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try adapted.forEachTensor(body)
      try loss.forEachTensor(body)
      try gradient.forEachTensor(body)
    }
  }

  private static let rowCounts = [3, 3, 2]
  private static let ranges = [0..<3, 3..<6, 6..<8]
  private typealias Loss = (Weights) -> Tensor<Double>
  private typealias Staged = StagedProgram<Weights, Part, Outputs>
  private typealias Computation = StagedComputation<Weights, Part, Outputs>

  private static func sum(_ weights: Weights, _ part: Part) -> Tensor<Double> {
    let hidden = tanh(matmul(part.inputs, weights.first) + weights.bias)
    let error = matmul(hidden, weights.last) - part.targets
    return (error * error * error * error).sum()
  }

  /// Two inner steps on data sets 0 and 1, and the outer loss on data set 2 with its exact gradient.
  private static func metaGradient(_ weights: Weights, _ losses: [Loss]) -> Outputs {
    func step(_ weights: Weights, _ loss: Loss) -> Weights {
      weights.combined(with: gradient(at: weights, of: loss)) { $0 - 0.01 * $1 }
    }
    let first = step(weights, losses[0])
    let adapted = [weights, first, step(first, losses[1])]
    let outer = valueAndGradient(at: weights) { losses[2](step(step($0, losses[0]), losses[1])) }
    return Outputs(adapted: adapted, loss: outer.value, gradient: outer.gradient)
  }

  private static let staged = Staged(for: .placeholders, dataSets: 3, parts: rowCounts.map { Part(rows: $0) }) {
    weights, data in
    metaGradient(weights, data.map { data in { point in data.sum(at: point) { sum($0, $1) } } })
  }

  /// The outputs at the end of a run that computes the parts in the given order.
  private func run(_ computation: Computation, order: [Int] = [0, 1, 2], waiting: (Int) -> Void = { _ in }) -> Outputs {
    let workspace = Self.staged.makePartWorkspace()
    computation.inputs.write(.values)
    var awaited = computation.start()
    while let data = awaited {
      waiting(data)
      for part in order {
        computation.compute(part: part, in: workspace) { $0.write(Part(number: data, rows: Self.ranges[part])) }
      }
      awaited = computation.proceed()
    }
    return computation.outputs.read()
  }

  @Test func sumsOverPartsAndTheirDerivativesAreThoseOfAllDataAtOnce() {
    let whole = Program(for: Weights.placeholders) { weights in
      Self.metaGradient(weights, (0..<3).map { number in { Self.sum($0, Part(number: number, rows: 0..<8)) } })
    }(.values)
    let found = run(Self.staged.makeComputation())
    for (found, expected) in zip(found.tensors, whole.tensors) {
      for (found, expected) in zip(found.scalars, expected.scalars) {
        #expect(abs(found - expected) <= 1e-12 * max(1, abs(expected)))
      }
    }
  }

  @Test func theOrderInWhichPartsAreComputedDoesNotChangeBits() {
    let computation = Self.staged.makeComputation()
    let first = run(computation).tensors.map(\.scalars)
    #expect(run(computation, order: [2, 0, 1]).tensors.map(\.scalars) == first)
  }

  @Test func outputsThatDependOnNoLaterSumAreThereWhileItIsAwaited() {
    let computation = Self.staged.makeComputation()
    var seen: [Int: [Double]] = [:]
    let end = run(computation) { data in
      if seen[data] == nil { seen[data] = computation.outputs.adapted[data].scalars }
    }
    for data in 0..<3 { #expect(seen[data] == end.adapted[data].tensors.flatMap(\.scalars)) }
  }

  @Test func sumsOfOneDepthAreComputedTogetherAndNoneTwice() {
    var order: [Int] = []
    _ = run(Self.staged.makeComputation()) { order.append($0) }
    // The gradients of two steps, the outer loss with its gradient, and two products with Hessians.
    #expect(order == [0, 1, 2, 1, 0])
  }
}

/// A sine of any number, which the tests take their values from.
private func sinValue(_ x: Double) -> Double { sin(Tensor(x)).scalar }
