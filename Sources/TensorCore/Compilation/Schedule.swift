/// The units of work of a graph in the order in which they run.
struct Schedule<Scalar: TensorScalar> {
  enum Unit {
    /// Element-wise vertices that are computed in one pass, operands first.
    case cluster([Int])
    /// A vertex that its own kernel computes.
    case kernel(Int)
    /// A broadcast that is written out because a kernel or a result needs it.
    case broadcast(Int)
    /// Sums over the parts of one data set, which the program's caller computes together.
    case call([Int])
  }

  private(set) var units: [Unit] = []
  /// The vertices whose elements outlive the unit that computes them.
  private(set) var stored: Set<Int> = []
  /// The units that are computed in row tiles.
  private(set) var tiles: [RowTiles] = []

  let graph: ComputationGraph<Scalar>
  private var unitOf: [Int: Int] = [:]

  init(_ graph: ComputationGraph<Scalar>) {
    self.graph = graph
    let candidates = makeUnits(FusionPlan(graph))
    order(candidates)
    markStored()
    // Tiles would move units to the other side of a call, where a caller that waits there expects their results.
    if !hasCalls { formRowTiles() }
  }

  /// Whether the program's caller computes a part of it.
  var hasCalls: Bool { units.contains { if case .call = $0 { true } else { false } } }

  /// The positions of the units that run together: all units of a group of row tiles, and every other unit alone.
  var steps: [Range<Int>] {
    var steps: [Range<Int>] = []
    for tiles in tiles {
      steps += ((steps.last?.upperBound ?? 0)..<tiles.units.lowerBound).map { $0..<$0 + 1 }
      steps.append(tiles.units)
    }
    return steps + ((steps.last?.upperBound ?? 0)..<units.count).map { $0..<$0 + 1 }
  }

  /// The vertices that a unit reads and does not compute itself. Views are replaced by their sources, and broadcasts that
  /// a pass reads in place by their operands.
  func reads(of unit: Unit) -> [Int] {
    switch unit {
    case .kernel(let vertex), .broadcast(let vertex):
      return graph.vertices[vertex].operands.map { graph.source(of: $0) }
    case .call(let members):
      return members.flatMap { graph.vertices[$0].operands }.map { graph.source(of: $0) }
    case .cluster(let members):
      let own = Set(members)
      return members.flatMap { graph.vertices[$0].operands }.map { operand in
        let source = graph.source(of: operand)
        return graph.isBroadcast(source) ? graph.source(of: graph.vertices[source].operands[0]) : source
      }.filter { !own.contains($0) }
    }
  }

  /// The vertices that a unit computes.
  func members(of unit: Unit) -> [Int] {
    switch unit {
    case .kernel(let vertex), .broadcast(let vertex): [vertex]
    case .cluster(let members), .call(let members): members
    }
  }

  /// The elements for which a stored vertex needs memory: those of one tile if no more are kept, else all.
  func elementCount(of vertex: Int) -> Int {
    let count = graph.vertices[vertex].shape.count
    guard let tiles = tiles.first(where: { $0.locals.contains(vertex) }) else { return count }
    return count / tiles.rowCount * min(tiles.rowCount, RowTiles.length)
  }

  /// The sums in `step` that are computed in tiles, each with the number of elements of its result.
  func partialSums(in step: Range<Int>) -> [(vertex: Int, width: Int)] {
    guard tiles.contains(where: { $0.units == step }) else { return [] }
    return units[step].compactMap { unit in
      guard case .kernel(let vertex) = unit, case .sum(_, _, let inner) = plainKernel(of: unit) else { return nil }
      return (vertex, inner)
    }
  }

  private mutating func makeUnits(_ fusion: FusionPlan<Scalar>) -> [Unit] {
    var clusters: [Int: [Int]] = [:]
    for vertex in graph.vertices.indices where graph.isElementwise(vertex) {
      clusters[fusion.cluster(of: vertex), default: []].append(vertex)
    }
    var calls = callMembers()
    let writtenOut = broadcastsToWriteOut()
    var candidates: [Unit] = []
    for vertex in graph.vertices.indices {
      switch graph.vertices[vertex].lowering {
      case .kernel: candidates.append(.kernel(vertex))
      case .broadcast where writtenOut.contains(vertex): candidates.append(.broadcast(vertex))
      case .elementwise:
        if let members = clusters[vertex] { candidates.append(.cluster(members)) }
      case .partSum:
        if let members = calls.removeValue(forKey: vertex) { candidates.append(.call(members)) }
      case .broadcast, .view, nil: break
      }
    }
    for (index, unit) in candidates.enumerated() {
      for member in members(of: unit) { unitOf[member] = index }
    }
    return candidates
  }

