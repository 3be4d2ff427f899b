import TensorCore
import TestSupport
import Testing

/// What the tasks of a batch share is read in place; the oracle is the same computation on known values, which shares
/// nothing.
@Suite struct SharedOperandTests {
  private typealias Function = @Sendable ([Tensor<Double>]) -> [Tensor<Double>]

  private func arguments(_ shapes: [Shape]) -> [Tensor<Double>] {
    shapes.enumerated().map { testValues($1, seed: $0) }
  }

  /// The kernels that the compiled function runs, after its results have been compared with the eager ones.
  private func kernels(_ shapes: [Shape], _ function: @escaping Function) -> [String] {
    let arguments = arguments(shapes)
    let program = Program(for: arguments, function)
    let times = program.compiled.instructionTimes(repeats: 1)
    for (found, expected) in zip(program(arguments), function(arguments)) {
      for (found, expected) in zip(found.scalars, expected.scalars) {
        // Sums of some 30 terms of size 1 in another order.
        #expect(abs(found - expected) < 1e-13)
      }
    }
    return times.map(\.label)
  }

  @Test func matrixThatATaskSharesIsNotWrittenOutForEachTask() {
    let found = kernels([[3, 2, 4], [4, 5]]) { [matmul($0[0], $0[1].broadcast(to: [3, 4, 5]))] }
    #expect(found == ["[6, 4] x [4, 5]"])
  }

  @Test func leftOperandThatATaskSharesIsReadInPlace() {
    let found = kernels([[2, 4], [3, 4, 5]]) { [matmul($0[0].broadcast(to: [3, 2, 4]), $0[1])] }
    #expect(found == ["3 products [2, 4] x [4, 5]"])
  }

  @Test func ofTwoRepeatedMatricesOneIsWrittenOut() {
    let found = kernels([[2, 4], [4, 5]]) {
      [matmul($0[0].broadcast(to: [3, 2, 4]), $0[1].broadcast(to: [3, 4, 5]))]
    }
    #expect(found.count == 2)
  }

  /// The gradient by a shared matrix of a sum over tasks: x^T g for all rows at once, and what else reaches it.
  @Test func sumOverTasksOfProductsIsOneProduct() {
    let found = kernels([[3, 2, 4], [3, 2, 5], [3, 4, 5]]) {
      let product = matmul($0[0], transposed: true, $0[1], transposed: false)
      return [($0[2] + product).sum(axes: 0)]
    }
    #expect(
      found == ["[4, 6]^T x [6, 5]", "sum of [1, 3, 20] over the middle", "pass of 20, 20 a block: add of all, all"]
        || found == [
          "sum of [1, 3, 20] over the middle", "[4, 6]^T x [6, 5]", "pass of 20, 20 a block: add of all, all",
        ])
  }

  @Test func productThatIsReadTwiceKeepsItsTasks() {
    let found = kernels([[3, 2, 4], [3, 2, 5]]) {
      let product = matmul($0[0], transposed: true, $0[1], transposed: false)
      return [product.sum(axes: 0), product * product]
    }
    #expect(found.contains("3 products [4, 2]^T x [2, 5]"))
  }

  @Test func productThatIsAResultKeepsItsTasks() {
    let found = kernels([[3, 2, 4], [3, 2, 5]]) {
      let product = matmul($0[0], transposed: true, $0[1], transposed: false)
      return [product, product.sum(axes: 0)]
    }
    #expect(found.contains("3 products [4, 2]^T x [2, 5]"))
  }

  /// Tasks' own biases that still are the shared one: read as rows of it, not copied first.
  @Test func biasThatTasksRepeatIsReadFromTheSharedOne() {
    let found = kernels([[3, 2, 40], [40]]) { $0[0] + $0[1].broadcast(to: [3, 40]).insertingAxis(1) }
    #expect(found == ["pass of 240, 240 a block: add of all, rows of 40"])
  }

  private func kernels(_ shapes: [Shape], _ function: @escaping @Sendable ([Tensor<Double>]) -> Tensor<Double>)
    -> [String]
  {
    kernels(shapes) { [function($0)] }
  }

  /// Repetitions whose rows fall together with other axes than those of the operand.
  @Test func repetitionsOfRepetitionsKeepTheirElements() {
    _ = kernels([[2, 3], [3], [1], [2, 1]]) { x in
      [
        x[0].broadcast(to: [4, 2, 3]).reshaped(to: [4, 6, 1]).broadcast(to: [4, 6, 2]) + 0.5,
        x[1].broadcast(to: [2, 3]).reshaped(to: [3, 2]).insertingAxis(1).broadcast(to: [3, 4, 2]) + 0.5,
        x[2].broadcast(to: [4]).reshaped(to: [2, 2]).insertingAxis(0).broadcast(to: [3, 2, 2]) + 0.5,
        x[3].broadcast(to: [2, 3]).insertingAxis(0).broadcast(to: [2, 2, 3]) + 0.5,
      ]
    }
  }
}
