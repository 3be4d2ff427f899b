// An array that tasks share stays one array: a matrix that all products of a batch read is not repeated for each of them,
// and products that are only summed over the batch are not stored one by one.

extension ComputationGraph {
  /// The operands and the shapes to compute an operation with. An operand of a matrix product that repeats one matrix over
  /// the batch is replaced by that matrix.
  func operandsReadInPlace(_ operation: any Operation, _ operands: [Int]) -> (operands: [Int], shapes: [Shape]) {
    var shapes = operands.map { vertices[$0].shape }
    guard operation is MatrixProduct else { return (operands, shapes) }
    var operands = operands
    for index in operands.indices.reversed() where shapes[index].rank == 3 && shapes[1 - index].rank == 3 {
      operands[index] = sharedMatrix(operands[index])
      guard vertices[operands[index]].shape[0] == 1 else { continue }
      shapes[index] = Shape(Array(shapes[index].sizes.dropFirst()))
    }
    return (operands, shapes)
  }

  /// The vertex of the matrix that the batch of matrices `vertex` repeats; `vertex` itself if the matrices differ.
  private func sharedMatrix(_ vertex: Int) -> Int {
    guard isBroadcast(vertex) else { return vertex }
    let stretched = vertices[vertex].operands[0]
    return vertices[stretched].shape.sizes == [1] + vertices[vertex].shape.sizes.dropFirst() ? stretched : vertex
  }

  /// The array that `vertex` repeats as a whole, with its axes in their places, or nil where `vertex` repeats none. For
  /// example, the bias of a task that still equals the shared bias is read from the shared array.
  mutating func repeatedArray(_ vertex: Int) -> Int? {
    let repetition = source(of: vertex)
    guard isBroadcast(repetition) else { return nil }
    let stretched = vertices[repetition].operands[0]
    let row = vertices[stretched].shape.sizes.drop { $0 == 1 }
    guard row.elementsEqual(vertices[repetition].shape.sizes.suffix(row.count)) else { return nil }
    var sizes = vertices[vertex].shape.sizes
    var axis = sizes.count
    var count = 1
    while count < vertices[stretched].shape.count, axis > 0 {
      axis -= 1
      count *= sizes[axis]
    }
    guard count == vertices[stretched].shape.count else { return nil }
    for leading in 0..<axis { sizes[leading] = 1 }
    return self.vertex(Reshape(shape: Shape(sizes)), [stretched], shape: Shape(sizes))
  }

  /// The same graph, in which a sum over a batch of matrix products becomes one product where nothing else reads the
  /// products. This includes a sum over a batch of additions of such products and other terms.
  func summingProductsInPlace() -> ComputationGraph {
    let absorbed = absorbedBatches()
    guard absorbed.contains(true) else { return self }
    return rewritten { index, place, graph in
      guard case .operation(let operation, let operands, _) = vertices[index].content else { return nil }
      if absorbed[index] {
        return graph.batchSum(
          of: operation, operands.map { place[$0] }, operandsAreSums: operands.map { absorbed[$0] },
          shape: Shape(Array(vertices[index].shape.sizes.dropFirst())))
      }
      return Self.sumsBatch(operation) && absorbed[operands[0]] ? place[operands[0]] : nil
    }
  }

  private static func sumsBatch(_ operation: any Operation) -> Bool { (operation as? Sum)?.axes == 0..<1 }

  private static func isAddition(_ operation: any Operation) -> Bool {
    (operation as? Elementwise)?.function == .binary(Add.self)
  }

  /// Whether each vertex is replaced by its sum over the batch. This holds for a product, or a sum with a product among
  /// its terms, whose only reader is the sum over the batch or another such vertex.
  private func absorbedBatches() -> [Bool] {
    let readers = readers
    let kept = Set(results)
    var isSummed = Array(repeating: false, count: vertices.count)
    for index in vertices.indices.reversed() where readers[index].count == 1 && !kept.contains(index) {
      guard vertices[index].shape.rank == 3, case .operation(let reader, _, _) = vertices[readers[index][0]].content
      else { continue }
      isSummed[index] = Self.sumsBatch(reader) || (Self.isAddition(reader) && isSummed[readers[index][0]])
    }
    var holdsProduct = Array(repeating: false, count: vertices.count)
    for (index, vertex) in vertices.enumerated() where isSummed[index] {
      guard case .operation(let operation, let operands, _) = vertex.content else { continue }
      holdsProduct[index] =
        operation is MatrixProduct || (Self.isAddition(operation) && operands.contains { holdsProduct[$0] })
    }
    return holdsProduct
  }

  /// The sum over the batch of a product or of an addition, whose operands may be such sums already.
  private mutating func batchSum(
    of operation: any Operation, _ operands: [Int], operandsAreSums: [Bool], shape: Shape
  ) -> Int {
    if var product = operation as? MatrixProduct {
      product.sumsBatch = true
      return vertex(product, operands, shape: shape)
    }
    let sums = zip(operands, operandsAreSums).map { operand, isSum in
      isSum ? operand : vertex(Sum(axes: 0..<1), [operand], shape: shape)
    }
    return vertex(operation, sums, shape: shape)
  }
}
