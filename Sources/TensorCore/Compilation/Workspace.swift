/// The memory in which one worker runs a program: arguments, results, temporaries and scratch, allocated once.
///
/// Not Sendable: it belongs to one worker at a time.
public final class Workspace<Scalar: TensorScalar> {
  let program: Program<Scalar>
  let buffers: UnsafeMutablePointer<Scalar>
  let scratch: UnsafeMutablePointer<Scalar>
  let pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>
  let strides: UnsafeMutablePointer<Int>

  private static var alignment: Int { 64 }

  init(for program: Program<Scalar>) {
    self.program = program
    buffers = Self.allocate(program.bufferCount)
    scratch = Self.allocate(program.tape.scratchCount)
    pointers = .allocate(capacity: max(1, program.tape.slotCount))
    pointers.initialize(repeating: UnsafePointer(buffers), count: max(1, program.tape.slotCount))
    strides = .allocate(capacity: max(1, program.tape.slotCount))
    strides.initialize(repeating: 1, count: max(1, program.tape.slotCount))
  }

  deinit {
    UnsafeMutableRawPointer(buffers).deallocate()
    UnsafeMutableRawPointer(scratch).deallocate()
    pointers.deallocate()
    strides.deallocate()
  }

  private static func allocate(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let bytes = max(1, count) * MemoryLayout<Scalar>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    let elements = memory.bindMemory(to: Scalar.self, capacity: max(1, count))
    elements.initialize(repeating: 0, count: max(1, count))
    return elements
  }

  /// Sets argument `index` from its elements in row-major order.
  public func setArgument(_ index: Int, to scalars: [Scalar]) {
    withArgument(index) { span in
      precondition(
        scalars.count == span.count,
        "argument \(index) of a program has shape \(program.argumentShapes[index]), not \(scalars.count) elements")
      span.withUnsafeMutableBufferPointer { target in
        scalars.withUnsafeBufferPointer { source in
          // In one piece: element by element, a generic copy costs more than a small network's whole meta-step.
          if let from = source.baseAddress { target.baseAddress?.update(from: from, count: source.count) }
        }
      }
    }
  }

  /// Runs the program on the arguments written here, and leaves the results here.
  public func run() { program.run(in: self) }

  /// Gives `body` the elements of argument `index` to write; they keep their values from one run to the next.
  public func withArgument<Result>(
    _ index: Int, _ body: (inout MutableSpan<Scalar>) throws -> Result
  ) rethrows -> Result {
    let count = program.argumentShapes[index].count
    let buffer = UnsafeMutableBufferPointer(start: buffers + program.argumentOffsets[index], count: count)
    var span = unsafe buffer.mutableSpan
    return try body(&span)
  }

  /// Gives `body` the elements of result `index` of the last run.
  public func withResult<Result>(_ index: Int, _ body: (Span<Scalar>) throws -> Result) rethrows -> Result {
    let count = program.resultShapes[index].count
    let buffer = UnsafeBufferPointer(start: UnsafePointer(buffers) + program.resultOffsets[index], count: count)
    return try body(unsafe buffer.span)
  }

  /// The elements of result `index` of the last run, as a new array.
  public func result(_ index: Int) -> [Scalar] {
    let source = buffers + program.resultOffsets[index]
    // In one piece, as an argument is written.
    return [Scalar](unsafeUninitializedCapacity: program.resultShapes[index].count) { target, count in
      count = program.resultShapes[index].count
      target.baseAddress?.initialize(from: source, count: count)
    }
  }
}
