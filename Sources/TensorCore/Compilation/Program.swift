/// A compiled computation: one straight line of passes and kernels over buffers planned ahead.
///
/// Immutable; any number of workers may run it at the same time, each in its own workspace. Running it allocates
/// nothing.
public final class Program<Scalar: TensorScalar>: Sendable {
  /// The shapes of the arguments, in order.
  public let argumentShapes: [Shape]
  /// The shapes of the results, in order.
  public let resultShapes: [Shape]

  /// What it runs by: the choice where it was compiled.
  let kernels = Kernels<Scalar>.current
  let tape: Tape<Scalar>
  let constants: [Scalar]
  let argumentOffsets: [Int]
  let resultOffsets: [Int]
  let bufferCount: Int

  /// Traces `body` on arguments of the given shapes and compiles what it records.
  public convenience init(argumentShapes: [Shape], _ body: ([Tensor<Scalar>]) -> [Tensor<Scalar>]) {
    self.init(argumentShapes: argumentShapes, replacing: { (body($0), [:]) })
  }

  /// Traces a body that also says which results, by their numbers, may take the places of which arguments: these are lost
  /// then, and the offsets are the same.
  init(argumentShapes: [Shape], replacing body: ([Tensor<Scalar>]) -> (results: [Tensor<Scalar>], places: [Int: Int])) {
    let arguments = argumentShapes.map { Tensor<Scalar>.argument(shape: $0) }
    let (results, replacements) = body(arguments)
    let graph = ComputationGraph(arguments: arguments, results: results).summingProductsInPlace()
    let schedule = Schedule(graph)
    let buffers = BufferPlan(graph, schedule, argumentCount: arguments.count, replacements: replacements)
    self.argumentShapes = argumentShapes
    resultShapes = results.map(\.shape)
    tape = Self.tape(graph, schedule, buffers)
    constants = buffers.constants
    argumentOffsets = buffers.argumentOffsets
    resultOffsets = buffers.resultOffsets
    bufferCount = buffers.count
  }

  /// The memory of a workspace, in bytes.
  public var workspaceBytes: Int { (bufferCount + tape.scratchCount) * MemoryLayout<Scalar>.stride }

  /// The buffers for running this program; for one worker at a time.
  public func makeWorkspace() -> Workspace<Scalar> { Workspace(for: self) }

  /// Runs on the arguments in `workspace`, which must be one of this program's, and leaves the results there.
  public func run(in workspace: Workspace<Scalar>) {
    precondition(workspace.program === self, "a workspace of another program was given")
    execute(0..<tape.instructions.count, in: workspace)
  }

  private static func tape(
    _ graph: ComputationGraph<Scalar>, _ schedule: Schedule<Scalar>, _ buffers: BufferPlan<Scalar>
  ) -> Tape<Scalar> {
    var builder = TapeBuilder(graph: graph, schedule: schedule, buffers: buffers)
    builder.appendUnits()
    for (result, target) in zip(graph.results, buffers.resultOffsets) {
      builder.appendCopy(of: result, to: target)
    }
    return builder.tape
  }
}
