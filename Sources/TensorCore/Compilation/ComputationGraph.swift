/// A traced computation as a list of vertices in which operands precede their readers. Common subexpressions are shared,
/// vertices that no result needs are absent, and constant expressions are folded.
struct ComputationGraph<Scalar: TensorScalar> {
  enum Content {
    case argument(Int)
    case constant([Scalar])
    case operation(any Operation, operands: [Int], Lowering)
  }

  struct Vertex {
    let shape: Shape
    let content: Content

    var lowering: Lowering? {
      if case .operation(_, _, let lowering) = content { return lowering }
      return nil
    }

    var operands: [Int] {
      if case .operation(_, let operands, _) = content { return operands }
      return []
    }
  }

  private(set) var vertices: [Vertex] = []

  /// The vertices that read each vertex, in order; a vertex that reads it twice is there twice.
  var readers: [[Int]] {
    var readers: [[Int]] = Array(repeating: [], count: vertices.count)
    for (index, vertex) in vertices.enumerated() {
      for operand in vertex.operands { readers[operand].append(index) }
    }
    return readers
  }

  var results: [Int] = []

  private struct OperationKey: Hashable {
    let operation: AnyHashable
    let operands: [Int]
  }

  private struct ConstantKey: Hashable {
    let scalar: Scalar
    let isNegativeZero: Bool
    let shape: Shape
  }

  private var known: [OperationKey: Int] = [:]
  private var knownConstants: [ConstantKey: Int] = [:]

  /// The graph of a traced function.
  /// - Parameter arguments: the traced function's arguments, in order.
  init(arguments: [Tensor<Scalar>], results: [Tensor<Scalar>]) {
    var index: [ObjectIdentifier: Int] = [:]
    for (position, argument) in arguments.enumerated() {
      index[ObjectIdentifier(argument.node)] = append(Vertex(shape: argument.shape, content: .argument(position)))
    }
    for node in Node.topologicalOrder(of: results.map(\.node)) where index[ObjectIdentifier(node)] == nil {
      switch node.content {
      case .argument:
        preconditionFailure("a traced function uses an argument \(node.shape) of another traced function")
      case .value(let scalars):
        index[ObjectIdentifier(node)] = constant(scalars, shape: node.shape)
      case .operation(let operation, let operands):
        let operands = operands.compactMap { index[ObjectIdentifier($0)] }
        index[ObjectIdentifier(node)] = vertex(operation, operands, shape: node.shape)
      }
    }
    self.results = results.compactMap { index[ObjectIdentifier($0.node)] }
  }

  /// Creates an empty graph, which is filled from another one.
  init() {}

  mutating func append(_ vertex: Vertex) -> Int {
    vertices.append(vertex)
    return vertices.count - 1
  }

  mutating func constant(_ scalars: [Scalar], shape: Shape) -> Int {
    guard scalars.count == 1 else { return append(Vertex(shape: shape, content: .constant(scalars))) }
    // Positive and negative zero compare equal but are different constants. A NaN equals nothing, so it is never shared.
    let key = ConstantKey(scalar: scalars[0], isNegativeZero: scalars[0].sign == .minus, shape: shape)
    if let existing = knownConstants[key] { return existing }
    let vertex = append(Vertex(shape: shape, content: .constant(scalars)))
    knownConstants[key] = vertex
    return vertex
  }

  /// The vertex of an operation on these operands, if it is in the graph.
  func known(_ operation: any Operation, operands: [Int]) -> Int? {
    known[OperationKey(operation: AnyHashable(operation), operands: operands)]
  }

  /// The vertex of an operation: an existing vertex where the operation is already in the graph, else a new one.
  mutating func vertex(_ operation: any Operation, _ operands: [Int], shape: Shape) -> Int {
    if let simpler = simplified(operation, operands, shape: shape) { return simpler }
    if let broadcast = operation as? Broadcast, let repeated = repeatedArray(operands[0]) {
      return vertex(broadcast, [repeated], shape: shape)
    }
    let (operands, shapes) = operandsReadInPlace(operation, operands)
    let key = OperationKey(operation: AnyHashable(operation), operands: operands)
    if let existing = known[key] { return existing }
    let lowering = operation.lowering(operands: shapes, result: shape)
    // A broadcast that repeats nothing only adds axes of size 1.
    let isRenaming = if case .broadcast = lowering { vertices[operands[0]].shape.count == shape.count } else { false }
    let isView = if case .view = lowering { true } else { isRenaming }
    // The first operand of a view is its value. The others serve gradient rules and are not needed from here on.
    let content = Content.operation(
      operation, operands: isView ? [operands[0]] : operands, isView ? .view : lowering)
    let vertex = append(Vertex(shape: shape, content: content))
    known[key] = vertex
    return vertex
  }
}

// Rewriting.
extension ComputationGraph {
  /// The same graph, in which other vertices may replace those of operations.
  /// - Parameters:
  ///   - isNeeded: whether a vertex has a place in the new graph.
  ///   - replacement: the vertex of the new graph that replaces the operation's vertex `index`, where `place` has the new
  ///     vertices of those before it; nil for the same operation.
  func rewritten(
    where isNeeded: (Int) -> Bool = { _ in true },
    _ replacement: (_ index: Int, _ place: [Int], _ graph: inout ComputationGraph) -> Int?
  ) -> ComputationGraph {
    var graph = ComputationGraph()
    var place = Array(repeating: 0, count: vertices.count)
    for (index, vertex) in vertices.enumerated() where isNeeded(index) {
      switch vertex.content {
      case .argument: place[index] = graph.append(vertex)
      case .constant(let scalars): place[index] = graph.constant(scalars, shape: vertex.shape)
      case .operation(let operation, let operands, _):
        place[index] =
          replacement(index, place, &graph)
          ?? graph.vertex(operation, operands.map { place[$0] }, shape: vertex.shape)
      }
    }
    graph.results = results.map { place[$0] }
    return graph
  }
}

