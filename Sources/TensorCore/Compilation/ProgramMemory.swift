/// The memory of a ``Workspace``: arguments, results, temporaries and scratch, allocated once.
///
/// The type is not Sendable: the memory belongs to one worker at a time.
public final class ProgramMemory<Scalar: TensorScalar> {
  let buffers: UnsafeMutablePointer<Scalar>
  let scratch: UnsafeMutablePointer<Scalar>
  let pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>
  let strides: UnsafeMutablePointer<Int>

  private static var alignment: Int { 64 }

  convenience init(for program: CompiledProgram<Scalar>) { self.init(forEachOf: [program]) }

  /// Allocates memory that is large enough for each of `programs`, to be used by one of them at a time.
  init(forEachOf programs: [CompiledProgram<Scalar>]) {
    buffers = Self.allocate(programs.map(\.bufferCount).max() ?? 0)
    scratch = Self.allocate(programs.map(\.bytecode.scratchCount).max() ?? 0)
    let slotCount = max(1, programs.map(\.bytecode.slotCount).max() ?? 0)
    pointers = .allocate(capacity: slotCount)
    pointers.initialize(repeating: UnsafePointer(buffers), count: slotCount)
    strides = .allocate(capacity: slotCount)
    strides.initialize(repeating: 1, count: slotCount)
  }

  deinit {
    UnsafeMutableRawPointer(buffers).deallocate()
    UnsafeMutableRawPointer(scratch).deallocate()
    pointers.deallocate()
    strides.deallocate()
  }

  /// Allocates elements that are 0, at the start of a cache line.
  static func allocate(_ count: Int) -> UnsafeMutablePointer<Scalar> {
    let bytes = max(1, count) * MemoryLayout<Scalar>.stride
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: alignment)
    let elements = memory.bindMemory(to: Scalar.self, capacity: max(1, count))
    elements.initialize(repeating: 0, count: max(1, count))
    return elements
  }
}
