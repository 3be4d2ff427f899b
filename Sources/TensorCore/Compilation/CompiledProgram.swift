/// A compiled computation without the types of its arguments: one sequence of passes and kernels, without branches, over
/// buffers that are planned ahead. ``Program`` gives it names and types.
///
/// A program is immutable. Any number of workers may run it at the same time, each in a memory of its own. Running it
/// allocates nothing.
public final class CompiledProgram<Scalar: TensorScalar>: Sendable {
  let argumentShapes: [Shape]
  let resultShapes: [Shape]

  /// The kernels that the program runs by: those that were chosen where it was compiled.
  let kernels = Kernels<Scalar>.current
  let bytecode: Bytecode<Scalar>
  let constants: [Scalar]
  let argumentOffsets: [Int]
  let resultOffsets: [Int]
  let bufferCount: Int

  /// Compiles a traced computation.
  /// - Parameters:
  ///   - arguments: the placeholders on which the computation was traced.
  ///   - results: the tensors that were computed from them.
  ///   - replacements: the argument whose place a result may take, by the result's number. The argument's value is lost
  ///     then, and both have the same offset.
  init(arguments: [Tensor<Scalar>], results: [Tensor<Scalar>], replacements: [Int: Int] = [:]) {
    let graph = ComputationGraph(arguments: arguments, results: results)
      .distributingProducts().summingProductsInPlace().repeatingCheapSteps()
    let schedule = Schedule(graph)
    let buffers = BufferPlan(graph, schedule, argumentCount: arguments.count, replacements: replacements)
    argumentShapes = arguments.map(\.shape)
    resultShapes = results.map(\.shape)
    bytecode = Self.bytecode(graph, schedule, buffers)
    constants = buffers.constants
    argumentOffsets = buffers.argumentOffsets
    resultOffsets = buffers.resultOffsets
    bufferCount = buffers.count
  }

  /// The number of elements of all results.
  var resultCount: Int { resultShapes.reduce(0) { $0 + $1.count } }

  /// The memory of one workspace, in bytes.
  public var workspaceBytes: Int { (bufferCount + bytecode.scratchCount) * MemoryLayout<Scalar>.stride }

  /// Stops the program if the computation has sums over parts, which a ``StagedProgram`` alone computes.
  func requireNoCalls() {
    if !bytecode.partCalls.isEmpty { fatalError("a sum over parts was traced outside of a staged program") }
  }

  /// Runs on the arguments in `memory`, which was made for this program, and leaves the results there.
  func run(in memory: ProgramMemory<Scalar>) { execute(0..<bytecode.instructions.count, in: memory) }

  private static func bytecode(
    _ graph: ComputationGraph<Scalar>, _ schedule: Schedule<Scalar>, _ buffers: BufferPlan<Scalar>
  ) -> Bytecode<Scalar> {
    var builder = BytecodeBuilder(graph: graph, schedule: schedule, buffers: buffers)
    builder.append()
    return builder.bytecode
  }
}
