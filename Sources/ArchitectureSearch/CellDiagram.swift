import NeuralNetworks
import Pictures

extension BoxDiagram {
  /// Creates the drawing of a cell: its inputs at the top, below them the blocks with their two operations and their sum, and
  /// the concatenation of those that no other block uses.
  init(of cell: Cell, title: String) {
    let (depths, outputs) = (cell.depths, cell.outputBlocks)
    let width = 2 * Double(cell.blocks.count)
    var (boxes, lines) = ([] as [Box], [] as [Line])
    func add(_ box: Box, below others: [Int]) -> Int {
      lines += others.map { Line(from: $0, to: boxes.count) }
      boxes.append(box)
      return boxes.count - 1
    }
    let names = ["cell before the last", "last cell"]
    // The boxes of the inputs, then those of the sums.
    var sources = names.indices.map { input in
      let share = (Double(input) + 0.5) / Double(names.count)
      let column = width * share - 0.5
      return add(Box(names[input], column: column, row: 0, style: .end), below: [])
    }
    for (index, block) in cell.blocks.enumerated() {
      let row = 2 * depths[index] - 1
      let operations = block.branches.enumerated().map { place, branch in
        add(
          Box(branch.operation.name, column: Double(2 * index + place), row: row, style: .operation),
          below: [sources[branch.input]])
      }
      sources.append(
        add(Box("+", column: Double(2 * index) + 0.5, row: row + 1, style: .junction), below: operations))
    }
    let last = 2 * (depths.max() ?? 0) + 1
    _ = add(
      Box("output", column: width / 2 - 0.5, row: last, style: .end),
      below: outputs.map { sources[Cell.outerInputs + $0] })
    self.init(title: title, boxes: boxes, lines: lines)
  }
}
