import CVectorKernels

/// Element-wise steps that are computed together, block by block, so that a block's intermediate values stay in cache.
struct FusedPass<Scalar: TensorScalar>: Sendable {
  /// The access by which the pass reads an operand from memory.
  enum Load: Sendable {
    /// One element is read for each element of the pass.
    case contiguous(Location)
    /// A single element is repeated.
    case uniform(Location)
    /// A row is repeated. It is expanded once, when blocks are whole rows.
    case periodic(Location, StridedIndex)
    /// Any other broadcast, which is expanded for every block.
    case strided(Location, StridedIndex)
  }

  /// One function, or two of which the second takes the value of the first, so that this value needs no register.
  struct Step: Sendable {
    var function: ElementwiseFunction
    var second: ElementwiseFunction?
    /// Whether the value of the first function is the last operand of the second and not its first operand.
    var isSwapped = false
    /// The slots of the operands of the first function, followed by those of the second. Slots number the loads first,
    /// then the registers, then the stores.
    var operands: [Int]
    var destination: Int
  }

  let count: Int
  let blockCount: Int
  let loads: [Load]
  let registerCount: Int
  /// The offsets of the results in the workspace.
  let stores: [Int]
  let steps: [Step]

  var slotCount: Int { loads.count + registerCount + stores.count }
  /// The unit, in elements, to which blocks and their places in scratch are rounded up.
  static var line: Int { Int(METARL_LINE) }
  /// The scratch elements: a block for every load (an expanded load needs it) and for every register.
  var scratchCount: Int { (loads.count + registerCount) * ((blockCount + Self.line - 1) / Self.line * Self.line) }
}

/// Broadcast strides over an index space, in which axes that are contiguous in memory are merged.
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

  /// The length of the repeated row, if the index is one row that is read repeatedly.
  var period: Int? {
    axes.count == 2 && axes[0].stride == 0 && axes[1].stride == 1 ? axes[1].size : nil
  }
}
