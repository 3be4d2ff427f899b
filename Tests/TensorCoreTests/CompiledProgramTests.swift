import TensorCore
import TestSupport
import Testing

/// Compiled programs whose results, operands or sizes are unusual.
@Suite struct CompiledProgramTests {
  private func expectEqual(_ function: @escaping @Sendable ([Tensor<Float>]) -> [Tensor<Float>], _ shapes: [Shape]) {
    let arguments = shapes.enumerated().map { testValues($1, seed: $0) as Tensor<Float> }
    let (eager, compiled) = (function(arguments), TracedFunction(function)(arguments))
    #expect(eager.count == compiled.count)
    for (eager, compiled) in zip(eager, compiled) {
      #expect(eager.shape == compiled.shape)
      // The same kernels over the same elements: the bits are the same.
      #expect(eager.scalars == compiled.scalars)
    }
  }

  @Test func resultsMayBeArgumentsConstantsViewsAndDuplicates() {
    expectEqual(
      { x in
        let y = exp(x[0])
        let constant = Tensor<Float>([1, 2, 3])
        return [
          x[0], x[0], y, y, y.reshaped(to: [2, 3]), x[0].reshaped(to: [3, 2]), constant, Tensor(4), stopGradient(y),
          x[1].broadcast(to: [2, 4]), x[1].broadcast(to: [2, 4]).reshaped(to: [8]), Tensor(0).broadcast(to: [3]),
        ]
      }, [[6], [4]])
  }

  @Test func programWithoutOperationsOrArgumentsRuns() {
    expectEqual({ $0 }, [[2], [], [0, 4]])
    expectEqual({ _ in [Tensor([5, 6])] }, [])
    expectEqual({ _ in [] }, [[3]])
  }

  @Test func argumentThatIsNotUsedIsAllowed() {
    expectEqual({ [$0[2] * 2] }, [[3000], [5], [7]])
  }

  @Test func rowsWithDifferentPeriodsMeetInOnePass() {
    // [3, 50, 7] is one pass of 1,050 elements: rows of 7, of 350 and of 1, and columns that stand still for 7.
    expectEqual(
      { x in
        let sum = x[0] + x[1] * x[2] + tanh(x[3]) * x[4] - x[5]
        return [sum, square(sum).sum(axes: 0), sum.sum(axes: 2)]
      }, [[3, 50, 7], [7], [50, 7], [3, 1, 1], [50, 1], []])
  }

  @Test(arguments: [1, 63, 64, 65, 1023, 2047, 2048, 2049, 4097, 6143]) func blocksEndAnywhere(_ count: Int) {
    expectEqual({ [exp($0[0] * $0[1]) + sigmoid($0[0]) * $0[2], $0[0] * $0[2]] }, [[count], [count], []])
  }

  @Test func rowLongerThanABlockIsRead() {
    expectEqual({ [tanh($0[0] + $0[1]) * $0[2] + $0[1]] }, [[3, 5001], [5001], [3, 1]])
  }

  @Test func columnBroadcastFromATransposedOperandIsRead() {
    expectEqual(
      { x in [x[0].transposed() * x[1] + x[1].transposed(permutation: [1, 0]).sum()] }, [[70, 40], [40, 1]])
  }

  @Test func sizesOfZeroAreComputed() {
    expectEqual(
      { x in
        let y = exp(x[0] * x[1])
        return [
          y, y.sum(axes: 0), y.sum(axes: 1), y.sum(), matmul(y, y.transposed()), matmul(y.transposed(), y),
          concatenate([x[0], y], axis: 0), concatenate([y.transposed(), x[2]], axis: 1),
          y.padded(axis: 0, before: 1, after: 1),
          y.cumulativeSum(axis: 1), gather(x[2], rows: Tensor([])),
        ]
      }, [[0, 3], [3], [3, 2]])
  }

