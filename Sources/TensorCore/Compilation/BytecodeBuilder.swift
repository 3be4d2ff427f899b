/// Writes a schedule's units as instructions, tile by tile where units are computed in tiles.
struct BytecodeBuilder<Scalar: TensorScalar> {
  private(set) var bytecode = Bytecode<Scalar>()

  private let graph: ComputationGraph<Scalar>
  private let schedule: Schedule<Scalar>
  private let buffers: BufferPlan<Scalar>

  /// A unit as instructions, before it is cut into tiles.
  fileprivate enum Work {
    case pass(FusedPass<Scalar>)
    case kernel(Int, any Kernel, operands: [Location], result: Int)
  }

  init(graph: ComputationGraph<Scalar>, schedule: Schedule<Scalar>, buffers: BufferPlan<Scalar>) {
    self.graph = graph
    self.schedule = schedule
    self.buffers = buffers
  }

  /// Appends all units, and the copies of results that are not computed in their places: each as soon as it is there
  /// where the program waits for calls, so that the caller can read it then, and at the end otherwise.
  mutating func append() {
    let isStaged = schedule.hasCalls
    var pending = Array(zip(graph.results, buffers.resultOffsets))
    for step in schedule.steps {
      if isStaged {
        let rest = Set(schedule.units[step.lowerBound...].flatMap { schedule.members(of: $0) })
        for (result, target) in pending where !rest.contains(graph.source(of: result)) {
          appendCopy(of: result, to: target)
        }
        pending.removeAll { !rest.contains(graph.source(of: $0.0)) }
      }
      if case .call(let members) = schedule.units[step.lowerBound] {
        bytecode.append(call(members))
        continue
      }
      let works = schedule.units[step].map(work)
      if let tiles = schedule.tiles.first(where: { $0.units == step }) {
        append(works, in: tiles)
      } else {
        for work in works {
          let unit = bytecode.addUnit(work.label, operations: work.operationCount)
          switch work {
          case .pass(let pass): bytecode.append(pass, of: unit)
          case .kernel(_, let kernel, let operands, let result):
            bytecode.append(kernel, operands: operands, result: result, of: unit)
          }
        }
      }
    }
    for (result, target) in pending { appendCopy(of: result, to: target) }
  }

  /// Copies a result to its place, unless it is computed there.
  private mutating func appendCopy(of result: Int, to target: Int) {
    let source = location(graph.source(of: result))
    guard source != .workspace(target) else { return }
    bytecode.appendCopy(from: source, to: target, count: graph.vertices[result].shape.count)
  }

  private func location(_ vertex: Int) -> Location {
    guard let location = buffers.locations[vertex] else { preconditionFailure("vertex \(vertex) has no place") }
    return location
  }

  private func offset(_ vertex: Int) -> Int {
    guard case .workspace(let offset) = location(vertex) else { preconditionFailure("vertex \(vertex) is constant") }
    return offset
  }

  private func call(_ members: [Int]) -> Bytecode<Scalar>.PartCall {
    var numbers: [Int: Int] = [:]
    var operands: [(place: Location, shape: Shape)] = []
    var functions: [(function: PartFunction<Scalar>, operands: [Int])] = []
    var sums: [(function: Int, result: Int, place: Int)] = []
    for vertex in members {
      guard case .operation(let operation, let own, .partSum) = graph.vertices[vertex].content,
        let function = (operation as? PartSum<Scalar>)?.function
      else { preconditionFailure("vertex \(vertex) is no sum over parts") }
      let arguments = own.map { operand in
        if let known = numbers[operand] { return known }
        numbers[operand] = operands.count
        operands.append((location(graph.source(of: operand)), graph.vertices[operand].shape))
        return operands.count - 1
      }
      let needed = neededRanges(of: vertex)
      for (result, range) in function.ranges.enumerated() where needed.map({ $0.contains(range) }) ?? true {
        sums.append((functions.count, result, offset(vertex) + range.lowerBound))
      }
      functions.append((function, arguments))
    }
    return Bytecode.PartCall(data: functions[0].function.data, operands: operands, functions: functions, sums: sums)
  }