  /// Whether a result depends on each vertex.
  private func neededVertices() -> [Bool] {
    var needed = Array(repeating: false, count: graph.vertices.count)
    for result in graph.results { needed[result] = true }
    for index in graph.vertices.indices.reversed() where needed[index] {
      for operand in graph.vertices[index].operands { needed[operand] = true }
    }
    return needed
  }

  /// The sums over parts that one call computes, by the first of them: those over one data set at one depth.
  private func callMembers() -> [Int: [Int]] {
    let depths = graph.callDepths
    let needed = neededVertices()
    // The first sum, by its depth and its data set.
    var first: [[Int]: Int] = [:]
    var members: [Int: [Int]] = [:]
    for vertex in graph.vertices.indices where needed[vertex] {
      guard case .partSum(let data) = graph.vertices[vertex].lowering else { continue }
      let leader = first[[depths[vertex], data], default: vertex]
      first[[depths[vertex], data]] = leader
      members[leader, default: []].append(vertex)
    }
    return members
  }

  private func broadcastsToWriteOut() -> Set<Int> {
    var written = Set(graph.results.map { graph.source(of: $0) }.filter(graph.isBroadcast))
    for vertex in graph.vertices.indices {
      switch graph.vertices[vertex].lowering {
      case .kernel, .broadcast, .partSum:
        written.formUnion(graph.vertices[vertex].operands.map { graph.source(of: $0) }.filter(graph.isBroadcast))
      case .view, .elementwise, nil: break
      }
    }
    return written
  }

  /// Orders the units depth first from the results: an operand is computed shortly before the unit that reads it, so that
  /// it is still in cache.
  private mutating func order(_ candidates: [Unit]) {
    let needs = candidates.map { unit in reads(of: unit).compactMap { unitOf[$0] } }
    var visited = Set<Int>()
    var stack: [(unit: Int, next: Int)] = []
    for result in graph.results.compactMap({ unitOf[graph.source(of: $0)] }) where visited.insert(result).inserted {
      stack.append((result, 0))
      while let (unit, next) = stack.last {
        if next == needs[unit].count {
          units.append(candidates[unit])
          stack.removeLast()
        } else {
          stack[stack.count - 1].next += 1
          if visited.insert(needs[unit][next]).inserted { stack.append((needs[unit][next], 0)) }
        }
      }
    }
  }

  private mutating func markStored() {
    stored = Set(graph.results.map { graph.source(of: $0) })
    for unit in units { stored.formUnion(reads(of: unit)) }
  }

  func plainKernel(of unit: Unit) -> PlainKernel? {
    guard case .kernel(let vertex) = unit, case .kernel(let kernel) = graph.vertices[vertex].lowering else {
      return nil
    }
    return kernel.plain
  }

  private mutating func formRowTiles() {
    let arranged = arrangedInTiles()
    units = arranged.units
    let results = Set(graph.results.map { graph.source(of: $0) })
    tiles = arranged.tiles.map { range, rowCount in
      var locals = Set(units[range].flatMap { members(of: $0) }).intersection(stored).subtracting(results)
      for position in units.indices where !range.contains(position) { locals.subtract(reads(of: units[position])) }
      return RowTiles(units: range, rowCount: rowCount, locals: locals)
    }
  }
}

extension Schedule {
  /// Whether the elements of `vertex` may be written in an argument's place: every unit that reads the argument has run
  /// before, or reads it element by element in the same pass.
  func mayReplace(argument number: Int, by vertex: Int) -> Bool {
    let found = graph.vertices.firstIndex { if case .argument(number) = $0.content { true } else { false } }
    guard let argument = found, let time = units.firstIndex(where: { members(of: $0).contains(vertex) }),
      graph.vertices[argument].shape.count == graph.vertices[vertex].shape.count,
      !graph.results.contains(where: { graph.source(of: $0) == argument }),
      !units[(time + 1)...].contains(where: { reads(of: $0).contains(argument) }),
      !tiles.contains(where: { $0.units.contains(time) })
    else { return false }
    guard reads(of: units[time]).contains(argument) else { return true }
    guard case .cluster(let members) = units[time], let end = members.firstIndex(of: vertex) else { return false }
    return members.enumerated().allSatisfy { position, member in
      graph.vertices[member].operands.allSatisfy { operand in
        let source = graph.source(of: operand)
        let isBroadcast = graph.isBroadcast(source)
        let origin = isBroadcast ? graph.source(of: graph.vertices[source].operands[0]) : source
        return origin != argument || (!isBroadcast && position <= end)
      }
    }
  }
}
