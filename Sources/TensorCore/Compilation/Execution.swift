// Running a compiled program. Generic, and specialised for Float and Double by the callers in TensorScalar's conformances.

extension Program {
  /// Runs every instruction in order.
  @inline(__always)
  func execute(in workspace: Workspace<Scalar>) {
    constants.withUnsafeBufferPointer { constants in
      // A program without constants never reads them.
      let constants = constants.baseAddress ?? UnsafePointer(workspace.buffers)
      let memory = Memory(workspace: workspace, constants: constants)
      for instruction in instructions {
        switch instruction {
        case .pass(let pass): pass.run(in: memory)
        case .kernel(let kernel, let operands, let result):
          for (index, operand) in operands.enumerated() { workspace.pointers[index] = memory.address(operand) }
          kernel.run(UnsafePointer(workspace.pointers), workspace.buffers + result)
        case .copy(let source, let target, let count):
          (workspace.buffers + target).update(from: memory.address(source), count: count)
        }
      }
    }
  }
}

/// The memory that a running program reads.
struct Memory<Scalar: TensorScalar> {
  let workspace: Workspace<Scalar>
  let constants: UnsafePointer<Scalar>

  @inline(__always)
  func address(_ location: Location) -> UnsafePointer<Scalar> {
    switch location {
    case .workspace(let offset): UnsafePointer(workspace.buffers + offset)
    case .constant(let offset): constants + offset
    }
  }
}

extension FusedPass {
  @inline(__always)
  func run(in memory: Memory<Scalar>) {
    let workspace = memory.workspace
    prepareSlots(memory)
    var start = 0
    while start < count {
      let length = min(blockCount, count - start)
      placeBlock(memory, from: start, count: length)
      for step in steps { apply(step, workspace.pointers, workspace.strides, count: length) }
      start += length
    }
  }

  private func scratch(_ slot: Int, _ memory: Memory<Scalar>) -> UnsafeMutablePointer<Scalar> {
    memory.workspace.scratch + slot * blockCount
  }

  /// What stays the same from block to block.
  private func prepareSlots(_ memory: Memory<Scalar>) {
    let workspace = memory.workspace
    for slot in 0..<slotCount { workspace.strides[slot] = 1 }
    for (slot, load) in loads.enumerated() {
      switch load {
      case .contiguous: break
      case .uniform(let location):
        workspace.pointers[slot] = memory.address(location)
        workspace.strides[slot] = 0
      case .periodic(let location, let index):
        index.expand(memory.address(location), from: 0, count: min(blockCount, count), to: scratch(slot, memory))
        workspace.pointers[slot] = UnsafePointer(scratch(slot, memory))
      case .strided:
        workspace.pointers[slot] = UnsafePointer(scratch(slot, memory))
      }
    }
    for register in 0..<registerCount {
      workspace.pointers[loads.count + register] = UnsafePointer(scratch(loads.count + register, memory))
    }
  }

  /// What moves with the block.
  private func placeBlock(_ memory: Memory<Scalar>, from start: Int, count length: Int) {
    let workspace = memory.workspace
    for (slot, load) in loads.enumerated() {
      switch load {
      case .contiguous(let location): workspace.pointers[slot] = memory.address(location) + start
      case .strided(let location, let index):
        index.expand(memory.address(location), from: start, count: length, to: scratch(slot, memory))
      case .uniform, .periodic: break
      }
    }
    for (index, offset) in stores.enumerated() {
      workspace.pointers[loads.count + registerCount + index] = UnsafePointer(workspace.buffers + offset + start)
    }
  }

  @inline(__always)
  private func apply(
    _ step: Step, _ pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>, _ strides: UnsafeMutablePointer<Int>,
    count: Int
  ) {
    let out = UnsafeMutablePointer(mutating: pointers[step.destination])
    let operands = step.operands
    switch step.function {
    case .unary(let function): Scalar.apply(function, pointers[operands[0]], out, count: count)
    case .binary(let function):
      Scalar.apply(
        function, pointers[operands[0]], stride: strides[operands[0]], pointers[operands[1]],
        stride: strides[operands[1]], out, count: count)
    case .ternary(let function):
      Scalar.apply(
        function, pointers[operands[0]], stride: strides[operands[0]], pointers[operands[1]],
        stride: strides[operands[1]], pointers[operands[2]], stride: strides[operands[2]], out, count: count)
    }
  }
}
