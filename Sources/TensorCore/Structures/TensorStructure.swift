/// A value made of tensors, such as the arguments or the results of a program (what JAX calls a pytree).
///
/// A structure lists its tensors in a fixed order and lets each be replaced by another. Programs and gradients are built
/// on these two alone: a program takes and gives structures, and a gradient has the structure of the point where it is
/// taken.
public protocol TensorStructure<Scalar>: Sendable {
  /// The type of the tensors' elements.
  associatedtype Scalar: TensorScalar

  /// Calls `body` on every tensor in a fixed order; `body` may replace it by one of the same shape.
  mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows

  // Both have default implementations. A structure that stores its tensors as an array implements them faster.

  /// The tensors, in the order of `forEachTensor`.
  var tensors: [Tensor<Scalar>] { get }

  /// The same structure with other tensors: one for each, in the order of `forEachTensor`.
  func replacingTensors(_ tensors: [Tensor<Scalar>]) -> Self
}

extension TensorStructure {
  public var tensors: [Tensor<Scalar>] {
    var (copy, tensors) = (self, [] as [Tensor<Scalar>])
    copy.forEachTensor { tensors.append($0) }
    return tensors
  }

  /// The shapes of the tensors, in the order of `forEachTensor`.
  // A closure and not a key path: generic code makes a key path anew at every call, a tenth of a small network's
  // meta-step.
  public var shapes: [Shape] { tensors.map { $0.shape } }

  /// The number of elements of all tensors.
  public var elementCount: Int { tensors.reduce(0) { $0 + $1.shape.count } }

  public func replacingTensors(_ tensors: [Tensor<Scalar>]) -> Self {
    var (copy, count) = (self, 0)
    copy.forEachTensor { tensor in
      precondition(count < tensors.count, "\(tensors.count) tensors cannot fill \(Self.self)")
      tensor = tensors[count]
      count += 1
    }
    precondition(count == tensors.count, "\(tensors.count) tensors were given for the \(count) of \(Self.self)")
    return copy
  }

  /// The same structure with `transform` applied to each tensor.
  public func mapTensors(_ transform: (Tensor<Scalar>) throws -> Tensor<Scalar>) rethrows -> Self {
    var copy = self
    try copy.forEachTensor { $0 = try transform($0) }
    return copy
  }

  /// The same structure with each tensor combined with the tensor at the same place of `other`.
  public func combined(
    with other: Self, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> Self {
    let (left, right) = (tensors, other.tensors)
    precondition(left.count == right.count, "\(left.count) tensors cannot be combined with \(right.count)")
    return replacingTensors(zip(left, right).map(combine))
  }

  /// The inner product of two structures: the sum over all tensors of the products of their elements.
  public func innerProduct(with other: Self) -> Tensor<Scalar> {
    combined(with: other, *).tensors.map { $0.sum() }.reduce(0, +)
  }

  /// Placeholders of the tensors' shapes for the arguments of a traced function, each a distinct node.
  public var placeholders: Self { mapTensors { .placeholder($0.shape) } }
}

extension Tensor: TensorStructure {
  /// Calls `body` on the tensor itself.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows { try body(&self) }

  public var tensors: [Tensor<Scalar>] { [self] }

  /// A placeholder of a shape for an argument of a traced function.
  public static func placeholder(_ shape: Shape) -> Tensor { Tensor(node: Node(shape: shape, content: .argument)) }
}

extension Array: TensorStructure where Element: TensorStructure {
  /// Calls `body` on the tensors of each element.
  public mutating func forEachTensor(_ body: (inout Tensor<Element.Scalar>) throws -> Void) rethrows {
    for index in indices { try self[index].forEachTensor(body) }
  }

  public var tensors: [Tensor<Element.Scalar>] {
    var tensors: [Tensor<Element.Scalar>] = []
    for element in self { tensors.append(contentsOf: element.tensors) }
    return tensors
  }
}

extension Optional: TensorStructure where Wrapped: TensorStructure {
  /// Calls `body` on the tensors of the wrapped value, if there is one.
  public mutating func forEachTensor(_ body: (inout Tensor<Wrapped.Scalar>) throws -> Void) rethrows {
    try self?.forEachTensor(body)
  }
}

/// A structure without tensors, for a program that takes or gives nothing more.
public struct NoTensors<Scalar: TensorScalar>: TensorStructure {
  /// Creates a structure without tensors.
  public init() {}

  /// Does nothing, since there are no tensors.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {}
}
