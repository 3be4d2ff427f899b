/// A cell of a convolutional network: blocks, each of which adds the results of two operations.
///
/// An input of a block is the output of one of the two cells before, or of an earlier block of the same cell. The output of
/// the cell is the concatenation, along the channels, of the blocks that no other block uses.
///
/// A cell is stored in its canonical form: descriptions that differ only in the order of the blocks, or in that of the two
/// branches of a block, give equal cells.
///
/// Source: Liu et al., "Progressive neural architecture search" (2018), section 3.1, as Kim et al., "Auto-Meta" (2018),
/// use it.
public struct Cell: Hashable, Sendable {
  /// An operation on one input.
  public struct Branch: Hashable, Comparable, Sendable {
    /// The number of the input: 0 for the output of the cell before the last one, 1 for that of the last one, and 2 + i for
    /// the result of block i.
    public let input: Int
    /// The operation.
    public let operation: CellOperation

    /// Creates a branch from the number of its input and its operation.
    public init(_ operation: CellOperation, of input: Int) { (self.input, self.operation) = (input, operation) }

    public static func < (left: Branch, right: Branch) -> Bool {
      (left.input, left.operation) < (right.input, right.operation)
    }
  }

  /// The sum of two branches, in their order.
  public struct Block: Hashable, Comparable, Sendable {
    /// The branch that comes first in order.
    public let first: Branch
    /// The other branch, which may be equal to the first.
    public let second: Branch

    /// Creates a block from its branches, in either order.
    public init(_ one: Branch, _ other: Branch) { (first, second) = (min(one, other), max(one, other)) }

    /// Both branches.
    public var branches: [Branch] { [first, second] }

    public static func < (left: Block, right: Block) -> Bool {
      (left.first, left.second) < (right.first, right.second)
    }
  }

  /// The number of inputs that are not blocks of the cell: the outputs of the two cells before.
  public static let outerInputs = 2
  /// The largest number of blocks of a cell.
  public static let mostBlocks = 6

  /// The blocks; each uses earlier ones only.
  public let blocks: [Block]

  /// Creates a cell from 1 to `mostBlocks` blocks, each of which uses earlier ones only.
  public init(_ blocks: [Block]) {
    precondition(
      Self.fault(of: blocks) == nil, "these blocks make no cell: \(Self.fault(of: blocks) ?? "")")
    self.blocks = Self.canonical(blocks)
  }

  /// What is wrong with the blocks of a cell, in a user's words; nil for nothing.
  static func fault(of blocks: [Block]) -> String? {
    guard (1...mostBlocks).contains(blocks.count) else {
      return "expected 1 to \(mostBlocks) blocks, found \(blocks.count)"
    }
    for (index, block) in blocks.enumerated() {
      for branch in block.branches where !(0..<outerInputs + index).contains(branch.input) {
        return "block \(index + 1): expected an input that comes before it, found \(inputName(branch.input))"
      }
    }
    return nil
  }

  /// The indices of the blocks that no other block uses, whose results are the output of the cell.
  public var outputBlocks: [Int] {
    let used = Set(blocks.flatMap(\.branches).map { $0.input - Self.outerInputs })
    return blocks.indices.filter { !used.contains($0) }
  }

  /// Returns whether a block uses the input of this number.
  public func uses(input: Int) -> Bool { blocks.contains { $0.branches.contains { $0.input == input } } }

  /// For each block, the number of blocks on the longest way from an input of the cell to its result.
  public var depths: [Int] {
    var depths: [Int] = []
    for block in blocks {
      let below = block.branches.map { $0.input < Self.outerInputs ? 0 : depths[$0.input - Self.outerInputs] }
      depths.append(1 + (below.max() ?? 0))
    }
    return depths
  }
}

// The canonical form.
extension Cell {
  /// The order of the blocks, and their numbers, that make the list of blocks the smallest.
  private static func canonical(_ blocks: [Block]) -> [Block] {
    var smallest: [Block]?
    /// Places one more block after those that have new numbers already.
    func place(after placed: [Block], numbers: [Int?]) {
      guard placed.count < blocks.count else {
        if smallest.map({ placed.lexicographicallyPrecedes($0) }) ?? true { smallest = placed }
        return
      }
      let candidates = blocks.indices.filter { numbers[$0] == nil }.compactMap { index in
        blocks[index].renumbered(numbers).map { (block: $0, index: index) }
      }
      guard let next = candidates.map(\.block).min() else { return }
      // Of equal candidates, any may lead to the smallest list, since later blocks may use one and not the other.
      for candidate in candidates where candidate.block == next {
        var numbers = numbers
        numbers[candidate.index] = placed.count
        place(after: placed + [next], numbers: numbers)
      }
    }
    place(after: [], numbers: blocks.map { _ in nil })
    return smallest ?? blocks
  }
}

extension Cell.Block {
  /// The block with the new numbers of those that it uses; nil where one has no number yet.
  fileprivate func renumbered(_ numbers: [Int?]) -> Cell.Block? {
    func renumbered(_ branch: Cell.Branch) -> Cell.Branch? {
      guard branch.input >= Cell.outerInputs else { return branch }
      return numbers[branch.input - Cell.outerInputs].map { Cell.Branch(branch.operation, of: Cell.outerInputs + $0) }
    }
    guard let one = renumbered(first), let other = renumbered(second) else { return nil }
    return Cell.Block(one, other)
  }
}

extension Cell: Comparable {
  /// Returns whether the left cell has fewer blocks or, of as many, comes first in the order of their blocks.
  public static func < (left: Cell, right: Cell) -> Bool {
    left.blocks.count == right.blocks.count
      ? left.blocks.lexicographicallyPrecedes(right.blocks) : left.blocks.count < right.blocks.count
  }
}
