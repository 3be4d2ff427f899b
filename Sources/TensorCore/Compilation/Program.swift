/// A compiled computation from one structure of tensors to another.
///
/// A program is immutable. Any number of workers may run it at the same time, each in its own workspace. Running it
/// allocates nothing.
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
  ///   - inputs: the arguments. Only their shapes are used; `Tensor.placeholder` makes a tensor of a shape.
  ///   - body: the computation, which applies the same operations whatever the values are.
  public init(for inputs: Inputs, _ body: (Inputs) -> Outputs) {
    let arguments = inputs.placeholders
    // Each placeholder is a distinct node, so that no member hides another.
    arguments.requireEveryMemberVisited()
    let results = body(arguments)
    results.requireEveryMemberVisited()
    compiled = CompiledProgram(arguments: arguments.tensors, results: results.tensors)
    compiled.requireNoCalls()
    self.inputs = BufferLayout(arguments, offsets: compiled.argumentOffsets)
    outputs = BufferLayout(results.placeholders, offsets: compiled.resultOffsets)
  }

  /// The memory of one workspace, in bytes.
  public var workspaceBytes: Int { compiled.workspaceBytes }

  /// Allocates the buffers in which one worker runs this program.
  public func makeWorkspace() -> Workspace<Inputs, Outputs> { Workspace(for: self) }

  /// Runs the program once in a new workspace.
  public func callAsFunction(_ inputs: Inputs) -> Outputs {
    let workspace = makeWorkspace()
    workspace.inputs.write(inputs)
    workspace.run()
    return workspace.outputs.read()
  }
}

/// The memory in which one worker runs a program: inputs to be written and outputs to be read.
///
/// Inputs keep their values from one run to the next. The type is not Sendable: a workspace belongs to one worker at a
/// time.
public final class Workspace<Inputs: TensorStructure, Outputs: TensorStructure> where Outputs.Scalar == Inputs.Scalar {
  /// The inputs of the next run.
  public let inputs: Buffers<Inputs>
  /// The outputs of the last run.
  public let outputs: Buffers<Outputs>
  let memory: ProgramMemory<Inputs.Scalar>
  private let program: CompiledProgram<Inputs.Scalar>

  init(for program: Program<Inputs, Outputs>) {
    self.program = program.compiled
    memory = ProgramMemory(for: program.compiled)
    inputs = Buffers(program.inputs, in: memory)
    outputs = Buffers(program.outputs, in: memory)
  }

  /// Runs the program on the inputs and writes the outputs.
  public func run() { program.run(in: memory) }
}
