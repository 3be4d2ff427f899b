@testable import TensorCore
import Testing

/// Products with matrices that differ between tasks by products of few rows.
@Suite struct DistributedProductTests {
  private struct Inputs: TensorStructure {
    var matrix: Tensor<Double>
    var scale: Tensor<Double>
    var rows: [Tensor<Double>]

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try body(&matrix)
      try body(&scale)
      try rows.forEachTensor(body)
    }

    /// A matrix of `size` rows and columns, and matrices of `rows` rows for each of 5 tasks.
    init(size: Int, rows: Int) {
      func values(_ shape: Shape, _ phase: Double) -> Tensor<Double> {
        sin(Tensor(shape: shape, scalars: (0..<shape.count).map { Double($0) * 0.37 + phase }))
      }
      matrix = values([size, size], 0.1)
      scale = Tensor(0.3)
      self.rows = (0..<4).map { values([5, rows, size], Double($0)) }
    }
  }

  /// The matrix after a step of each task: W - c A^T B.
  private static func moved(_ inputs: Inputs) -> Tensor<Double> {
    let product = matmul(inputs.rows[0], transposed: true, inputs.rows[1], transposed: false)
    return inputs.matrix.broadcast(to: product.shape) - inputs.scale * product
  }

  private static let functions: [(String, @Sendable (Inputs) -> Tensor<Double>)] = [
    ("x W", { matmul($0.rows[2], moved($0)) }),
    ("x W^T", { matmul($0.rows[2], transposed: false, moved($0), transposed: true) }),
    ("W x^T", { matmul(moved($0), transposed: false, $0.rows[2], transposed: true) }),
    ("W^T x^T", { matmul(moved($0), transposed: true, $0.rows[2], transposed: true) }),
    (
      "x W and y W^T",
      { inputs in
        let matrix = moved(inputs)
        return matmul(inputs.rows[2], matrix) * matmul(inputs.rows[3], transposed: false, matrix, transposed: true)
      }
    ),
    ("-x W", { matmul($0.rows[2], -moved($0)) }),
  ]

  @Test(arguments: functions.indices) func valuesAndGradientsAreThoseOfTheProductWithTheMatrix(number: Int) {
    let (name, function) = Self.functions[number]
    let inputs = Inputs(size: 24, rows: 3)
    let program = Program(for: inputs) { inputs in
      [function(inputs)] + gradient(at: inputs) { tanh(function($0)).sum() }.tensors
    }
    // The gradient with respect to the scale needs the product of the rows itself, which the values do not.
    let labels = Program(for: inputs, function).compiled.instructionTimes(repeats: 1).map(\.label)
    #expect(
      !labels.contains("5 products [24, 3] x [3, 24]") && !labels.contains { $0.contains("[3, 24]^T x [3, 24]") },
      "\(name): \(labels)")
    let eager = [function(inputs)] + gradient(at: inputs) { tanh(function($0)).sum() }.tensors
    for (found, expected) in zip(program(inputs), eager) {
      #expect(zip(found.scalars, expected.scalars).allSatisfy { abs($0 - $1) < 1e-11 }, "\(name)")
    }
  }

  /// All tasks share x: the product is not distributed.
  @Test func productsWithASharedMatrixAreComputedWithTheMatrix() {
    let inputs = Inputs(size: 24, rows: 3)
    let function: (Inputs) -> Tensor<Double> = { inputs in
      matmul(inputs.rows[2].sliced(axis: 0, 0..<1).broadcast(to: [5, 3, 24]), Self.moved(inputs))
    }
    let (found, expected) = (Program(for: inputs, function)(inputs), function(inputs))
    #expect(zip(found.scalars, expected.scalars).allSatisfy { abs($0 - $1) < 1e-11 })
  }

  /// With as many rows as columns the matrix itself is the smaller work.
  @Test func productsOfManyRowsUseTheMatrix() {
    let program = Program(for: Inputs(size: 12, rows: 24)) { Self.functions[0].1($0) }
    let labels = program.compiled.instructionTimes(repeats: 1).map(\.label)
    #expect(labels.contains("5 products [24, 12] x [12, 12]"))
  }

  /// A matrix that is a result is computed in any case.
  @Test func aMatrixThatIsAResultIsUsed() {
    let program = Program(for: Inputs(size: 24, rows: 3)) { inputs in
      let matrix = Self.moved(inputs)
      return [matrix, matmul(inputs.rows[2], matrix)]
    }
    let labels = program.compiled.instructionTimes(repeats: 1).map(\.label)
    #expect(labels.contains("5 products [3, 24] x [24, 24]"))
  }
}
