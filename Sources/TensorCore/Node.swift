/// A vertex of a computation: a known value, an argument of a traced function, or an operation on other vertices.
final class Node<Scalar: TensorScalar>: Sendable {
  enum Content: Sendable {
    case value([Scalar])
    case argument
    case operation(any Operation, [Node<Scalar>])
  }

  let shape: Shape
  var content: Content { stored }
  // Safe: only `deinit` writes it, when no other reference is left.
  private nonisolated(unsafe) var stored: Content

  init(shape: Shape, content: Content) {
    self.shape = shape
    stored = content
  }

  /// Frees the vertices that nothing else refers to in a loop. If each vertex freed its operands in its own `deinit`, a
  /// long computation would overflow the stack.
  deinit {
    guard case .operation(_, var unfreed) = stored else { return }
    stored = .argument
    while var node = unfreed.popLast() {
      guard isKnownUniquelyReferenced(&node), case .operation(_, let operands) = node.stored else { continue }
      node.stored = .argument
      unfreed += operands
    }
  }

  /// The elements, when they are known.
  var value: [Scalar]? {
    if case .value(let scalars) = content { return scalars }
    return nil
  }

  var operands: [Node<Scalar>] {
    if case .operation(_, let operands) = content { return operands }
    return []
  }
}

extension Node {
  /// Every vertex that `outputs` depend on, each after its operands, in an order that depends on the graph alone.
  static func topologicalOrder(of outputs: [Node<Scalar>]) -> [Node<Scalar>] {
    var order: [Node<Scalar>] = []
    var visited: Set<ObjectIdentifier> = []
    // An explicit stack, since recursion on a deep computation would overflow the thread's stack.
    var stack: [(node: Node<Scalar>, nextOperand: Int)] = []
    for output in outputs where visited.insert(ObjectIdentifier(output)).inserted {
      stack.append((output, 0))
      while let (node, next) = stack.last {
        let operands = node.operands
        if next == operands.count {
          order.append(node)
          stack.removeLast()
        } else {
          stack[stack.count - 1].nextOperand += 1
          if visited.insert(ObjectIdentifier(operands[next])).inserted { stack.append((operands[next], 0)) }
        }
      }
    }
    return order
  }
}
