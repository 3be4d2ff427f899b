/// A compiled computation from one structure of tensors to another.
///
/// Immutable; any number of workers may run it at the same time, each in its own workspace. Running it allocates
/// nothing.
public final class Program<Inputs: TensorStructure, Outputs: TensorStructure>: Sendable
where Outputs.Scalar == Inputs.Scalar {
  /// The type of the tensors' elements.
  public typealias Scalar = Inputs.Scalar

  /// The program without the types of its arguments.
  public let compiled: CompiledProgram<Scalar>
  let inputs: BufferLayout<Inputs>
  let outputs: BufferLayout<Outputs>

  /// Traces `body` and compiles what it records.
  /// - Parameters:
  ///   - inputs: of which the shapes count alone; `Tensor.placeholder` makes a tensor of a shape.
  ///   - body: the computation, which does the same operations whatever the values are.
  public init(for inputs: Inputs, _ body: (Inputs) -> Outputs) {
    let arguments = inputs.placeholders
    // Each placeholder is a tensor of its own, so that none hides another member's.
    arguments.requireEveryMemberVisited()
    let results = body(arguments)
    results.requireEveryMemberVisited()
    compiled = CompiledProgram(arguments: arguments.tensors, results: results.tensors)
    self.inputs = BufferLayout(arguments, offsets: compiled.argumentOffsets)
    outputs = BufferLayout(results.placeholders, offsets: compiled.resultOffsets)
  }

  /// The memory of a workspace, in bytes.
  public var workspaceBytes: Int { compiled.workspaceBytes }

  /// The buffers for running this program; for one worker at a time.
  public func makeWorkspace() -> Workspace<Inputs, Outputs> { Workspace(for: self) }

  /// Runs once in a workspace of its own.
  public func callAsFunction(_ inputs: Inputs) -> Outputs {
    let workspace = makeWorkspace()
    workspace.inputs.write(inputs)
    workspace.run()
    return workspace.outputs.read()
  }
}

/// Where one worker runs a program: its inputs to be written, its outputs to be read.
///
/// Inputs keep their values from one run to the next. Not Sendable: it belongs to one worker at a time.
public final class Workspace<Inputs: TensorStructure, Outputs: TensorStructure> where Outputs.Scalar == Inputs.Scalar {
  /// What the next run works on.
  public let inputs: Buffers<Inputs>
  /// What the last run has left.
  public let outputs: Buffers<Outputs>
  let memory: ProgramMemory<Inputs.Scalar>
  private let program: CompiledProgram<Inputs.Scalar>

  init(for program: Program<Inputs, Outputs>) {
    self.program = program.compiled
    memory = ProgramMemory(for: program.compiled)
    inputs = Buffers(program.inputs, in: memory)
    outputs = Buffers(program.outputs, in: memory)
  }

  /// Runs the program on the inputs, and leaves the outputs.
  public func run() { program.run(in: memory) }
}