  /// The ranges of a vector that are read, where every reader takes a range of it; nil otherwise.
  private func neededRanges(of vertex: Int) -> Set<Range<Int>>? {
    if graph.results.contains(vertex) { return nil }
    var ranges = Set<Range<Int>>()
    for reader in graph.vertices where reader.operands.contains(vertex) {
      guard case .operation(let operation, _, _) = reader.content, let slice = operation as? Slice else { return nil }
      ranges.insert(slice.range)
    }
    return ranges
  }

  private func work(_ unit: Schedule<Scalar>.Unit) -> Work {
    switch unit {
    case .cluster(let members):
      return .pass(FusedPassBuilder.build(members, graph: graph, stored: schedule.stored, locations: buffers.locations))
    case .call: preconditionFailure("a call is no work of the program itself")
    case .broadcast(let vertex):
      let operand = graph.vertices[vertex].operands[0]
      let copy = BroadcastCopy(from: graph.vertices[operand].shape, to: graph.vertices[vertex].shape)
      return .kernel(vertex, copy, operands: [location(graph.source(of: operand))], result: offset(vertex))
    case .kernel(let vertex):
      guard case .kernel(let kernel) = graph.vertices[vertex].lowering else {
        preconditionFailure("vertex \(vertex) has no kernel")
      }
      let operands = graph.vertices[vertex].operands.map { location(graph.source(of: $0)) }
      return .kernel(vertex, kernel, operands: operands, result: offset(vertex))
    }
  }

  private mutating func append(_ works: [Work], in tiles: RowTiles) {
    let numbers = works.map { work in
      bytecode.addUnit(work.label + ", in row tiles of \(RowTiles.length)", operations: work.operationCount)
    }
    let locals = Set(tiles.locals.map(location))
    for first in stride(from: 0, to: tiles.rowCount, by: RowTiles.length) {
      let tile = RowTile(
        first: first, count: min(RowTiles.length, tiles.rowCount - first), rowCount: tiles.rowCount, locals: locals)
      for (work, unit) in zip(works, numbers) { append(work, tile, of: unit) }
    }
    for (position, unit) in zip(tiles.units, numbers) {
      guard case .kernel(let vertex) = schedule.units[position], let partials = buffers.partialSums[vertex],
        case .sum(_, _, let inner) = schedule.plainKernel(of: schedule.units[position])
      else { continue }
      bytecode.append(.sum(.workspace(partials), outer: 1, reduced: 4, inner: inner, result: offset(vertex)), of: unit)
    }
  }

  private mutating func append(_ work: Work, _ tile: RowTile, of unit: Int) {
    switch work {
    case .pass(let pass): bytecode.append(pass.part(tile), of: unit)
    case .kernel(let vertex, let kernel, let operands, let result):
      switch kernel.plain {
      case .product(let plan): bytecode.append(plan, tile, operands[0], operands[1], result: result, of: unit)
      case .sum(_, _, let inner):
        guard let partials = buffers.partialSums[vertex] else { preconditionFailure("\(kernel) has no partial sums") }
        bytecode.append(
          .partialSum(
            tile.place(operands[0], width: inner), rows: tile.count, inner: inner, partials: partials,
            isFirst: tile.first == 0), of: unit)
      case nil: preconditionFailure("\(kernel) has no tiles")
      }
    }
  }
}

extension BytecodeBuilder.Work {
  fileprivate var label: String {
    switch self {
    case .pass(let pass): pass.label
    case .kernel(_, let kernel, _, _): kernel.label
    }
  }

  fileprivate var operationCount: Int {
    switch self {
    case .pass(let pass): pass.operationCount
    case .kernel(_, let kernel, _, _): kernel.operationCount
    }
  }
}
