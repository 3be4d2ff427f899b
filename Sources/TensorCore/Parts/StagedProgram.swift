/// A compiled computation with sums over the parts of data sets, which its caller computes in stages: one part at a time,
/// on any number of threads, and with data that may become known only while the computation runs.
///
/// The parts of a sum are added in their order, so that the bits depend on neither the threads nor their number. A program
/// is immutable: any number of computations may run at the same time, each in a ``StagedComputation`` of its own.
public final class StagedProgram<Inputs: TensorStructure, Part: TensorStructure, Outputs: TensorStructure>: Sendable
where Part.Scalar == Inputs.Scalar, Outputs.Scalar == Inputs.Scalar {
  /// The type of the tensors' elements.
  public typealias Scalar = Inputs.Scalar
  /// A run of the program.
  public typealias Computation = StagedComputation<Inputs, Part, Outputs>
  /// The memory in which one worker computes parts.
  public typealias Workspace = PartWorkspace<Inputs, Part, Outputs>

  /// One part's share of the sums of a call.
  fileprivate struct PartProgram: Sendable {
    let compiled: CompiledProgram<Scalar>
    let part: BufferLayout<Part>

    /// - Parameter constants: those of the program that makes the call.
    init(_ call: Bytecode<Scalar>.PartCall, _ part: Part, constants: [Scalar]) {
      let placeholders = call.operands.map { Tensor<Scalar>.placeholder($0.shape) }
      // The cotangent 1 of a loss is known, so that nothing is multiplied by it.
      let operands = zip(call.operands, placeholders).map { operand, placeholder in
        guard case .constant(let offset) = operand.place, operand.shape.count == 1 else { return placeholder }
        return Tensor(shape: operand.shape, scalars: [constants[offset]])
      }
      let results = call.functions.map { function, numbers in
        substitute(numbers.map { operands[$0] }, for: function.arguments, in: function.results)
      }
      compiled = CompiledProgram(
        arguments: placeholders + part.tensors, results: call.sums.map { results[$0.function][$0.result] })
      self.part = BufferLayout(part, offsets: compiled.argumentOffsets.dropFirst(operands.count))
    }
  }

  /// What runs between the calls, without the types of its arguments.
  fileprivate let compiled: CompiledProgram<Scalar>
  fileprivate let inputs: BufferLayout<Inputs>
  fileprivate let outputs: BufferLayout<Outputs>
  /// The instructions before each call, and those after the last one.
  fileprivate let segments: [Range<Int>]
  /// The programs of each call, by the form of the part.
  fileprivate let calls: [[PartProgram]]
  /// The form of each part: parts of the same shapes have one.
  fileprivate let forms: [Int]

  /// Traces `body` and compiles what it records.
  /// - Parameters:
  ///   - inputs: the arguments. Only their shapes are used.
  ///   - dataSets: the number of data sets.
  ///   - parts: the parts of a data set, the same for all of them. Only their shapes are used.
  ///   - body: the computation, which applies the same operations whatever the values are. It is traced once for every
  ///     form of a part.
  public init(
    for inputs: Inputs, dataSets: Int, parts: [Part], _ body: (Inputs, [DataParts<Part>]) -> Outputs
  ) {
    precondition(!parts.isEmpty, "a sum over parts needs one part at least")
    let shapes = parts.map(\.shapes)
    let distinct = parts.indices.filter { shapes.firstIndex(of: shapes[$0]) == $0 }
    forms = shapes.map { shape in distinct.firstIndex { shapes[$0] == shape } ?? 0 }
    let arguments = inputs.placeholders
    arguments.requireEveryMemberVisited()
    let traces = distinct.map { form in
      let data = (0..<dataSets).map { DataParts(number: $0, part: parts[form]) }
      let results = body(arguments, data)
      results.requireEveryMemberVisited()
      let compiled = CompiledProgram(arguments: arguments.tensors, results: results.tensors)
      return (data: data, results: results, compiled: compiled)
    }
    compiled = traces[0].compiled
    self.inputs = BufferLayout(arguments, offsets: compiled.argumentOffsets)
    outputs = BufferLayout(traces[0].results.placeholders, offsets: compiled.resultOffsets)
    let calls = traces.map { $0.compiled.bytecode.partCalls }
    precondition(
      calls.allSatisfy { $0.map(\.form) == calls[0].map(\.form) },
      "a computation must apply the same operations to parts of all sizes")
    self.calls = calls[0].indices.map { number in
      zip(traces, calls).map { trace, calls in
        PartProgram(
          calls[number], trace.data[calls[number].data].placeholders, constants: trace.compiled.constants)
      }
    }
    let instructions = compiled.bytecode.instructions
    let stops = instructions.indices.filter { if case .call = instructions[$0] { true } else { false } }
    segments = zip([0] + stops.map { $0 + 1 }, stops + [instructions.count]).map { $0..<$1 }
  }

  /// The compiled programs, each with the number of its runs in a computation: what runs between the calls, and the parts of
  /// each call.
  public var programs: [(program: CompiledProgram<Scalar>, runs: Int)] {
    [(compiled, 1)]
      + calls.flatMap { programs in
        programs.enumerated().map { form, program in (program.compiled, forms.count { $0 == form }) }
      }
  }

  /// The number of parts of a data set.
  public var partCount: Int { forms.count }

  /// Allocates the memory of one computation.
  public func makeComputation() -> Computation { Computation(self) }

  /// Allocates the memory in which one worker computes parts.
  public func makePartWorkspace() -> Workspace { Workspace(self) }
}

