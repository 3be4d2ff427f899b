import NeuralNetworks

extension Cell {
  /// What a predictor sees of a cell, for any number of blocks: the share of each operation among the branches, of all inputs
  /// and by the kind of the input (the cell before the last one, the last one, a block), the numbers of blocks and of those
  /// whose results are the output, and the longest and the mean way from an input to a block.
  var features: [Double] {
    let (branches, operations) = (blocks.flatMap(\.branches), CellOperation.allCases.count)
    var shares = [Double](repeating: 0, count: (2 + Cell.outerInputs) * operations)
    for branch in branches {
      let kind = 1 + min(branch.input, Cell.outerInputs)
      for place in [0, kind] { shares[place * operations + branch.operation.rawValue] += 1 / Double(branches.count) }
    }
    let sizes = [
      Double(blocks.count), Double(outputBlocks.count), Double(depths.max() ?? 0),
      Double(depths.reduce(0, +)) / Double(blocks.count),
    ]
    return shares + sizes.map { $0 / Double(Cell.mostBlocks) }
  }
}
