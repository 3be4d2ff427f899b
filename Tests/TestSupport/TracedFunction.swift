public import TensorCore
import Workers

/// A function of a structure of tensors that is compiled once for each set of shapes.
///
/// Inputs of the same shapes must have the same structure, names of parameters included.
public final class TracedFunction<Inputs: TensorStructure, Outputs: TensorStructure>: Sendable
where Outputs.Scalar == Inputs.Scalar {
  private let body: @Sendable (Inputs) -> Outputs
  private let programs = Locked<[[Shape]: Program<Inputs, Outputs>]>([:])

  /// Creates a traced function; `body` must do the same operations whatever the values of its inputs.
  public init(_ body: @escaping @Sendable (Inputs) -> Outputs) { self.body = body }

  /// The program for inputs of these shapes, compiled when first asked for.
  public func program(for inputs: Inputs) -> Program<Inputs, Outputs> {
    let shapes = inputs.shapes
    return programs.withLock { programs in
      if let program = programs[shapes] { return program }
      let program = Program(for: inputs, body)
      programs[shapes] = program
      return program
    }
  }

  /// Compiles if needed, and runs once in a workspace of its own.
  public func callAsFunction(_ inputs: Inputs) -> Outputs { program(for: inputs)(inputs) }
}
