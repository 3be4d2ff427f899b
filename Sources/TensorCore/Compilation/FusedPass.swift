/// Element-wise steps computed together, block by block: a block's intermediate values stay in cache.
struct FusedPass<Scalar: TensorScalar>: Sendable {
  /// How the pass reads an operand from memory.
  enum Load: Sendable {
    /// One element for each element of the pass.
    case contiguous(Location)
    /// A single number.
    case uniform(Location)
    /// A row read again and again; expanded once, when blocks are whole rows.
    case periodic(Location, StridedIndex)
    /// Any other broadcast, expanded for every block.
    case strided(Location, StridedIndex)
  }

  struct Step: Sendable {
    let function: ElementwiseFunction
    /// Slots of the operands: loads first, then registers, then stores.
    let operands: [Int]
    let destination: Int
  }

  let count: Int
  let blockCount: Int
  let loads: [Load]
  let registerCount: Int
  /// Where the results go: offsets into the workspace.
  let stores: [Int]
  let steps: [Step]

  var slotCount: Int { loads.count + registerCount + stores.count }
  /// Scratch elements: a block for every load (an expanded one needs it) and every register.
  var scratchCount: Int { (loads.count + registerCount) * blockCount }
}

/// Broadcast strides over an index space, with axes that lie together in memory merged.
struct StridedIndex: Hashable, Sendable {
  let sizes: [Int]
  let strides: [Int]

  init(operand: Shape, stretchedTo shape: Shape) {
    var sizes: [Int] = []
    var strides: [Int] = []
    let operandStrides = zip(operand.sizes, operand.strides).map { $0 == 1 ? 0 : $1 }
    for (size, stride) in zip(shape.sizes, operandStrides) where size != 1 {
      if let last = strides.last, last == stride * size {
        sizes[sizes.count - 1] *= size
        strides[strides.count - 1] = stride
      } else {
        sizes.append(size)
        strides.append(stride)
      }
    }
    self.sizes = sizes
    self.strides = strides
  }

  /// The length of a row that repeats, if the index is one row read again and again.
  var period: Int? {
    sizes.count == 2 && strides[0] == 0 && strides[1] == 1 ? sizes[1] : nil
  }

  /// Copies the elements number `start` up to `start + count` of the index space.
  func expand<Scalar: TensorScalar>(
    _ source: UnsafePointer<Scalar>, from start: Int, count: Int, to out: UnsafeMutablePointer<Scalar>
  ) {
    guard let length = sizes.last, let stride = strides.last else {
      return out.update(repeating: source[0], count: count)
    }
    var position = start
    while position < start + count {
      let column = position % length
      var row = position / length
      var offset = column * stride
      for axis in sizes.indices.dropLast().reversed() {
        offset += row % sizes[axis] * strides[axis]
        row /= sizes[axis]
      }
      let run = min(length - column, start + count - position)
      let target = out + (position - start)
      if stride == 0 {
        target.update(repeating: source[offset], count: run)
      } else if stride == 1 {
        target.update(from: source + offset, count: run)
      } else {
        for index in 0..<run { target[index] = source[offset + index * stride] }
      }
      position += run
    }
  }
}
