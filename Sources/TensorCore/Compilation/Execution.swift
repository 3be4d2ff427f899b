// Running a compiled program. Generic, and specialised for Float and Double by the callers in TensorScalar's conformances.

extension Program {
  /// Runs every instruction in order.
  @inline(__always)
  func execute(in workspace: Workspace<Scalar>) {
    constants.withUnsafeBufferPointer { constants in
      // A program without constants never reads them.
      let memory = Memory(
        buffers: workspace.buffers, constants: constants.baseAddress ?? UnsafePointer(workspace.buffers),
        scratch: workspace.scratch, pointers: workspace.pointers, strides: workspace.strides)
      tape.run(in: memory)
    }
  }
}

/// The memory in which a program runs: addresses in one worker's workspace, and the program's constants.
struct Memory<Scalar: TensorScalar> {
  let buffers: UnsafeMutablePointer<Scalar>
  let constants: UnsafePointer<Scalar>
  let scratch: UnsafeMutablePointer<Scalar>
  /// By slot: where a pass's or a kernel's operands are.
  let pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>
  /// By slot: 0 for a single number, else 1.
  let strides: UnsafeMutablePointer<Int>

  @inline(__always)
  func address(_ location: Location) -> UnsafePointer<Scalar> {
    switch location {
    case .workspace(let offset): UnsafePointer(buffers + offset)
    case .constant(let offset): constants + offset
    }
  }
}

extension Tape {
  @inline(__always)
  func run(in memory: Memory<Scalar>) {
    kernels.withUnsafeBufferPointer { kernels in
      for position in instructions.indices {
        switch instructions[position] {
        case .pass(let number): run(passes[number], in: memory)
        case .kernel(let number):
          let call = calls[number]
          for (slot, operand) in call.operands.enumerated() {
            memory.pointers[slot] = memory.address(operands[operand])
          }
          kernels[number].run(UnsafePointer(memory.pointers), memory.buffers + call.result)
        case .copy(let source, let target, let count):
          (memory.buffers + target).update(from: memory.address(source), count: count)
        }
      }
    }
  }

  @inline(__always)
  private func run(_ pass: Pass, in memory: Memory<Scalar>) {
    prepareSlots(pass, memory)
    var start = 0
    while start < pass.count {
      let length = min(pass.blockCount, pass.count - start)
      placeBlock(pass, memory, from: start, count: length)
      for step in pass.steps { apply(steps[step], memory.pointers, memory.strides, count: length) }
      start += length
    }
  }

  /// What stays the same from block to block.
  @inline(__always)
  private func prepareSlots(_ pass: Pass, _ memory: Memory<Scalar>) {
    let slots = pass.loads.count + pass.registerCount + pass.stores.count
    for slot in 0..<slots { memory.strides[slot] = 1 }
    for slot in 0..<pass.loads.count + pass.registerCount {
      memory.pointers[slot] = UnsafePointer(memory.scratch + slot * pass.blockCount)
    }
    for slot in 0..<pass.loads.count {
      let load = loads[pass.loads.lowerBound + slot]
      switch load.kind {
      case .contiguous, .strided: break
      case .uniform:
        memory.pointers[slot] = memory.address(load.source)
        memory.strides[slot] = 0
      case .periodic:
        expand(load, memory, from: 0, count: min(pass.blockCount, pass.count), slot: slot, pass)
      }
    }
  }

  /// What moves with the block.
  @inline(__always)
  private func placeBlock(_ pass: Pass, _ memory: Memory<Scalar>, from start: Int, count length: Int) {
    for slot in 0..<pass.loads.count {
      let load = loads[pass.loads.lowerBound + slot]
      switch load.kind {
      case .contiguous: memory.pointers[slot] = memory.address(load.source) + start
      case .strided: expand(load, memory, from: start, count: length, slot: slot, pass)
      case .uniform, .periodic: break
      }
    }
    let firstStore = pass.loads.count + pass.registerCount
    for index in 0..<pass.stores.count {
      let offset = stores[pass.stores.lowerBound + index]
      memory.pointers[firstStore + index] = UnsafePointer(memory.buffers + offset + start)
    }
  }

  /// Copies the elements number `start` up to `start + count` of a broadcast into the scratch of `slot`.
  private func expand(
    _ load: Load, _ memory: Memory<Scalar>, from start: Int, count: Int, slot: Int, _ pass: Pass
  ) {
    let source = memory.address(load.source)
    let out = memory.scratch + slot * pass.blockCount
    guard let last = load.axes.last else { return out.update(repeating: source[0], count: count) }
    let row = axes[last]
    var position = start
    while position < start + count {
      let column = position % row.size
      var rest = position / row.size
      var offset = column * row.stride
      for number in load.axes.dropLast().reversed() {
        let axis = axes[number]
        offset += rest % axis.size * axis.stride
        rest /= axis.size
      }
      let run = min(row.size - column, start + count - position)
      let target = out + (position - start)
      if row.stride == 0 {
        target.update(repeating: source[offset], count: run)
      } else if row.stride == 1 {
        target.update(from: source + offset, count: run)
      } else {
        for index in 0..<run { target[index] = source[offset + index * row.stride] }
      }
      position += run
    }
  }

  @inline(__always)
  private func apply(
    _ step: Step, _ pointers: UnsafeMutablePointer<UnsafePointer<Scalar>>, _ strides: UnsafeMutablePointer<Int>,
    count: Int
  ) {
    let out = UnsafeMutablePointer(mutating: pointers[step.destination])
    switch step.function {
    case .unary(let function): Scalar.apply(function, pointers[step.first], out, count: count)
    case .binary(let function):
      Scalar.apply(
        function, pointers[step.first], stride: strides[step.first], pointers[step.second],
        stride: strides[step.second], out, count: count)
    case .ternary(let function):
      Scalar.apply(
        function, pointers[step.first], stride: strides[step.first], pointers[step.second],
        stride: strides[step.second], pointers[step.third], stride: strides[step.third], out, count: count)
    }
  }
}
