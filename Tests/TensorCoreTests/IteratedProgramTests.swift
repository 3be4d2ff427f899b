import TensorCore
import Testing

@Suite struct IteratedProgramTests {
  /// Fibonacci's numbers, times a constant: a state of which one part takes another's place.
  private let fibonacci = IteratedProgram<Double>(state: [[2], [2], []], constants: [[2]]) { state, constants in
    ([state[1], state[0] + state[1], state[2]], [state[1] * constants[0]])
  }

  @Test func stateGoesRoundAndConstantsStay() {
    let workspace = fibonacci.program.makeWorkspace()
    workspace.setArgument(0, to: [0, 1])
    workspace.setArgument(1, to: [1, 1])
    workspace.setArgument(2, to: [7])
    workspace.setArgument(3, to: [1, 10])
    for _ in 0..<10 { fibonacci.step(in: workspace) }
    #expect(workspace.argument(0) == [55, 89])
    #expect(workspace.argument(1) == [89, 144])
    #expect(workspace.argument(2) == [7])
    // The output of the tenth step, made of the state before it.
    #expect(workspace.result(0) == [55, 890])
  }

  /// What a step writes takes its argument's place only where nothing reads the argument afterwards: rotated by 90 degrees
  /// four times, every part is where it was, whichever reads which, element by element, as rows or reduced.
  @Test func partsThatReadEachOtherAreNotOverwrittenTooEarly() {
    let rotation = IteratedProgram<Double>(state: [[3, 40], [3, 40], [40], []], constants: []) { state, _ in
      let (x, y, row, count) = (state[0], state[1], state[2], state[3])
      return ([x - x - y, (y + x) - y, row + (x * 0).sum(axes: 0), count + 1 + 0 * (row.sum() + x.sum())], [y - row])
    }
    let workspace = rotation.program.makeWorkspace()
    let start = (0..<2).map { part in (0..<120).map { Double($0 + 1_000 * part) } }
    let row = (0..<40).map { Double(3 * $0) }
    for (index, values) in (start + [row, [0]]).enumerated() { workspace.setArgument(index, to: values) }
    for turn in 1...4 {
      let before = workspace.argument(1)
      rotation.step(in: workspace)
      #expect(workspace.result(0) == before.indices.map { before[$0] - row[$0 % 40] }, "turn \(turn)")
    }
    #expect((0..<4).map { workspace.argument($0) } == start + [row, [4]])
  }

  /// The same of two parts that one pass reads and writes: the one that it computes first must not be written before the
  /// other has read it. Which one that is, is the pass's affair.
  @Test(arguments: [0, 1]) func partsOfOnePassAreWrittenWhenTheOthersHaveReadThem(doubled: Int) {
    let step = IteratedProgram<Double>(state: [[3_000], [3_000]], constants: []) { state, _ in
      // What they share makes one pass of them.
      let difference = state[0] - state[1]
      let (twice, other) = (difference + difference, difference + state[doubled])
      return (doubled == 0 ? [twice, other] : [other, twice], [])
    }
    let workspace = step.program.makeWorkspace()
    let start = (0..<2).map { part in (0..<3_000).map { Double($0 * $0 + 10_000 * part) } }
    for (index, values) in start.enumerated() { workspace.setArgument(index, to: values) }
    step.step(in: workspace)
    #expect(workspace.argument(doubled) == zip(start[0], start[1]).map { 2 * ($0 - $1) })
    let expected = start[0].indices.map { start[0][$0] - start[1][$0] + start[doubled][$0] }
    #expect(workspace.argument(1 - doubled) == expected)
  }

  /// An element-wise step is written where the state is: it needs no memory of its own.
  @Test func elementwiseStepsTakeTheirArgumentsPlaces() {
    func bytes(_ step: @escaping (Tensor<Double>) -> Tensor<Double>) -> Int {
      IteratedProgram<Double>(state: [[1_024]], constants: []) { state, _ in ([step(state[0])], []) }.program
        .workspaceBytes
    }
    #expect(bytes { $0 * 2 } + 8_192 == bytes { ($0.reshaped(to: [16, 64]).transposed()).reshaped(to: [1_024]) * 2 })
  }

  @Test func whatAStepLeavesIsNoResult() {
    // One output and the two parts that change.
    #expect(fibonacci.program.resultShapes.count == 3)
  }

  @Test func numbersMoveBetweenWorkspaces() {
    let sum = Program<Double>(argumentShapes: [[2], [2]]) { [$0[0] + $0[1]] }
    let (first, second) = (sum.makeWorkspace(), sum.makeWorkspace())
    first.setArgument(0, to: [1, 2])
    first.setArgument(1, to: [10, 20])
    sum.run(in: first)
    second.setArgument(0, toResult: 0, of: first)
    second.setArgument(1, toArgument: 1, of: first)
    sum.run(in: second)
    #expect(second.result(0) == [21, 42])
  }

  @Test func stateOfAnotherShapeStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = IteratedProgram<Double>(state: [[2]], constants: []) { state, _ in ([state[0].sum()], []) }
    }
  }
}
