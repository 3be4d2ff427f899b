// A structure that forgets a member in `forEachTensor` would compile, and its tensor would not be an argument of any
// program. Tracing a program therefore checks that every member is visited.

extension TensorStructure {
  /// Stops the program if `forEachTensor` does not visit a tensor among the members.
  func requireEveryMemberVisited() {
    let visited = Set(tensors.map { ObjectIdentifier($0.node) })
    let forgotten = pathsOfTensors(in: self).filter { !visited.contains($0.node) }.map(\.path)
    if !forgotten.isEmpty {
      fatalError("\(Self.self).forEachTensor does not visit \(forgotten.joined(separator: ", "))")
    }
  }
}

/// A tensor of any scalar type, as reflection finds it.
private protocol AnyTensor {
  var identity: ObjectIdentifier { get }
}

extension Tensor: AnyTensor {
  fileprivate var identity: ObjectIdentifier { ObjectIdentifier(node) }
}

/// The tensors among a value's members, with nested members included, and the paths that lead to them. Objects that a
/// class reference refers to are not part of a value.
private func pathsOfTensors(in value: Any, path: String = "") -> [(path: String, node: ObjectIdentifier)] {
  if let tensor = value as? any AnyTensor { return [(path, tensor.identity)] }
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle != .class, !(value is [String]) else { return [] }
  return mirror.children.enumerated().flatMap { index, child in
    let name = child.label ?? "[\(index)]"
    return pathsOfTensors(in: child.value, path: path.isEmpty || child.label == nil ? path + name : "\(path).\(name)")
  }
}
