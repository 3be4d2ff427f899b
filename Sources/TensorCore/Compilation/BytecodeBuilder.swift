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

  mutating func appendUnits() {
    for step in schedule.steps {
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
  }

  /// Copies a result to its place, unless it is computed there.
  mutating func appendCopy(of result: Int, to target: Int) {
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

  private func work(_ unit: Schedule<Scalar>.Unit) -> Work {
    switch unit {
    case .cluster(let members):
      return .pass(FusedPassBuilder.build(members, graph: graph, stored: schedule.stored, locations: buffers.locations))
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
