import CVectorKernels

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

  /// One function, or two of which the second takes the value of the first: that value then needs no register.
  struct Step: Sendable {
    var function: ElementwiseFunction
    var second: ElementwiseFunction?
    /// Whether the value of the first function is the last operand of the second, not the first one.
    var isSwapped = false
    /// Slots of the operands, those of the first function and then those of the second: loads first, then registers, then
    /// stores.
    var operands: [Int]
    var destination: Int
  }

  let count: Int
  let blockCount: Int
  let loads: [Load]
  let registerCount: Int
  /// Where the results go: offsets into the workspace.
  let stores: [Int]
  let steps: [Step]

  var slotCount: Int { loads.count + registerCount + stores.count }
  /// What blocks and their places in scratch are rounded to, in elements.
  static var line: Int { Int(METARL_LINE) }
  /// Scratch elements: a block for every load (an expanded one needs it) and every register.
  var scratchCount: Int { (loads.count + registerCount) * ((blockCount + Self.line - 1) / Self.line * Self.line) }
}

/// Broadcast strides over an index space, with axes that lie together in memory merged.
struct StridedIndex: Hashable, Sendable {
  struct Axis: Hashable, Sendable {
    var size: Int
    var stride: Int
  }

  let axes: [Axis]

  init(operand: Shape, stretchedTo shape: Shape) {
    var axes: [Axis] = []
    let strides = zip(operand.sizes, operand.strides).map { $0 == 1 ? 0 : $1 }
    for (size, stride) in zip(shape.sizes, strides) where size != 1 {
      if let last = axes.last, last.stride == stride * size {
        axes[axes.count - 1] = Axis(size: last.size * size, stride: stride)
      } else {
        axes.append(Axis(size: size, stride: stride))
      }
    }
    self.axes = axes
  }

  private init(axes: [Axis]) { self.axes = axes }

  /// The same index over fewer elements of the first axis.
  func withLeadingAxis(of size: Int) -> StridedIndex {
    StridedIndex(axes: [Axis(size: size, stride: axes[0].stride)] + axes.dropFirst())
  }

  /// The length of a row that repeats, if the index is one row read again and again.
  var period: Int? {
    axes.count == 2 && axes[0].stride == 0 && axes[1].stride == 1 ? axes[1].size : nil
  }
}