/// The memory in which one worker computes parts, of any computation and call of a program. The type is not Sendable: it
/// belongs to one worker at a time.
public final class PartWorkspace<Inputs: TensorStructure, Part: TensorStructure, Outputs: TensorStructure>
where Part.Scalar == Inputs.Scalar, Outputs.Scalar == Inputs.Scalar {
  /// A part's results are copied out before the next part is computed, so that all calls share one memory.
  fileprivate let memory: ProgramMemory<Inputs.Scalar>
  /// The data of the part, by the call and the form of the part.
  fileprivate let data: [[Buffers<Part>]]

  fileprivate init(_ program: StagedProgram<Inputs, Part, Outputs>) {
    let memory = ProgramMemory(forEachOf: program.calls.flatMap { $0.map(\.compiled) })
    self.memory = memory
    data = program.calls.map { $0.map { Buffers($0.part, in: memory) } }
  }
}

/// A run of a ``StagedProgram``, stage by stage.
///
/// After `start` and after each `proceed`, either the run has ended and the outputs are there, or it waits for the sums of
/// one data set: `compute` must then be called once for each of its parts, and `proceed` after all of them have ended.
/// What `compute` does for several parts may happen at the same time; everything else happens on one thread at a time.
///
/// `@unchecked Sendable`: parts write to separate memory and read what was written before they were started.
public final class StagedComputation<Inputs: TensorStructure, Part: TensorStructure, Outputs: TensorStructure>:
  @unchecked Sendable
