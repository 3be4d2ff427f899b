// A matrix that an inner step has changed is the shared matrix less a product of few rows, W - c A^T B, with a row for
// each example. Its product with x is x W - c (x A^T) B: for few rows these are fewer operations than the matrix itself, x
// W is one product for all tasks, and neither A^T B nor the changed matrix is stored. The same holds for the cotangent of
// such a matrix. The bits differ from those of the product with the matrix.

extension ComputationGraph {
  /// The same graph, in which products with sums of products of matrices are distributed over these sums where this takes
  /// less time.
  func distributingProducts() -> ComputationGraph {
    let plan = Distribution(self)
    guard !plan.distributed.isEmpty else { return self }
    return rewritten(where: { plan.isNeeded[$0] }) { index, place, graph in
      plan.distributed[index].map { graph.sum(of: $0, place, shape: vertices[index].shape) }
    }
  }

  /// The terms of a distributed product, added up.
  private mutating func sum(of product: Distribution<Scalar>.Product, _ place: [Int], shape: Shape) -> Int {
    func elementwise(_ function: ElementwiseFunction, _ operands: [Int]) -> Int {
      vertex(Elementwise(function: function), operands, shape: vertices[operands[0]].shape)
    }
    // A positive term comes first.
    let terms = product.terms.filter { !$0.isNegative } + product.terms.filter { $0.isNegative }
    var sum: Int?
    for term in terms {
      let value = self.product(of: product, with: term, place)
      if let before = sum {
        sum = elementwise(.binary(term.isNegative ? Subtract.self : Add.self), [before, value])
      } else {
        sum = term.isNegative ? elementwise(.unary(Negate.self), [value]) : value
      }
    }
    guard let sum, vertices[sum].shape == shape else { preconditionFailure("a distributed product has another shape") }
    return sum
  }

  private mutating func product(
    of product: Distribution<Scalar>.Product, with term: Distribution<Scalar>.Term, _ place: [Int]
  ) -> Int {
    let (other, flags) = (place[product.other], product.operation)
    func multiply(_ left: Int, _ transposesLeft: Bool, _ right: Int, _ transposesRight: Bool) -> Int {
      let operation = MatrixProduct(transposesLeft: transposesLeft, transposesRight: transposesRight)
      do {
        let shape = try operation.resultShape(operandsReadInPlace(operation, [left, right]).shapes)
        return vertex(operation, [left, right], shape: shape)
      } catch {
        preconditionFailure("\(error)")
      }
    }
    guard case .product(let inner, let operands) = term.leaf else {
      let matrix = scaled(place[term.vertex], by: term.scales.map { place[$0] })
      return product.isRight
        ? multiply(other, flags.transposesLeft, matrix, flags.transposesRight)
        : multiply(matrix, flags.transposesLeft, other, flags.transposesRight)
    }
    // The matrix is L R, or its transpose R^T L^T.
    let (left, right) = (place[operands[0]], place[operands[1]])
    let isTransposed = product.isRight ? flags.transposesRight : flags.transposesLeft
    let first = (
      isTransposed ? right : left, isTransposed != (isTransposed ? inner.transposesRight : inner.transposesLeft)
    )
    let last = (
      isTransposed ? left : right, isTransposed != (isTransposed ? inner.transposesLeft : inner.transposesRight)
    )
    let scales = term.scales.map { place[$0] }
    if product.isRight {
      // The transpose of a product that is there already is read instead.
      if let transpose = known(first.0, !first.1, other, !flags.transposesLeft) {
        return multiply(scaled(transpose, by: scales), true, last.0, last.1)
      }
      let rows = scaled(multiply(other, flags.transposesLeft, first.0, first.1), by: scales)
      return multiply(rows, false, last.0, last.1)
    }
    if let transpose = known(other, !flags.transposesRight, last.0, !last.1) {
      return multiply(first.0, first.1, scaled(transpose, by: scales), true)
    }
    let columns = scaled(multiply(last.0, last.1, other, flags.transposesRight), by: scales)
    return multiply(first.0, first.1, columns, false)
  }

  /// The vertex of a product that is in the graph already.
  private func known(_ left: Int, _ transposesLeft: Bool, _ right: Int, _ transposesRight: Bool) -> Int? {
    let operation = MatrixProduct(transposesLeft: transposesLeft, transposesRight: transposesRight)
    return known(operation, operands: operandsReadInPlace(operation, [left, right]).operands)
  }

  /// A matrix multiplied by arrays of one element each.
  private mutating func scaled(_ matrix: Int, by scales: [Int]) -> Int {
    let shape = vertices[matrix].shape
    let ones = Shape(Array(repeating: 1, count: shape.rank))
    return scales.reduce(matrix) { matrix, scale in
      let single = vertices[scale].shape == ones ? scale : vertex(Reshape(shape: ones), [scale], shape: ones)
      let factor = shape == ones ? single : vertex(Broadcast(shape: shape), [single], shape: shape)
      return vertex(Elementwise(function: .binary(Multiply.self)), [factor, matrix], shape: shape)
    }
  }
}

