// Large arrays that a step or two makes of another array are made again in each pass that reads them: storing and reading
// back an array that leaves the cache takes longer. The derivative 1 - y^2 of a tanh, for example, is read by the passes of
// the gradient and of its derivative, and both read y. The bits are the same.

extension ComputationGraph {
  /// The same graph, in which every pass has copies of its own of the steps that are cheaper to repeat than to store.
  func repeatingCheapSteps() -> ComputationGraph {
    let plan = StepRepetition(self)
    guard !plan.passes.isEmpty else { return self }
    var rewritten = ComputationGraph()
    var place = Array(repeating: 0, count: vertices.count)
    // The copies, by the vertex and the pass that reads them.
    var copies: [[Int]: Int] = [:]
    for index in vertices.indices {
      place[index] = rewritten.copy(of: vertices[index]) { copies[[$0, plan.pass(of: index)]] ?? place[$0] }
      for pass in (plan.passes[index] ?? []).dropFirst() {
        copies[[index, pass]] = rewritten.copy(of: vertices[index]) { copies[[$0, pass]] ?? place[$0] }
      }
    }
    rewritten.results = results.map { place[$0] }
    return rewritten
  }

  private mutating func copy(of vertex: Vertex, _ place: (Int) -> Int) -> Int {
    guard case .operation(let operation, let operands, let lowering) = vertex.content else { return append(vertex) }
    return append(
      Vertex(shape: vertex.shape, content: .operation(operation, operands: operands.map(place), lowering)))
  }
}

/// The vertices that passes compute again instead of reading them, and the passes that do.
private struct StepRepetition<Scalar: TensorScalar> {
  /// Steps that may be repeated from an array that is in memory in any case.
  private static var mostSteps: Int { 2 }
  /// The smallest array, in elements, for which it pays. Smaller ones stay in cache.
  private static var smallestArray: Int { RowTiles.smallestArray }

  private let graph: ComputationGraph<Scalar>
  private let fusion: FusionPlan<Scalar>
  private let readers: [[Int]]
  private let results: Set<Int>
  /// The passes in which each of the vertices is computed, two at least.
  private(set) var passes: [Int: [Int]] = [:]

  init(_ graph: ComputationGraph<Scalar>) {
    self.graph = graph
    fusion = FusionPlan(graph)
    readers = graph.readers
    results = Set(graph.results)
    guard graph.vertices.contains(where: { $0.shape.count >= Self.smallestArray }) else { return }
    for vertex in graph.vertices.indices where steps(to: vertex) != nil { add(vertex) }
  }

  /// The pass that computes an element-wise vertex.
  func pass(of vertex: Int) -> Int { graph.isElementwise(vertex) ? fusion.cluster(of: vertex) : -1 }

  /// Marks a vertex that several passes read, with the steps that lead to it.
  private mutating func add(_ vertex: Int) {
    let own = pass(of: vertex)
    let others = Set(readers[vertex].map { pass(of: $0) }).subtracting([own])
    guard !others.isEmpty else { return }
    var next: Int? = vertex
    while let step = next {
      passes[step] = [own] + Set(passes[step] ?? []).union(others).subtracting([own]).sorted()
      next = largeOperand(of: step).flatMap { isInMemory($0) ? nil : $0 }
    }
  }

  /// The number of cheap steps that make a vertex from an array that is in memory in any case; nil where there is no such
  /// array, where a step is not cheap, or where others than passes read the vertex.
  private func steps(to vertex: Int) -> Int? {
    guard graph.vertices[vertex].shape.count >= Self.smallestArray, isCheap(vertex), !results.contains(vertex),
      readers[vertex].allSatisfy({ isPass(over: vertex, $0) }), let operand = largeOperand(of: vertex)
    else { return nil }
    if isInMemory(operand) { return 1 }
    guard let before = steps(to: operand), before < Self.mostSteps else { return nil }
    return before + 1
  }

  private func isCheap(_ vertex: Int) -> Bool {
    guard case .elementwise(let function) = graph.vertices[vertex].lowering else { return false }
    return switch function {
    case .unary(Square.self), .unary(Negate.self), .binary(Add.self), .binary(Subtract.self), .binary(Multiply.self):
      true
    default: false
    }
  }

  private func isPass(over operand: Int, _ vertex: Int) -> Bool {
    graph.isElementwise(vertex) && graph.vertices[vertex].shape.count == graph.vertices[operand].shape.count
  }

  /// The one operand with as many elements, if all others are single numbers.
  private func largeOperand(of vertex: Int) -> Int? {
    var large: Int?
    for operand in graph.vertices[vertex].operands {
      let source = graph.source(of: operand)
      if graph.isBroadcast(source) {
        guard graph.vertices[graph.vertices[source].operands[0]].shape.count == 1 else { return nil }
      } else {
        guard source == operand, large == nil || large == operand else { return nil }
        large = operand
      }
    }
    return large
  }

  /// Whether something else than passes reads a vertex or computes it.
  private func isInMemory(_ vertex: Int) -> Bool {
    !graph.isElementwise(vertex) || results.contains(vertex)
      || readers[vertex].contains { !isPass(over: vertex, $0) }
  }
}
