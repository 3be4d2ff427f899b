/// Neighbouring units of a schedule that are computed one tile of rows at a time.
///
/// Their arrays have the same number of rows, and a row of each result depends only on the same row of the operands. Such
/// units are element-wise passes, products with a matrix, and sums of products over the rows, which are accumulated tile
/// by tile. The output of one unit is then still in the second-level cache when the next unit reads it, and an array that
/// only these units read needs memory for one tile.
struct RowTiles {
  /// The rows of a tile. It is a multiple of the 128 or 64 steps of a product's inner axis between two visits of its result, and
  /// of the four rows that a sum adds at once, so that sums over the rows have the same bits in tiles.
  static let length = 256
  /// The smallest array, in elements, that is computed in tiles. Smaller arrays stay in cache as a whole.
  static let smallestArray = 1 << 16

  /// The positions of the units in the schedule.
  let units: Range<Int>
  /// The number of rows of all arrays.
  let rowCount: Int
  /// The vertices that no unit outside of the tiles reads.
  let locals: Set<Int>
}

/// The rows of its arrays that one instruction works on.
struct RowTile {
  let first: Int
  let count: Int
  /// The number of rows of the whole arrays.
  let rowCount: Int
  /// Arrays that hold one tile alone and are used again for the next one.
  let locals: Set<Location>

  /// The place of the tile's part of an array that has `width` elements in a row.
  func place(_ location: Location, width: Int) -> Location {
    guard !locals.contains(location) else { return location }
    return switch location {
    case .workspace(let offset): .workspace(offset + first * width)
    case .constant(let offset): .constant(offset + first * width)
    }
  }

  /// The offset of the tile's part of an array in the workspace that has `width` elements in a row.
  func place(_ offset: Int, width: Int) -> Int {
    locals.contains(.workspace(offset)) ? offset : offset + first * width
  }
}

// MARK: - Which units are computed in tiles

/// How a unit uses the rows of its arrays.
private struct RowAccess {
  /// The vertices of which the unit needs every row at once.
  var whole: [Int] = []
  /// Whether the result has rows; a sum over the rows has none.
  var makesRows = true
}

extension Schedule {
  /// An order of `units` in which those that can be computed in tiles are neighbours, and the positions of these groups.
  func arrangedInTiles() -> (units: [Unit], tiles: [(units: Range<Int>, rowCount: Int)]) {
    var arranged: [Unit] = []
    var tiles: [(units: Range<Int>, rowCount: Int)] = []
    var remaining = units[...]
    while let start = remaining.firstIndex(where: { wideRowCount(of: $0) != nil }),
      let rowCount = wideRowCount(of: remaining[start])
    {
      arranged += remaining[..<start]
      let parts = split(remaining[start...], rowCount: rowCount)
      arranged += parts.before
      if parts.tiles.count > 1 {
        tiles.append((arranged.count..<arranged.count + parts.tiles.count, rowCount))
      }
      arranged += parts.tiles
      remaining = parts.after[...]
    }
    return (arranged + remaining, tiles)
  }

  /// Splits `units` into those that must be computed before the tiles, those that can be computed in tiles with the first
  /// unit, and the rest.
  private func split(_ units: ArraySlice<Unit>, rowCount: Int) -> (before: [Unit], tiles: [Unit], after: [Unit]) {
    // `made` says of each vertex that the tiles compute whether it has rows; `late` holds the vertices that must wait for
    // the tiles.
    var made: [Int: Bool] = [:]
    var late = Set<Int>()
    var tiles: [Unit] = []
    var others: [(unit: Unit, isLate: Bool)] = []
    for unit in units {
      let reads = reads(of: unit)
      let isLate = reads.contains { late.contains($0) }
      if !isLate, let access = rowAccess(of: unit, rowCount: rowCount),
        !access.whole.contains(where: { made[$0] != nil }),
        reads.allSatisfy({ made[$0] != false })
      {
        for member in members(of: unit) { made[member] = access.makesRows }
        tiles.append(unit)
      } else {
        let waits = isLate || reads.contains { made[$0] != nil }
        if waits { late.formUnion(members(of: unit)) }
        others.append((unit, waits))
      }
    }
    // Among the units that could run before, only those that the tiles need do.
    var needed = Set(tiles.flatMap { reads(of: $0) })
    var before: [Unit] = []
    var after: [Unit] = []
    for (unit, isLate) in others.reversed() {
      if !isLate, members(of: unit).contains(where: needed.contains) {
        needed.formUnion(reads(of: unit))
        before.append(unit)
      } else {
        after.append(unit)
      }
    }
    return (before.reversed(), tiles, after.reversed())
  }

  /// The number of rows of a product whose arrays are too large to stay in cache; nil for other units.
  private func wideRowCount(of unit: Unit) -> Int? {
    guard let plan = product(of: unit), let rowCount = plan.rowCount, rowCount > 2 * RowTiles.length,
      rowCount * plan.widestRow >= RowTiles.smallestArray
    else { return nil }
    return rowCount
  }

  private func product(of unit: Unit) -> ProductPlan? {
    guard case .product(let plan) = plainKernel(of: unit) else { return nil }
    return plan
  }