  @Test func chainOfManySharedSumsNeedsLittleMemory() {
    // Every sum is used twice; only a few have to be kept at a time.
    let program = Program(for: Tensor<Float>.placeholder([1000])) { x in
      var y = x
      for _ in 0..<200 { y = tanh(y.cumulativeSum(axis: 0)) + 0.5 * y }
      return y
    }
    #expect(program.workspaceBytes < 10 * 1000 * 4 + 6 * 24 * 1024)
  }

  @Test func infinitiesAndNaNsPassAsTheyDoEagerly() {
    let values: [Float] = [
      .nan, .infinity, -.infinity, 0, -0.0, 1, -1, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    let function: @Sendable ([Tensor<Float>]) -> [Tensor<Float>] = { x in
      let (a, b) = (x[0].reshaped(to: [9, 1]), x[0].reshaped(to: [1, 9]))
      return [
        a + b, a - b, a * b, a / b, maximum(a, b), minimum(a, b), a .> b, a .>= b, a .== b, a .!= b, select(a, b, a),
        a * 0, a * 1, a / 1, 1 - a, relu(a), step(a), sign(a), exp(a), log(a), tanh(a), sigmoid(a), softplus(a),
        sqrt(a),
        softThreshold(a, by: 0.5), (a + b).sum(axes: 0), (a * b).maximum(axes: 1), matmul(a, b),
        b.cumulativeSum(axis: 1),
      ]
    }
    let (eager, compiled) = (function([Tensor(values)]), TracedFunction(function)([Tensor(values)]))
    for (index, (eager, compiled)) in zip(eager, compiled).enumerated() {
      let same = zip(eager.scalars, compiled.scalars).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
      #expect(same, "result \(index)")
    }
    // An infinity times 0 is not 0: the compiler must not drop it.
    #expect(compiled[11].scalars[1].isNaN)
  }

  @Test func largeProductsGoToTheLibraryAndAgreeWithSums() {
    let (rows, inner, columns) = (130, 70, 90)
    let product: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { x in
      [
        matmul(x[0], x[1]), matmul(x[0].transposed(), transposed: true, x[1].transposed(), transposed: true),
        gradient(at: x) { square(matmul($0[0], $0[1])).sum() }[0],
      ]
    }
    let (a, b) = (
      testValues([rows, inner], seed: 1) as Tensor<Double>, testValues([inner, columns], seed: 2) as Tensor<Double>
    )
    let results = TracedFunction(product)([a, b])
    let sums = (a.insertingAxis(2) * b.insertingAxis(0)).sum(axes: 1)
    let derivative = (2 * sums.insertingAxis(1) * b.insertingAxis(0)).sum(axes: 2)
    // Sums of 70 to 90 terms, in another order: 90 roundings of 1e-16 on values up to 100.
    for (result, expected) in zip(results, [sums, sums, derivative]) {
      for (x, y) in zip(result.scalars, expected.scalars) { #expect(abs(x - y) < 1e-12) }
    }
  }

  @Test func tracedFunctionCompilesOncePerShape() {
    let function = TracedFunction { (x: Tensor<Float>) in x + x }
    #expect(function.program(for: .placeholder([3])) === function.program(for: .placeholder([3])))
    #expect(function.program(for: .placeholder([3])) !== function.program(for: .placeholder([4])))
    #expect(function(Tensor([1, 2])).scalars == [2, 4])
    #expect(function(Tensor([1, 2, 3])).scalars == [2, 4, 6])
  }

  @Test func argumentsKeepTheirValuesFromRunToRun() {
    let factors = [Tensor<Float>](repeating: .placeholder([2]), count: 2)
    let workspace = Program(for: factors) { x in x[0] * x[1] }.makeWorkspace()
    workspace.inputs[0].write([2, 3])
    workspace.inputs[1].write([5, 7])
    workspace.run()
    #expect(workspace.outputs.scalars == [10, 21])
    workspace.inputs[1].write([1, 1])
    workspace.run()
    #expect(workspace.outputs.scalars == [2, 3])
  }
}
