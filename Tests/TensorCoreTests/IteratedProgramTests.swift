import Testing

@testable import TensorCore

@Suite struct IteratedProgramTests {
  private struct Numbers: TensorStructure {
    var last: Tensor<Double>
    var next: Tensor<Double>
    var kept: Tensor<Double>

    mutating func forEachTensor(_ body: (inout Tensor<Double>) throws -> Void) rethrows {
      try last.forEachTensor(body)
      try next.forEachTensor(body)
      try kept.forEachTensor(body)
    }
  }

  private func placeholders(_ shapes: [Shape]) -> [Tensor<Double>] { shapes.map { .placeholder($0) } }

  /// Fibonacci's numbers, times a constant: a state of which one part takes another's place.
  private let fibonacci = IteratedProgram(
    state: Numbers(last: .placeholder([2]), next: .placeholder([2]), kept: .placeholder([])),
    constants: Tensor<Double>.placeholder([2])
  ) { state, factor in
    (Numbers(last: state.next, next: state.last + state.next, kept: state.kept), state.next * factor)
  }

  @Test func stateGoesRoundAndConstantsStay() {
    let workspace = fibonacci.makeWorkspace()
    workspace.state.last.write([0, 1])
    workspace.state.next.write([1, 1])
    workspace.state.kept.write([7])
    workspace.constants.write([1, 10])
    for _ in 0..<10 { workspace.step() }
    #expect(workspace.state.last.scalars == [55, 89])
    #expect(workspace.state.next.scalars == [89, 144])
    #expect(workspace.state.kept.scalars == [7])
    // The output of the tenth step, made of the state before it.
    #expect(workspace.outputs.scalars == [55, 890])
  }

  /// What a step writes takes its argument's place only where nothing reads the argument afterwards: rotated by 90 degrees
  /// four times, every part is where it was, whichever reads which, element by element, as rows or reduced.
  @Test func partsThatReadEachOtherAreNotOverwrittenTooEarly() {
    let rotation = IteratedProgram(
      state: placeholders([[3, 40], [3, 40], [40], []]), constants: NoTensors<Double>()
    ) { state, _ in
      let (x, y, row, count) = (state[0], state[1], state[2], state[3])
      return ([x - x - y, (y + x) - y, row + (x * 0).sum(axes: 0), count + 1 + 0 * (row.sum() + x.sum())], y - row)
    }
    let workspace = rotation.makeWorkspace()
    let start = (0..<2).map { part in (0..<120).map { Double($0 + 1_000 * part) } }
    let row = (0..<40).map { Double(3 * $0) }
    workspace.state.write(start.flatMap { $0 } + row + [0])
    for turn in 1...4 {
      let before = workspace.state[1].scalars
      workspace.step()
      #expect(workspace.outputs.scalars == before.indices.map { before[$0] - row[$0 % 40] }, "turn \(turn)")
    }
    #expect(workspace.state.arrays == start + [row, [4]])
  }

  /// The same of two parts that one pass reads and writes: the one that it computes first must not be written before the
  /// other has read it. Which one that is, is the pass's affair.
  @Test(arguments: [0, 1]) func partsOfOnePassAreWrittenWhenTheOthersHaveReadThem(doubled: Int) {
    let step = IteratedProgram(state: placeholders([[3_000], [3_000]]), constants: NoTensors<Double>()) { state, _ in
      // What they share makes one pass of them.
      let difference = state[0] - state[1]
      let (twice, other) = (difference + difference, difference + state[doubled])
      return (doubled == 0 ? [twice, other] : [other, twice], NoTensors<Double>())
    }
    let workspace = step.makeWorkspace()
    let start = (0..<2).map { part in (0..<3_000).map { Double($0 * $0 + 10_000 * part) } }
    workspace.state.write(start.flatMap { $0 })
    workspace.step()
    #expect(workspace.state[doubled].scalars == zip(start[0], start[1]).map { 2 * ($0 - $1) })
    let expected = start[0].indices.map { start[0][$0] - start[1][$0] + start[doubled][$0] }
    #expect(workspace.state[1 - doubled].scalars == expected)
  }

  /// An element-wise step is written where the state is: it needs no memory of its own.
  @Test func elementwiseStepsTakeTheirArgumentsPlaces() {
    func bytes(_ step: @escaping (Tensor<Double>) -> Tensor<Double>) -> Int {
      IteratedProgram(state: Tensor<Double>.placeholder([1_024]), constants: NoTensors<Double>()) { state, _ in
        (step(state), NoTensors<Double>())
      }.workspaceBytes
    }
    #expect(bytes { $0 * 2 } + 8_192 == bytes { ($0.reshaped(to: [16, 64]).transposed()).reshaped(to: [1_024]) * 2 })
  }

  @Test func whatAStepLeavesIsNoResult() {
    // One output and the two parts that change.
    #expect(fibonacci.compiled.resultShapes.count == 3)
  }

  @Test func numbersMoveBetweenWorkspaces() {
    let sum = Program(for: placeholders([[2], [2]])) { $0[0] + $0[1] }
    let (first, second) = (sum.makeWorkspace(), sum.makeWorkspace())
    first.inputs.write([1, 2, 10, 20] as [Double])
    first.run()
    second.inputs[0].copy(from: first.outputs)
    second.inputs[1].copy(from: first.inputs[1])
    second.run()
    #expect(second.outputs.scalars == [21, 42])
  }

  @Test func stateOfAnotherShapeStopsTheProgram() async {
    await #expect(processExitsWith: .failure) {
      _ = IteratedProgram(state: Tensor<Double>.placeholder([2]), constants: NoTensors<Double>()) { state, _ in
        (state.sum(), NoTensors<Double>())
      }
    }
  }
}
