/// A program that is run again and again on what it made of its own arguments: one step of a loop whose number of steps,
/// and whatever else depends on values, the caller decides.
///
/// The state lives in the first arguments of a workspace. Memory does not depend on how often the program is run.
public struct IteratedProgram<Scalar: TensorScalar>: Sendable {
  /// One step. Its arguments are the state and then the constants.
  public let program: Program<Scalar>
  /// The results that go back to arguments; what a step leaves as it was is not among them.
  private let feedback: [(result: Int, argument: Int)]

  /// Traces and compiles one step.
  /// - Parameters:
  ///   - state: the shapes of what a step changes.
  ///   - constants: the shapes of what it reads.
  ///   - body: from the state and the constants to the next state, of the same shapes, and numbers to look at.
  public init(
    state: [Shape], constants: [Shape],
    _ body: (_ state: [Tensor<Scalar>], _ constants: [Tensor<Scalar>]) -> (
      state: [Tensor<Scalar>], outputs: [Tensor<Scalar>]
    )
  ) {
    var feedback: [(result: Int, argument: Int)] = []
    program = Program(
      argumentShapes: state + constants,
      replacing: { arguments in
        let (next, outputs) = body(Array(arguments.prefix(state.count)), Array(arguments.dropFirst(state.count)))
        precondition(next.map(\.shape) == state, "a step from \(state) must not lead to \(next.map(\.shape))")
        let changed = next.indices.filter { next[$0].node !== arguments[$0].node }
        feedback = changed.enumerated().map { (result: outputs.count + $0.offset, argument: $0.element) }
        let places = Dictionary(uniqueKeysWithValues: feedback.map { ($0.result, $0.argument) })
        return (outputs + changed.map { next[$0] }, places)
      })
    // What was written where the argument is need not be copied there.
    self.feedback = feedback.filter { [program] in
      program.resultOffsets[$0.result] != program.argumentOffsets[$0.argument]
    }
  }

  /// Makes one step in `workspace`, which must be one of `program`'s. The outputs are its first results.
  public func step(in workspace: Workspace<Scalar>) {
    program.run(in: workspace)
    for (result, argument) in feedback { workspace.setArgument(argument, toResult: result, of: workspace) }
  }
}

// Moving numbers between programs without a detour over arrays.
extension Workspace {
  /// The elements of argument `index`, as a new array.
  public func argument(_ index: Int) -> [Scalar] {
    let count = program.argumentShapes[index].count
    return Array(UnsafeBufferPointer(start: buffers + program.argumentOffsets[index], count: count))
  }

  /// Sets argument `index` to result `result` of the last run in `source`, which may be this workspace.
  public func setArgument(_ index: Int, toResult result: Int, of source: Workspace) {
    setArgument(
      index, to: source.buffers + source.program.resultOffsets[result], of: source.program.resultShapes[result])
  }

  /// Sets argument `index` to argument `argument` of `source`.
  public func setArgument(_ index: Int, toArgument argument: Int, of source: Workspace) {
    setArgument(
      index, to: source.buffers + source.program.argumentOffsets[argument],
      of: source.program.argumentShapes[argument])
  }

  private func setArgument(_ index: Int, to elements: UnsafePointer<Scalar>, of shape: Shape) {
    precondition(
      shape.count == program.argumentShapes[index].count,
      "argument \(index) of a program has shape \(program.argumentShapes[index]), not \(shape)")
    (buffers + program.argumentOffsets[index]).update(from: elements, count: shape.count)
  }
}