where Part.Scalar == Inputs.Scalar, Outputs.Scalar == Inputs.Scalar {
  /// The type of the tensors' elements.
  public typealias Scalar = Inputs.Scalar

  /// The inputs of the next run.
  public let inputs: Buffers<Inputs>
  /// The outputs. Those that do not depend on a sum are there when the run waits for it, if they come before all outputs
  /// that do: what an output needs is computed in the order of the outputs.
  public let outputs: Buffers<Outputs>

  private let program: StagedProgram<Inputs, Part, Outputs>
  private let memory: ProgramMemory<Scalar>
  /// The shares of the parts in the sums of the current call, `[part, partialCount]`.
  private let partials: UnsafeMutablePointer<Scalar>
  private let partialCount: Int
  /// The segments that have run.
  private var done = 0

  fileprivate init(_ program: StagedProgram<Inputs, Part, Outputs>) {
    self.program = program
    memory = ProgramMemory(for: program.compiled)
    inputs = Buffers(program.inputs, in: memory)
    outputs = Buffers(program.outputs, in: memory)
    // Whole cache lines, so that no two workers write to one.
    let line = FusedPass<Scalar>.line
    partialCount = program.calls.map { ($0[0].compiled.resultCount + line - 1) / line * line }.max() ?? 0
    partials = ProgramMemory<Scalar>.allocate(partialCount * program.partCount)
  }

  deinit { UnsafeMutableRawPointer(partials).deallocate() }

  /// The number of parts of a data set.
  public var partCount: Int { program.partCount }

  /// Starts a run on the inputs.
  /// - Returns: the number of the data set whose sums are needed; nil if the run has ended.
  public func start() -> Int? {
    done = 0
    return runSegment()
  }

  /// The number of the data set whose sums the run waits for; nil if it has ended.
  public var awaited: Int? { done <= program.calls.count ? call(done - 1)?.data : nil }

  private func call(_ number: Int) -> Bytecode<Scalar>.PartCall? {
    let calls = program.compiled.bytecode.partCalls
    return calls.indices.contains(number) ? calls[number] : nil
  }

  private func runSegment() -> Int? {
    program.compiled.execute(program.segments[done], in: memory)
    done += 1
    return awaited
  }

  /// Computes a part's share in the sums that the run waits for.
  /// - Parameters:
  ///   - part: the number of the part.
  ///   - workspace: memory of the thread that computes the part.
  ///   - write: writes the part's data.
  public func compute(
    part: Int, in workspace: PartWorkspace<Inputs, Part, Outputs>, writing write: (Buffers<Part>) -> Void
  ) {
    guard let call = call(done - 1) else { preconditionFailure("a computation that has ended waits for no parts") }
    let form = program.forms[part]
    let compiled = program.calls[done - 1][form].compiled
    let own = workspace.memory
    for (operand, offset) in zip(call.operands, compiled.argumentOffsets) {
      program.compiled.copy(operand.shape.count, from: operand.place, in: memory, to: own.buffers + offset)
    }
    write(workspace.data[done - 1][form])
    compiled.run(in: own)
    var target = partials + part * partialCount
    for (offset, shape) in zip(compiled.resultOffsets, compiled.resultShapes) {
      target.update(from: own.buffers + offset, count: shape.count)
      target += shape.count
    }
  }

  /// A part's share in the sums that the run waits for, which has been computed.
  package func sums(ofPart part: Int) -> [Scalar] {
    Array(UnsafeBufferPointer(start: partials + part * partialCount, count: partialCount))
  }

  /// Sets a part's share in the sums that the run waits for, as another computation of the program has computed it from the
  /// same inputs.
  package func setSums(ofPart part: Int, to sums: [Scalar]) {
    precondition(
      sums.count == partialCount, "sums of \(sums.count) numbers are not those of a part, which are \(partialCount)")
    sums.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { (partials + part * partialCount).update(from: start, count: partialCount) }
    }
  }

  /// Adds up the parts, of which each has been computed, and goes on.
  /// - Returns: the number of the data set whose sums are needed next; nil if the run has ended.
  public func proceed() -> Int? {
    guard let call = call(done - 1) else { preconditionFailure("a computation that has ended cannot go on") }
    var start = 0
    for (sum, shape) in zip(call.sums, program.calls[done - 1][0].compiled.resultShapes) {
      let (result, count) = (memory.buffers + sum.place, shape.count)
      result.update(from: partials + start, count: count)
      for part in 1..<max(1, program.partCount) {
        program.compiled.kernels.addRows(partials + part * partialCount + start, result, rows: 1, width: count)
      }
      start += count
    }
    return runSegment()
  }
}

extension Bytecode.PartCall {
  /// What must be the same for parts of all sizes: the data set, the shapes of the operands, and the results that are needed.
  fileprivate var form: [[Int]] {
    [[data]] + operands.map(\.shape.sizes) + sums.map { [$0.function, $0.result, $0.place] }
  }
}
