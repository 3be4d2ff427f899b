public import TensorCore
import Workers

/// A function of tensors that is compiled once for each set of argument shapes.
public final class TracedFunction<Scalar: TensorScalar>: Sendable {
  private let body: @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>]
  private let programs = Locked<[[Shape]: Program<Scalar>]>([:])

  /// Creates a traced function; `body` must do the same operations whatever the values of its arguments.
  public init(_ body: @escaping @Sendable ([Tensor<Scalar>]) -> [Tensor<Scalar>]) {
    self.body = body
  }

  /// The program for arguments of these shapes, compiled when first asked for.
  public func program(for shapes: [Shape]) -> Program<Scalar> {
    programs.withLock { programs in
      if let program = programs[shapes] { return program }
      let program = Program(argumentShapes: shapes, body)
      programs[shapes] = program
      return program
    }
  }

  /// Compiles if needed, runs once in a workspace of its own, and returns the results.
  public func callAsFunction(_ arguments: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    let program = program(for: arguments.map(\.shape))
    let workspace = program.makeWorkspace()
    for (index, argument) in arguments.enumerated() { workspace.setArgument(index, to: argument.scalars) }
    program.run(in: workspace)
    return program.resultShapes.indices.map { Tensor(shape: program.resultShapes[$0], scalars: workspace.result($0)) }
  }
}
