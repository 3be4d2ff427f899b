import TensorCore
import TestSupport
import Testing

/// Long arrays are computed a tile of rows at a time; the oracle is the same computation on known values, which is done
/// array by array, and the bits are the same.
@Suite struct RowTilesTests {
  private static let rows = 1030

  private func compare<Scalar: TensorScalar>(
    _ shapes: [Shape], _ function: ([Tensor<Scalar>]) -> [Tensor<Scalar>]
  ) -> (labels: [String], program: Program<[Tensor<Scalar>], [Tensor<Scalar>]>) {
    let arguments: [Tensor<Scalar>] = shapes.enumerated().map { testValues($1, seed: $0) }
    let program = Program(for: arguments, function)
    let labels = program.compiled.instructionTimes(repeats: 1).map(\.label)
    let workspace = program.makeWorkspace()
    workspace.inputs.write(arguments)
    // A second run in the same memory: nothing of the first one may be left in a sum.
    for _ in 0..<2 { workspace.run() }
    for (index, (found, expected)) in zip(workspace.outputs.read(), function(arguments)).enumerated() {
      let pairs = zip(found.scalars, expected.scalars)
      let row = pairs.enumerated().first { $1.0 != $1.1 || $1.0.sign != $1.1.sign }?.offset
      #expect(row == nil, "result \(index) differs from its element \(row ?? 0) on")
    }
    return (labels, program)
  }

  /// The loss of two layers, one number a row weighting its error, with the gradients by the layers.
  private func gradients<Scalar: TensorScalar>(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    let (x, weights) = (arguments[0], arguments[1])
    func loss(_ layers: [Tensor<Scalar>]) -> Tensor<Scalar> {
      let hidden = tanh(matmul(x, layers[0]) + layers[1])
      let error = matmul(hidden, layers[2]) + layers[3]
      return (weights * error * error).sum()
    }
    return gradient(at: Array(arguments[2...]), of: loss)
  }

  private static let network: [Shape] = [[rows, 20], [rows, 1], [20, 64], [64], [64, 6], [6]]

  @Test func gradientOfALongBatchHasTheBitsOfWholeArrays() {
    let single = compare(Self.network) { (arguments: [Tensor<Float>]) in gradients(arguments) }
    let double = compare(Self.network) { (arguments: [Tensor<Double>]) in gradients(arguments) }
    for labels in [single.labels, double.labels] {
      #expect(labels.contains("[\(Self.rows), 20] x [20, 64], in row tiles of 256"))
      #expect(labels.contains("[20, \(Self.rows)]^T x [\(Self.rows), 64], in row tiles of 256"))
      #expect(labels.contains("[64, \(Self.rows)]^T x [\(Self.rows), 6], in row tiles of 256"))
      #expect(labels.contains("sum of [1, \(Self.rows), 64] over the middle, in row tiles of 256"))
    }
  }

  @Test func gradientOfAGradientHasTheBitsOfWholeArrays() {
    let (labels, _) = compare(Self.network) { (arguments: [Tensor<Float>]) in
      gradient(at: Array(arguments[2...])) { layers in
        gradients(Array(arguments[..<2]) + layers).map { ($0 * $0).sum() }.reduce(0, +)
      }
    }
    #expect(labels.count { $0.hasSuffix("in row tiles of 256") } > 20)
  }

  /// Here x^T x, and then a product with it.
  @Test func whatNeedsAllRowsWaitsForTheLastTile() {
    let (labels, _) = compare([[Self.rows, 64], [64, 64]]) { (arguments: [Tensor<Float>]) in
      let x = tanh(matmul(arguments[0], arguments[1]))
      let square = matmul(x, transposed: true, x, transposed: false)
      return [matmul(x, square), x.sum(axes: 0), square]
    }
    #expect(labels.count { $0.hasSuffix("in row tiles of 256") } >= 4)
  }

  @Test func arraysOfOneTileNeedItsMemoryAlone() {
    let (_, program) = compare([[4096, 64], [64, 64]]) { (arguments: [Tensor<Float>]) in
      var x = arguments[0]
      for _ in 0..<3 { x = tanh(matmul(x, arguments[1])) }
      return [x.sum(axes: 0)]
    }
    #expect(program.workspaceBytes < 2 * 4096 * 64 * 4)
  }

  /// It has the place of the array after it, which must not be taken for one tile's.
  @Test func arrayOfNoElementsIsNoPartOfTiles() {
    let shapes: [Shape] = [[600, 64], [64, 128], [600, 0], [0, 128], [64, 128]]
    _ = compare(shapes) { (arguments: [Tensor<Float>]) in
      let first = matmul(arguments[0], arguments[1])
      let empty = matmul(tanh(arguments[2]), arguments[3])
      return [first.cumulativeSum(axis: 0), empty, matmul(arguments[0], arguments[4]).cumulativeSum(axis: 0)]
    }
  }

  /// Two numbers of rows, each with its own tiles, and one matrix that both read.
  @Test func arraysOfSeveralLengthsHaveTilesOfTheirOwn() {
    let (labels, _) = compare([[Self.rows, 64], [2000, 64], [64, 64]]) { (arguments: [Tensor<Float>]) in
      let both = arguments[..<2].map { tanh(matmul($0, arguments[2])) }
      let sums = both.map { $0.sum(axes: 0) }
      return sums + both.map { matmul($0, transposed: true, $0, transposed: false) } + [sums[0] * sums[1]]
    }
    #expect(labels.count { $0.hasSuffix("in row tiles of 256") } == 8)
  }

  @Test func shortArraysStayWhole() {
    let (labels, _) = compare([[512, 64], [64, 64]]) { (arguments: [Tensor<Float>]) in
      [tanh(matmul(arguments[0], arguments[1]))]
    }
    #expect(!labels.contains { $0.hasSuffix("in row tiles of 256") })
  }
}
