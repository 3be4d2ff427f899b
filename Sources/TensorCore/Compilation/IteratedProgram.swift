/// A compiled program of one step of a loop, which is run repeatedly on the state that it returned. The caller decides the
/// number of steps and whatever else depends on values.
///
/// The memory does not depend on the number of steps.
public struct IteratedProgram<State: TensorStructure, Constants: TensorStructure, Outputs: TensorStructure>: Sendable
where Constants.Scalar == State.Scalar, Outputs.Scalar == State.Scalar {
  /// The program of one step, without the types of its arguments.
  public let compiled: CompiledProgram<State.Scalar>
  fileprivate let state: BufferLayout<State>
  fileprivate let constants: BufferLayout<Constants>
  fileprivate let outputs: BufferLayout<Outputs>
  /// The parts of the state that a step does not write in place: source offset, target offset and number of elements.
  fileprivate let feedback: [(source: Int, target: Int, count: Int)]

  /// Traces and compiles one step.
  /// - Parameters:
  ///   - state: what a step changes. Only its shapes are used.
  ///   - constants: what a step reads and does not change. Only its shapes are used.
  ///   - body: computes, from the state and the constants, the next state, of the same shapes, and outputs for the caller
  ///     to read.
  public init(
    state: State, constants: Constants, _ body: (State, Constants) -> (state: State, outputs: Outputs)
  ) {
    let (first, fixed) = (state.placeholders, constants.placeholders)
    // Each placeholder is a distinct node, so that no member hides another.
    first.requireEveryMemberVisited()
    fixed.requireEveryMemberVisited()
    let (next, outputs) = body(first, fixed)
    guard next.shapes == first.shapes else {
      fatalError("a step from \(first.shapes) must not lead to \(next.shapes)")
    }
    outputs.requireEveryMemberVisited()
    let (before, after, shown) = (first.tensors, next.tensors, outputs.tensors)
    // A part of the state that the step does not change is not a result.
    let changed = after.indices.filter { after[$0].node !== before[$0].node }
    let places = changed.enumerated().map { (result: shown.count + $0.offset, argument: $0.element) }
    let compiled = CompiledProgram(
      arguments: before + fixed.tensors, results: shown + changed.map { after[$0] },
      replacements: Dictionary(uniqueKeysWithValues: places.map { ($0.result, $0.argument) }))
    compiled.requireNoCalls()
    self.compiled = compiled
    self.state = BufferLayout(first, offsets: compiled.argumentOffsets.prefix(before.count))
    self.constants = BufferLayout(fixed, offsets: compiled.argumentOffsets.dropFirst(before.count))
    self.outputs = BufferLayout(outputs.placeholders, offsets: compiled.resultOffsets.prefix(shown.count))
    feedback = places.map { place in
      (
        compiled.resultOffsets[place.result], compiled.argumentOffsets[place.argument],
        compiled.argumentShapes[place.argument].count
      )
      // A part that is written in its argument's place needs no copy.
    }.filter { $0.source != $0.target }
  }

  /// The memory of one workspace, in bytes.
  public var workspaceBytes: Int { compiled.workspaceBytes }

  /// Allocates the memory in which one worker makes steps.
  public func makeWorkspace() -> IteratedWorkspace<State, Constants, Outputs> { IteratedWorkspace(for: self) }
}

/// The memory in which one worker makes the steps of an ``IteratedProgram``. The type is not Sendable: a workspace belongs
/// to one worker at a time.
public final class IteratedWorkspace<State: TensorStructure, Constants: TensorStructure, Outputs: TensorStructure>
where Constants.Scalar == State.Scalar, Outputs.Scalar == State.Scalar {
  /// The loop's current state, which every step replaces.
  public let state: Buffers<State>
  /// The values that every step reads and does not change.
  public let constants: Buffers<Constants>
  /// The outputs of the last step.
  public let outputs: Buffers<Outputs>
  private let program: IteratedProgram<State, Constants, Outputs>
  private let memory: ProgramMemory<State.Scalar>

  fileprivate init(for program: IteratedProgram<State, Constants, Outputs>) {
    self.program = program
    memory = ProgramMemory(for: program.compiled)
    state = Buffers(program.state, in: memory)
    constants = Buffers(program.constants, in: memory)
    outputs = Buffers(program.outputs, in: memory)
  }

  /// Makes one step: replaces the state and writes the outputs.
  public func step() {
    program.compiled.run(in: memory)
    for part in program.feedback {
      (memory.buffers + part.target).update(from: memory.buffers + part.source, count: part.count)
    }
  }
}