// Comparison.
extension ComputationGraph {
  /// A computation in the form in which two are compared. Equal ones compute equal results.
  struct Outline: Equatable, Sendable {
    private enum Step: Equatable {
      case argument(Int, Shape)
      case constant([Scalar], signs: [FloatingPointSign], Shape)
      case operation(AnyHashable, [Int], Shape)
    }

    // Safe: operations are Sendable, and `AnyHashable` holds nothing else.
    private nonisolated(unsafe) let steps: [Step]
    private let results: [Int]

    /// The number of steps.
    var count: Int { steps.count }

    init(_ graph: ComputationGraph) {
      results = graph.results
      steps = graph.vertices.map { vertex in
        switch vertex.content {
        case .argument(let number): .argument(number, vertex.shape)
        // Positive and negative zero compare equal but are different constants.
        case .constant(let scalars): .constant(scalars, signs: scalars.map { $0.sign }, vertex.shape)
        case .operation(let operation, let operands, _): .operation(AnyHashable(operation), operands, vertex.shape)
        }
      }
    }
  }
}

// Simplification. Only rules that keep every value, infinities and NaNs included, are applied; the sign of a zero may
// change.
extension ComputationGraph {
  /// An existing vertex that has the value of the operation, where a simplification rule finds one.
  private mutating func simplified(_ operation: any Operation, _ operands: [Int], shape: Shape) -> Int? {
    guard let elementwise = operation as? Elementwise else { return nil }
    let uniform = operands.map { uniformValue($0) }
    if !uniform.contains(nil) {
      return foldedUniform(elementwise, uniform.compactMap { $0 }, shape: shape)
    }
    if let simpler = withoutNegation(elementwise.function, operands, uniform, shape: shape) { return simpler }
    guard case .binary(let function) = elementwise.function else { return nil }
    switch (function, uniform[0], uniform[1]) {
    case (Multiply.self, 1?, _): return operands[1]
    case (Multiply.self, _, 1?), (Divide.self, _, 1?): return operands[0]
    // x + 0 would turn -0 into 0, which no gradient can tell apart.
    case (Add.self, 0?, _): return operands[1]
    case (Add.self, _, 0?), (Subtract.self, _, 0?): return operands[0]
    default: return nil
    }
  }

  /// The value that every element of a vertex has, if it is known.
  private func uniformValue(_ vertex: Int) -> Scalar? {
    switch vertices[vertex].content {
    case .argument: return nil
    case .constant(let scalars): return scalars.count == 1 ? scalars[0] : nil
    case .operation(_, let operands, let lowering):
      switch lowering {
      case .view, .broadcast: return uniformValue(operands[0])
      case .elementwise, .kernel, .partSum: return nil
      }
    }
  }

  /// The same value without a negation of an operand, where such a form exists. The bits are the same, since rounding is
  /// symmetric in the sign.
  private mutating func withoutNegation(
    _ function: ElementwiseFunction, _ operands: [Int], _ uniform: [Scalar?], shape: Shape
  ) -> Int? {
    let negated = operands.map { operand in elementwiseOperands(operand, of: .unary(Negate.self))?[0] }
    func apply(_ function: any BinaryFunction.Type, _ operands: [Int]) -> Int {
      vertex(Elementwise(function: .binary(function)), operands, shape: shape)
    }
    switch function {
    case .binary(Add.self):
      if let last = negated[1] { return apply(Subtract.self, [operands[0], last]) }
      if let first = negated[0] { return apply(Subtract.self, [operands[1], first]) }
    case .binary(Subtract.self):
      if let last = negated[1] { return apply(Add.self, [operands[0], last]) }
    case .binary(Multiply.self):
      for (position, factor) in uniform.enumerated() {
        guard let factor, let other = negated[1 - position] else { continue }
        return foldedUniform(Elementwise(function: .unary(Negate.self)), [factor], shape: shape)
          .map { apply(Multiply.self, [other, $0]) }
      }
    case .unary(Negate.self):
      guard let factors = elementwiseOperands(operands[0], of: .binary(Multiply.self)) else { return nil }
      for (position, factor) in factors.enumerated() {
        guard let value = uniformValue(factor) else { continue }
        return foldedUniform(Elementwise(function: .unary(Negate.self)), [value], shape: shape)
          .map { apply(Multiply.self, [factors[1 - position], $0]) }
      }
    default: break
    }
    return nil
  }

  /// The operands of a vertex, if it is `function` of them.
  private func elementwiseOperands(_ vertex: Int, of function: ElementwiseFunction) -> [Int]? {
    guard case .operation(let operation, let operands, _) = vertices[vertex].content,
      (operation as? Elementwise)?.function == function
    else { return nil }
    return operands
  }

  private mutating func foldedUniform(_ operation: Elementwise, _ values: [Scalar], shape: Shape) -> Int? {
    let value = Tensor.applying(operation, to: values.map { Tensor($0) }).scalar
    let ones = Shape(Array(repeating: 1, count: shape.rank))
    let folded = constant([value], shape: ones)
    return shape == ones ? folded : vertex(Broadcast(shape: shape), [folded], shape: shape)
  }
}