/// Which products of a graph are distributed over sums.
private struct Distribution<Scalar: TensorScalar> {
  enum Leaf {
    /// A product of matrices of every task.
    case product(MatrixProduct, operands: [Int])
    /// A matrix that all tasks share.
    case shared
  }

  /// A term of a matrix: a leaf, multiplied by arrays of one element each.
  struct Term {
    let leaf: Leaf
    let vertex: Int
    var scales: [Int] = []
    var isNegative = false
  }

  /// A product whose right or left operand is a sum of terms.
  struct Product {
    let operation: MatrixProduct
    let other: Int
    let isRight: Bool
    let terms: [Term]
  }

  /// The products that are distributed, by their vertices.
  private(set) var distributed: [Int: Product] = [:]
  /// Whether each vertex is needed when they are.
  private(set) var isNeeded: [Bool] = []

  /// The multiply-adds in whose time an instruction is started.
  private static var costOfInstruction: Int { 4_000 }
  /// The most terms of a sum that a product is distributed over.
  private static var mostTerms: Int { 3 }

  private let graph: ComputationGraph<Scalar>
  private let readers: [[Int]]

  init(_ graph: ComputationGraph<Scalar>) {
    self.graph = graph
    readers = graph.readers
    guard graph.vertices.contains(where: { $0.shape.rank == 3 }) else { return }
    let candidates = products()
    var chosen = Set(candidates.keys)
    // A matrix that one product needs as a whole is there for all others too.
    var count: Int
    let vanishing = vanishingVertices()
    let productReaders = productReaders()
    repeat {
      count = chosen.count
      let worthwhile = leaves(of: candidates, chosen).filter { leaf, uses in
        vanishing.contains(leaf) && uses.count == productReaders[leaf].count && isWorthwhile(leaf, uses, candidates)
      }
      chosen = chosen.filter { product in
        (candidates[product]?.terms ?? []).allSatisfy { term in
          if case .product = term.leaf { worthwhile[term.vertex] != nil } else { true }
        }
      }
    } while chosen.count < count
    distributed = candidates.filter { chosen.contains($0.key) }
    markNeeded()
  }

  private func operation(_ vertex: Int) -> (any Operation)? {
    if case .operation(let operation, _, _) = graph.vertices[vertex].content { return operation }
    return nil
  }

  private func function(_ vertex: Int) -> ElementwiseFunction? { (operation(vertex) as? Elementwise)?.function }

  /// The array of one element that `vertex` repeats, if it does.
  private func uniformSource(_ vertex: Int) -> Int? {
    if graph.vertices[vertex].shape.count == 1 { return vertex }
    guard graph.isBroadcast(vertex) || graph.isView(vertex) else { return nil }
    return uniformSource(graph.vertices[vertex].operands[0])
  }

  /// The operand of which `vertex` is a multiple, and the factor.
  private func multiple(_ vertex: Int) -> (operand: Int, scale: Int)? {
    guard function(vertex) == .binary(Multiply.self) else { return nil }
    let operands = graph.vertices[vertex].operands
    if let scale = uniformSource(operands[0]) { return (operands[1], scale) }
    return uniformSource(operands[1]).map { (operands[0], $0) }
  }

  /// The terms of a matrix for every task; nil if it is no sum of products and shared matrices.
  private func terms(_ vertex: Int) -> [Term]? {
    guard graph.vertices[vertex].shape.rank == 3 else { return nil }
    let operands = graph.vertices[vertex].operands
    if let product = operation(vertex) as? MatrixProduct {
      let isOfTasks = operands.allSatisfy { graph.vertices[$0].shape.rank == 3 && graph.vertices[$0].shape[0] > 1 }
      return isOfTasks && !product.sumsBatch ? [Term(leaf: .product(product, operands: operands), vertex: vertex)] : nil
    }
    if graph.isBroadcast(vertex) {
      let sizes = graph.vertices[operands[0]].shape.sizes
      let isShared = sizes == [1] + graph.vertices[vertex].shape.sizes.dropFirst()
      return isShared ? [Term(leaf: .shared, vertex: vertex)] : nil
    }
    if let (operand, scale) = multiple(vertex) {
      return terms(operand)?.map { term in
        var term = term
        term.scales.append(scale)
        return term
      }
    }
    switch function(vertex) {
    case .binary(Add.self), .binary(Subtract.self):
      guard let first = terms(operands[0]), let last = terms(operands[1]), first.count + last.count <= Self.mostTerms
      else { return nil }
      let isSubtracted = function(vertex) == .binary(Subtract.self)
      return first + (isSubtracted ? last.map(negated) : last)
    case .unary(Negate.self): return terms(operands[0])?.map(negated)
    default: return nil
    }
  }

  private func negated(_ term: Term) -> Term {
    var term = term
    term.isNegative.toggle()
    return term
  }