  /// How a unit uses the rows of its arrays; nil if it cannot be computed in tiles of `rowCount` rows.
  private func rowAccess(of unit: Unit, rowCount: Int) -> RowAccess? {
    switch unit {
    case .broadcast, .call: return nil
    case .kernel:
      switch plainKernel(of: unit) {
      case .product(let plan) where plan.rowCount == rowCount:
        return plan.transposesLeft ? RowAccess(makesRows: false) : RowAccess(whole: [reads(of: unit)[1]])
      // A sum whose `inner` is 1 is computed over lanes, in another order.
      case .sum(1, rowCount, let inner) where inner > 1: return RowAccess(makesRows: false)
      default: return nil
      }
    case .cluster(let members):
      let count = graph.vertices[members[0]].shape.count
      // An array without elements would share its place with another one.
      guard count > 0, count % rowCount == 0 else { return nil }
      var access = RowAccess()
      let own = Set(members)
      for operand in members.flatMap({ graph.vertices[$0].operands }).map(graph.source) where !own.contains(operand) {
        let (vertex, reading) = graph.reading(operand, inPassOf: count)
        switch reading.rows(rowCount, width: count / rowCount) {
        case .none: return nil
        case .all: access.whole.append(vertex)
        case .own: break
        }
      }
      return access
    }
  }
}

extension ProductPlan {
  /// The number of rows along which the product can be cut into tiles: the rows of the result, or those of both operands
  /// where the product sums over them. Nil where it cannot be cut.
  fileprivate var rowCount: Int? {
    guard batch == 1, isSmall else { return nil }
    if !transposesLeft { return rows }
    return transposesRight ? nil : inner
  }

  /// The elements in a row of the wider of the arrays that have the rows.
  fileprivate var widestRow: Int { transposesLeft ? max(rows, columns) : max(inner, columns) }
}

/// The access by which a pass reads an operand from memory.
enum Reading {
  case contiguous
  /// A single element is repeated.
  case uniform
  case stretched(StridedIndex)

  enum Rows {
    /// The rows that the tile of the pass computes.
    case own
    /// The same elements for every tile.
    case all
    /// Neither the tile's rows nor the same elements for every tile.
    case none
  }

  /// Which rows of the operand a tile of a pass over rows of `width` elements reads.
  func rows(_ rowCount: Int, width: Int) -> Rows {
    switch self {
    case .contiguous: .own
    case .uniform: .all
    case .stretched(let index):
      if index.axes.isEmpty {
        .all
      } else if let period = index.period, width % period == 0 {
        .all
      } else if let rows = index.axes.first, rows.size == rowCount, rows.stride > 0 {
        .own
      } else {
        .none
      }
    }
  }
}

extension ComputationGraph {
  /// The access by which a pass over `count` elements reads an operand, and the vertex that it reads.
  func reading(_ operand: Int, inPassOf count: Int) -> (vertex: Int, reading: Reading) {
    guard isBroadcast(operand) else {
      return (operand, vertices[operand].shape.count == 1 && count != 1 ? .uniform : .contiguous)
    }
    let stretched = vertices[operand].operands[0]
    if vertices[stretched].shape.count == 1 { return (source(of: stretched), .uniform) }
    let index = StridedIndex(operand: vertices[stretched].shape, stretchedTo: vertices[operand].shape)
    return (source(of: stretched), .stretched(index))
  }
}

// MARK: - A tile's part of an instruction

extension FusedPass {
  /// The part of the pass that computes a tile.
  func part(_ tile: RowTile) -> FusedPass {
    let width = count / tile.rowCount
    return FusedPass(
      count: width * tile.count, blockCount: min(blockCount, width * tile.count),
      loads: loads.map { $0.part(tile, width: width) }, registerCount: registerCount,
      stores: stores.map { tile.place($0, width: width) }, steps: steps)
  }
}

extension FusedPass.Load {
  fileprivate func part(_ tile: RowTile, width: Int) -> Self {
    switch self {
    case .contiguous(let location): .contiguous(tile.place(location, width: width))
    case .uniform, .periodic: self
    case .strided(let location, let index): strided(location, index, tile, width: width)
    }
  }

  private func strided(_ location: Location, _ index: StridedIndex, _ tile: RowTile, width: Int) -> Self {
    guard case .own = Reading.stretched(index).rows(tile.rowCount, width: width), let rows = index.axes.first else {
      return self
    }
    return .strided(tile.place(location, width: rows.stride), index.withLeadingAxis(of: tile.count))
  }
}

extension Bytecode {
  /// Appends the part of a product that computes a tile, or that adds it to the sum over the rows.
  mutating func append(
    _ plan: ProductPlan, _ tile: RowTile, _ left: Location, _ right: Location, result: Int, of unit: Int
  ) {
    var part = plan
    var (left, right, result) = (left, right, result)
    if plan.transposesLeft {
      part.inner = tile.count
      part.addsToResult = tile.first > 0
      right = tile.place(right, width: plan.columns)
      left = tile.place(left, width: plan.rows)
    } else {
      part.rows = tile.count
      left = tile.place(left, width: plan.inner)
      result = tile.place(result, width: plan.columns)
    }
    append(.product(part, left, right, result: result), of: unit)
  }
}
