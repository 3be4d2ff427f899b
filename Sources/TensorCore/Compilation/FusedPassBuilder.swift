/// Turns a cluster of element-wise vertices into a fused pass: its loads, its scratch registers and its stores.
struct FusedPassBuilder<Scalar: TensorScalar> {
  private let graph: ComputationGraph<Scalar>
  private let members: [Int]
  private let stored: Set<Int>
  private let locations: [Int: Location]

  private var loads: [FusedPass<Scalar>.Load] = []
  private var loadOf: [Int: Int] = [:]
  private var registerOf: [Int: Int] = [:]
  private var freeRegisters: [Int] = []
  private var registerCount = 0

  /// The bytes that the scratch of a pass may take: half of a first-level cache.
  private static var cacheBytes: Int { 24 << 10 }
  /// The elements of a cache line of the narrowest scalar. Blocks are whole lines, so that no vector straddles two.
  private static var line: Int { FusedPass<Scalar>.line }

  static func build(
    _ members: [Int], graph: ComputationGraph<Scalar>, stored: Set<Int>, locations: [Int: Location]
  ) -> FusedPass<Scalar> {
    var builder = FusedPassBuilder(graph: graph, members: members, stored: stored, locations: locations)
    return builder.build()
  }

  private init(graph: ComputationGraph<Scalar>, members: [Int], stored: Set<Int>, locations: [Int: Location]) {
    self.graph = graph
    self.members = members
    self.stored = stored
    self.locations = locations
  }

  private mutating func build() -> FusedPass<Scalar> {
    let count = graph.vertices[members[0]].shape.count
    addLoads()
    let stores = members.filter(stored.contains)
    assignRegisters()
    let slots = slotsOfMembers(stores)
    let steps = members.map { vertex in
      FusedPass<Scalar>.Step(
        function: function(of: vertex),
        operands: graph.vertices[vertex].operands.compactMap { slots[resolve($0)] ?? loadOf[resolve($0)] },
        destination: slots[vertex] ?? 0)
    }
    let block = blockCount(count)
    return FusedPass(
      count: count, blockCount: block, loads: loads.map { settled($0, block: block) }, registerCount: registerCount,
      stores: stores.map { workspaceOffset($0) },
      steps: steps.chained(registers: loads.count..<loads.count + registerCount))
  }

  private func resolve(_ operand: Int) -> Int { graph.source(of: operand) }

  private func function(of vertex: Int) -> ElementwiseFunction {
    guard case .elementwise(let function) = graph.vertices[vertex].lowering else {
      preconditionFailure("vertex \(vertex) of a fused pass is not element-wise")
    }
    return function
  }

  private func workspaceOffset(_ vertex: Int) -> Int {
    guard case .workspace(let offset) = location(vertex) else {
      preconditionFailure("vertex \(vertex) is computed but placed among the constants")
    }
    return offset
  }

  private func location(_ vertex: Int) -> Location {
    guard let location = locations[vertex] else { preconditionFailure("vertex \(vertex) has no place in memory") }
    return location
  }

  private mutating func addLoads() {
    let own = Set(members)
    for vertex in members {
      let isUnary = if case .unary = function(of: vertex) { true } else { false }
      for operand in graph.vertices[vertex].operands.map(resolve) where !own.contains(operand) {
        if loadOf[operand] == nil {
          loadOf[operand] = loads.count
          loads.append(load(operand))
        }
        // A function of one operand steps through memory, so that a single element is spread over the block.
        if isUnary, let index = loadOf[operand], case .uniform(let location) = loads[index] {
          loads[index] = .strided(location, StridedIndex(operand: .scalar, stretchedTo: .scalar))
        }
      }
    }
  }

  private func load(_ operand: Int) -> FusedPass<Scalar>.Load {
    let (vertex, reading) = graph.reading(operand, inPassOf: graph.vertices[members[0]].shape.count)
    return switch reading {
    case .contiguous: .contiguous(location(vertex))
    case .uniform: .uniform(location(vertex))
    case .stretched(let index): .strided(location(vertex), index)
    }
  }

  /// Assigns registers to the values that are not stored. Each register is free again after its last use.
  private mutating func assignRegisters() {
    var lastUse: [Int: Int] = [:]
    for vertex in members {
      for operand in graph.vertices[vertex].operands { lastUse[resolve(operand)] = vertex }
    }
    for vertex in members {
      let ending = Set(graph.vertices[vertex].operands.map(resolve)).filter { lastUse[$0] == vertex }
      // An operand that is not read again may give up its register, since kernels allow a result to overwrite an operand.
      for operand in ending.sorted() { if let register = registerOf[operand] { freeRegisters.append(register) } }
      guard !stored.contains(vertex) else { continue }
      if let register = freeRegisters.popLast() {
        registerOf[vertex] = register
      } else {
        registerOf[vertex] = registerCount
        registerCount += 1
      }
    }
  }

  private func slotsOfMembers(_ stores: [Int]) -> [Int: Int] {
    var slots: [Int: Int] = [:]
    for (vertex, register) in registerOf { slots[vertex] = loads.count + register }
    for (index, vertex) in stores.enumerated() { slots[vertex] = loads.count + registerCount + index }
    return slots
  }

  /// The length of a block: as many elements as keep the scratch in cache, in whole rows where a row is repeated.
  private func blockCount(_ count: Int) -> Int {
    let slots = loads.count + registerCount + 1
    let limit = max(64, min(2048, Self.cacheBytes / MemoryLayout<Scalar>.stride / slots)) / Self.line * Self.line
    let indices = loads.compactMap { load in if case .strided(_, let index) = load { index } else { nil } }
    if let period = indices.compactMap(\.period).filter({ $0 <= limit }).max() {
      // Blocks are whole rows and, where they fit, whole cache lines.
      let rows = Self.line / greatestCommonDivisor(Self.line, period)
      let lines = limit / (period * rows) * period * rows
      return min(count, lines > 0 ? lines : limit / period * period)
    }
    // Rows longer than a block are cut into equal parts, which are read in place.
    let rows = indices.compactMap(\.axes.last).filter { $0.stride == 1 && $0.size > limit }.map(\.size)
    let part =
      rows.isEmpty
      ? nil : stride(from: limit, to: limit / 4, by: -Self.line).first { size in rows.allSatisfy { $0 % size == 0 } }
    return min(count, part ?? limit)
  }

  private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : greatestCommonDivisor(b, a % b) }

  private func settled(_ load: FusedPass<Scalar>.Load, block: Int) -> FusedPass<Scalar>.Load {
    if case .strided(let location, let index) = load, let period = index.period, block % period == 0 {
      return .periodic(location, index)
    }
    return load
  }
}
