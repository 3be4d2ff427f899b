public import RandomStreams

// The cells that there are.
extension Cell {
  /// Every cell of one block, in order.
  public static var allOfOneBlock: [Cell] { possibleBlocks(inputs: outerInputs).map { Cell([$0]) }.sorted() }

  /// Every cell that one more block makes of this one, in order; none where the cell has the largest number of blocks.
  public var expansions: [Cell] {
    guard blocks.count < Self.mostBlocks else { return [] }
    let more = Self.possibleBlocks(inputs: Self.outerInputs + blocks.count)
    return Set(more.map { Cell(blocks + [$0]) }).sorted()
  }

  /// Every block of two of `inputs` inputs.
  private static func possibleBlocks(inputs: Int) -> [Block] {
    let branches = (0..<inputs).flatMap { input in CellOperation.allCases.map { Branch($0, of: input) } }
    return branches.indices.flatMap { first in branches[first...].map { Block(branches[first], $0) } }
  }

  /// Draws a cell: every branch of every block has one of its possible inputs and one operation, all equally likely.
  /// - Parameters:
  ///   - count: the number of blocks, from 1 to `mostBlocks`.
  ///   - stream: the random numbers.
  public init(randomBlocks count: Int, from stream: inout RandomStream) {
    func branch(of inputs: Int) -> Branch {
      let input = stream.index(below: inputs)
      return Branch(CellOperation.allCases[stream.index(below: CellOperation.allCases.count)], of: input)
    }
    self.init(
      (0..<count).map { index in
        let first = branch(of: Self.outerInputs + index)
        return Block(first, branch(of: Self.outerInputs + index))
      })
  }
}
