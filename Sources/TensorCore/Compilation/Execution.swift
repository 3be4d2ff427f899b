import CVectorKernels

// Running a compiled program.

extension CompiledProgram {
  /// Runs the instructions at `positions` in order.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func execute(_ positions: Range<Int>, in workspace: ProgramMemory<Scalar>) {
    constants.withUnsafeBufferPointer { constants in
      // A program without constants never reads them.
      let memory = Memory(
        buffers: workspace.buffers, constants: constants.baseAddress ?? UnsafePointer(workspace.buffers),
        scratch: workspace.scratch, pointers: workspace.pointers, strides: workspace.strides, kernels: kernels)
      bytecode.run(positions, in: memory)
    }
  }
}

extension CompiledProgram {
  /// Copies the first `count` elements of a stored vertex.
  func copy(
    _ count: Int, from place: Location, in memory: ProgramMemory<Scalar>, to target: UnsafeMutablePointer<Scalar>
  ) {
    switch place {
    case .workspace(let offset): target.update(from: memory.buffers + offset, count: count)
    case .constant(let offset):
      constants.withUnsafeBufferPointer { constants in
        guard let start = constants.baseAddress else { return }
        target.update(from: start + offset, count: count)
      }
    }
  }
}

/// The memory in which a program runs: addresses in one worker's workspace, and the program's constants.
struct Memory<Scalar: TensorScalar> {
  let buffers: UnsafeMutablePointer<Scalar>
  let constants: UnsafePointer<Scalar>
  let scratch: UnsafeMutablePointer<Scalar>
  /// The address of each operand of a pass or of a kernel, by slot.
  let pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>
  /// The stride of each operand of a pass, by slot: 0 for a single element that is repeated, else 1.
  let strides: UnsafeMutablePointer<Int>
  let kernels: Kernels<Scalar>

  @inline(__always)
  func address(_ location: Location) -> UnsafePointer<Scalar> {
    switch location {
    case .workspace(let offset): UnsafePointer(buffers + offset)
    case .constant(let offset): constants + offset
    }
  }
}

extension Bytecode {
  @inline(__always)
  func run(_ positions: Range<Int>, in memory: Memory<Scalar>) {
    withPassParts { passes, parts in
      kernels.withUnsafeBufferPointer { kernels in
        for position in positions {
          switch instructions[position] {
          case .pass(let number): memory.kernels.run(passes[number], parts, in: memory)
          case .product(let plan, let left, let right, let result):
            plan.run(memory.address(left), memory.address(right), memory.buffers + result, by: memory.kernels)
          case .sum(let operand, let outer, let reduced, let inner, let result):
            memory.kernels.sum(
              memory.address(operand), memory.buffers + result, outer: outer, reduced: reduced, inner: inner)
          case .partialSum(let operand, let rows, let inner, let partials, let isFirst):
            let sums = memory.buffers + partials
            if isFirst { sums.update(repeating: 0, count: 4 * inner) }
            let whole = rows / 4 * 4
            memory.kernels.addRows(memory.address(operand), sums, rows: rows / 4, width: 4 * inner)
            memory.kernels.addRows(memory.address(operand) + whole * inner, sums, rows: rows - whole, width: inner)
          case .kernel(let number): run(kernels[number], calls[number], in: memory)
          case .copy(let source, let target, let count):
            (memory.buffers + target).update(from: memory.address(source), count: count)
          case .call: break  // The caller computes the sums.
          }
        }
      }
    }
  }

  @inline(__always)
  private func run(_ kernel: any Kernel, _ call: KernelCall, in memory: Memory<Scalar>) {
    for (slot, operand) in call.operands.enumerated() { memory.pointers[slot] = memory.address(operands[operand]) }
    kernel.run(UnsafePointer(memory.pointers), memory.buffers + call.result, by: memory.kernels)
  }

  /// Calls `body` with the arrays of all passes. The address of an empty array is a placeholder that nothing reads.
  @inline(__always)
  private func withPassParts(_ body: (UnsafeBufferPointer<metarl_pass>, UnsafePointer<metarl_pass_parts>) -> Void) {
    passes.withUnsafeBufferPointer { passes in
      loads.withUnsafeBufferPointer { loads in
        axes.withUnsafeBufferPointer { axes in
          stores.withUnsafeBufferPointer { stores in
            steps.withUnsafeBufferPointer { steps in
              var parts = metarl_pass_parts(
                loads: loads.baseAddress, axes: axes.baseAddress, stores: stores.baseAddress, steps: steps.baseAddress)
              body(passes, &parts)
            }
          }
        }
      }
    }
  }
}
