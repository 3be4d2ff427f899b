/// The clusters of element-wise vertices that are computed together, in one pass over cache-sized blocks.
///
/// Every vertex has a stage. Along an edge between element-wise vertices of the same number of elements the stage may stay
/// the same; along every other edge it grows. Two element-wise vertices of one stage then never have another kind of
/// vertex on a path between them, so that computing them together makes no cycle.
struct FusionPlan<Scalar: TensorScalar> {
  private let graph: ComputationGraph<Scalar>
  private let callDepths: [Int]
  private var stages: [Int]
  /// The parents of the union-find structure: element-wise vertices with the same root form one cluster.
  private var parents: [Int]

  init(_ graph: ComputationGraph<Scalar>) {
    self.graph = graph
    callDepths = graph.callDepths
    stages = Array(repeating: 0, count: graph.vertices.count)
    parents = Array(graph.vertices.indices)
    assignStages()
    sinkCheapVertices()
    joinClusters()
  }

  /// The vertex that names the cluster of an element-wise vertex.
  func cluster(of vertex: Int) -> Int {
    var vertex = vertex
    while parents[vertex] != vertex { vertex = parents[vertex] }
    return vertex
  }

  private func isFusable(_ source: Int, into vertex: Int) -> Bool {
    graph.isElementwise(source) && graph.isElementwise(vertex)
      && graph.vertices[source].shape.count == graph.vertices[vertex].shape.count
      && callDepths[source] == callDepths[vertex]
  }

  private mutating func assignStages() {
    for vertex in graph.vertices.indices {
      let operands = graph.vertices[vertex].operands
      switch graph.vertices[vertex].lowering {
      case nil: stages[vertex] = 0
      case .view: stages[vertex] = stages[operands[0]]
      case .elementwise, .broadcast, .kernel, .partSum:
        stages[vertex] =
          operands.map { operand in
            let source = graph.source(of: operand)
            return stages[source] + (isFusable(source, into: vertex) ? 0 : 1)
          }.max() ?? 0
      }
    }
  }

  /// Moves each vertex with a single large operand into the first pass that uses it, so that its operand is kept and the
  /// vertex itself is not.
  private mutating func sinkCheapVertices() {
    var consumers: [[Int]] = Array(repeating: [], count: graph.vertices.count)
    for vertex in graph.vertices.indices where !graph.isView(vertex) {
      for operand in graph.vertices[vertex].operands { consumers[graph.source(of: operand)].append(vertex) }
    }
    let results = Set(graph.results.map { graph.source(of: $0) })
    for vertex in graph.vertices.indices.reversed() where graph.isElementwise(vertex) && !results.contains(vertex) {
      let count = graph.vertices[vertex].shape.count
      let large = Set(
        graph.vertices[vertex].operands.map { graph.source(of: $0) }.filter {
          graph.vertices[$0].shape.count == count && !graph.isBroadcast($0)
        })
      guard large.count <= 1, consumers[vertex].allSatisfy({ isFusable(vertex, into: $0) }),
        let first = consumers[vertex].map({ stages[$0] }).min()
      else { continue }
      stages[vertex] = max(stages[vertex], first)
    }
  }

  private mutating func joinClusters() {
    for vertex in graph.vertices.indices where graph.isElementwise(vertex) {
      for operand in graph.vertices[vertex].operands {
        let source = graph.source(of: operand)
        guard isFusable(source, into: vertex), stages[source] == stages[vertex] else { continue }
        let (first, second) = (cluster(of: source), cluster(of: vertex))
        parents[max(first, second)] = min(first, second)
      }
    }
  }
}

extension ComputationGraph {
  /// The vertex whose buffer holds the elements of `vertex`: the operand that a chain of views leads back to.
  func source(of vertex: Int) -> Int {
    var vertex = vertex
    while isView(vertex) { vertex = vertices[vertex].operands[0] }
    return vertex
  }

  /// The largest number of sums over parts on a path to each vertex, its own included. What the sums of one depth read
  /// does not depend on any of them, so that one call can compute them together.
  var callDepths: [Int] {
    var depths = Array(repeating: 0, count: vertices.count)
    for (index, vertex) in vertices.enumerated() {
      let before = vertex.operands.map { depths[$0] }.max() ?? 0
      depths[index] = if case .partSum = vertex.lowering { before + 1 } else { before }
    }
    return depths
  }

  func isView(_ vertex: Int) -> Bool {
    if case .view = vertices[vertex].lowering { return true }
    return false
  }

  func isElementwise(_ vertex: Int) -> Bool {
    if case .elementwise = vertices[vertex].lowering { return true }
    return false
  }

  func isBroadcast(_ vertex: Int) -> Bool {
    if case .broadcast = vertices[vertex].lowering { return true }
    return false
  }
}