  /// The products with a matrix that has a product among its terms.
  private func products() -> [Int: Product] {
    var products: [Int: Product] = [:]
    for index in graph.vertices.indices {
      guard let product = operation(index) as? MatrixProduct, !product.sumsBatch, graph.vertices[index].shape.rank == 3
      else { continue }
      let operands = graph.vertices[index].operands
      for isRight in [true, false] {
        // With a matrix that all tasks share the product of a shared term would have no axis of tasks.
        guard graph.vertices[operands[isRight ? 0 : 1]].shape.sizes.first == graph.vertices[index].shape[0],
          graph.vertices[operands[isRight ? 0 : 1]].shape.rank == 3, let terms = terms(operands[isRight ? 1 : 0]),
          terms.contains(where: { if case .product = $0.leaf { true } else { false } })
        else { continue }
        products[index] = Product(operation: product, other: operands[isRight ? 0 : 1], isRight: isRight, terms: terms)
        break
      }
    }
    return products
  }

  /// The products that read each leaf, through sums and multiples.
  private func leaves(of candidates: [Int: Product], _ chosen: Set<Int>) -> [Int: Set<Int>] {
    var uses: [Int: Set<Int>] = [:]
    for product in chosen {
      for term in candidates[product]?.terms ?? [] { uses[term.vertex, default: []].insert(product) }
    }
    return uses
  }

  private func isLinear(_ vertex: Int) -> Bool {
    switch function(vertex) {
    case .binary(Add.self), .binary(Subtract.self), .unary(Negate.self): true
    default: multiple(vertex) != nil
    }
  }

  /// For each matrix all products that read it, through sums and multiples.
  private func productReaders() -> [Set<Int>] {
    var found = Array(repeating: Set<Int>(), count: readers.count)
    for index in readers.indices.reversed() where graph.vertices[index].shape.rank == 3 {
      for reader in readers[index] {
        if operation(reader) is MatrixProduct {
          found[index].insert(reader)
        } else if isLinear(reader) {
          found[index].formUnion(found[reader])
        }
      }
    }
    return found
  }

  /// The matrices that only products, sums and multiples read, and sums over the tasks, which add up products in place.
  private func vanishingVertices() -> Set<Int> {
    let kept = Set(graph.results)
    var vanishing = Set<Int>()
    for index in graph.vertices.indices.reversed() where graph.vertices[index].shape.rank == 3 && !kept.contains(index)
    {
      let vanishes = readers[index].allSatisfy { reader in
        if let product = operation(reader) as? MatrixProduct {
          return !product.sumsBatch && graph.vertices[reader].operands.count { $0 == index } == 1
        }
        return (operation(reader) as? Sum)?.axes == 0..<1 || (isLinear(reader) && vanishing.contains(reader))
      }
      if vanishes { vanishing.insert(index) }
    }
    return vanishing
  }

  /// Whether the multiply-adds of one task are fewer without the product `leaf`.
  private func isWorthwhile(_ leaf: Int, _ uses: Set<Int>, _ candidates: [Int: Product]) -> Bool {
    guard let product = operation(leaf) as? MatrixProduct else { return false }
    let shape = graph.vertices[leaf].shape
    let left = graph.vertices[graph.vertices[leaf].operands[0]].shape
    let (batch, rows, columns, inner) = (shape[0], shape[1], shape[2], left[product.transposesLeft ? 1 : 2])
    // The product itself, and a pass over it.
    var before = batch * rows * columns * (inner + 4) + 2 * Self.costOfInstruction
    var after = 0
    for use in uses {
      guard let candidate = candidates[use] else { continue }
      let result = graph.vertices[use].shape
      let others = candidate.isRight ? result[1] : result[2]
      // A transposed right operand is copied first.
      let copy = candidate.isRight && candidate.operation.transposesRight ? rows * columns : 0
      before += batch * (others * rows * columns + copy) + Self.costOfInstruction
      after += batch * others * inner * (rows + columns) + 3 * Self.costOfInstruction
      if candidate.terms.contains(where: { if case .shared = $0.leaf { true } else { false } }) {
        after += batch * others * rows * columns * 2 / 3 + Self.costOfInstruction
      }
    }
    return after < before
  }

  private mutating func markNeeded() {
    isNeeded = Array(repeating: false, count: graph.vertices.count)
    for result in graph.results { isNeeded[result] = true }
    for index in graph.vertices.indices.reversed() {
      if case .argument = graph.vertices[index].content { isNeeded[index] = true }
      guard isNeeded[index] else { continue }
      guard let product = distributed[index] else {
        for operand in graph.vertices[index].operands { isNeeded[operand] = true }
        continue
      }
      isNeeded[product.other] = true
      for term in product.terms {
        for scale in term.scales { isNeeded[scale] = true }
        if case .product(_, let operands) = term.leaf {
          for operand in operands { isNeeded[operand] = true }
        } else {
          isNeeded[term.vertex] = true
        }
      }
    }
  }
}
