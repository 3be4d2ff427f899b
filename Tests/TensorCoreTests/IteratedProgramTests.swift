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
