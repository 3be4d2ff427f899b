/// A program that is run again and again on what it made of its own arguments: one step of a loop whose number of steps,
/// and whatever else depends on values, the caller decides.
///
/// Memory does not depend on how often the program is run.
public struct IteratedProgram<State: TensorStructure, Constants: TensorStructure, Outputs: TensorStructure>: Sendable
where Constants.Scalar == State.Scalar, Outputs.Scalar == State.Scalar {
  /// The program of one step, without the types of its arguments.
  public let compiled: CompiledProgram<State.Scalar>
  fileprivate let state: BufferLayout<State>
  fileprivate let constants: BufferLayout<Constants>
  fileprivate let outputs: BufferLayout<Outputs>
  /// The parts of the state that a step does not write in place: from where, to where, how many elements.
  fileprivate let feedback: [(source: Int, target: Int, count: Int)]

  /// Traces and compiles one step.
  /// - Parameters:
  ///   - state: what a step changes, of which the shapes count alone.
  ///   - constants: what a step reads, of which the shapes count alone.
  ///   - body: from the state and the constants to the next state, of the same shapes, and numbers to look at.
  public init(
    state: State, constants: Constants, _ body: (State, Constants) -> (state: State, outputs: Outputs)
  ) {
    let (first, fixed) = (state.placeholders, constants.placeholders)
    // Each placeholder is a tensor of its own, so that none hides another member's.
    first.requireEveryMemberVisited()
    fixed.requireEveryMemberVisited()
    let (next, outputs) = body(first, fixed)
    guard next.shapes == first.shapes else {
      fatalError("a step from \(first.shapes) must not lead to \(next.shapes)")
    }
    outputs.requireEveryMemberVisited()
    let (before, after, shown) = (first.tensors, next.tensors, outputs.tensors)
    // What a step leaves as it was is no result.
    let changed = after.indices.filter { after[$0].node !== before[$0].node }
    let places = changed.enumerated().map { (result: shown.count + $0.offset, argument: $0.element) }
    let compiled = CompiledProgram(
      arguments: before + fixed.tensors, results: shown + changed.map { after[$0] },
      replacements: Dictionary(uniqueKeysWithValues: places.map { ($0.result, $0.argument) }))
    self.compiled = compiled
    self.state = BufferLayout(first, offsets: compiled.argumentOffsets.prefix(before.count))
    self.constants = BufferLayout(fixed, offsets: compiled.argumentOffsets.dropFirst(before.count))
    self.outputs = BufferLayout(outputs.placeholders, offsets: compiled.resultOffsets.prefix(shown.count))
    feedback = places.map { place in
      (
        compiled.resultOffsets[place.result], compiled.argumentOffsets[place.argument],
        compiled.argumentShapes[place.argument].count
      )
      // What was written where the argument is need not be copied there.
    }.filter { $0.source != $0.target }
  }

  /// The memory of a workspace, in bytes.
  public var workspaceBytes: Int { compiled.workspaceBytes }

  /// Where one worker makes steps.
  public func makeWorkspace() -> IteratedWorkspace<State, Constants, Outputs> { IteratedWorkspace(for: self) }
}

/// Where one worker makes the steps of an ``IteratedProgram``. Not Sendable: it belongs to one worker at a time.
public final class IteratedWorkspace<State: TensorStructure, Constants: TensorStructure, Outputs: TensorStructure>
where Constants.Scalar == State.Scalar, Outputs.Scalar == State.Scalar {
  /// Where the loop is.
  public let state: Buffers<State>
  /// What every step reads.
  public let constants: Buffers<Constants>
  /// What the last step has shown.
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

  /// Makes one step.
  public func step() {
    program.compiled.run(in: memory)
    for part in program.feedback {
      (memory.buffers + part.target).update(from: memory.buffers + part.source, count: part.count)
    }
  }
}
