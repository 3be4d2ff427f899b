/// The memory of a ``Workspace``: arguments, results, temporaries and scratch, allocated once.
///
/// The type is not Sendable: the memory belongs to one worker at a time.
public final class ProgramMemory<Scalar: TensorScalar> {
  let buffers: UnsafeMutablePointer<Scalar>
  let scratch: UnsafeMutablePointer<Scalar>
  let pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>
  let strides: UnsafeMutablePointer<Int>

  private static var alignment: Int { 64 }

  init(for program: CompiledProgram<Scalar>) {
    buffers = Self.allocate(program.bufferCount)
    scratch = Self.allocate(program.bytecode.scratchCount)
    pointers = .allocate(capacity: max(1, program.bytecode.slotCount))
    pointers.initialize(repeating: UnsafePointer(buffers), count: max(1, program.bytecode.slotCount))
    strides = .allocate(capacity: max(1, program.bytecode.slotCount))
    strides.initialize(repeating: 1, count: max(1, program.bytecode.slotCount))
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
}
