/// A value made of tensors, such as the arguments or the results of a program (what JAX calls a pytree).
///
/// A structure lists its tensors in a fixed order and lets each be replaced by another. Everything else follows from that: a
/// program takes and gives structures, and a gradient has the structure of the point where it is taken.
public protocol TensorStructure<Scalar>: Sendable {
  /// The type of the tensors' elements.
  associatedtype Scalar: TensorScalar

  /// Calls `body` on every tensor in a fixed order; `body` may replace it by one of the same shape.
  mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows

  // What follows from that. A structure that stores its tensors as an array does it faster.

  /// The tensors, in the order of `forEachTensor`.
  var tensors: [Tensor<Scalar>] { get }

  /// The same structure of other tensors, one for each, in order.
  func replacingTensors(_ tensors: [Tensor<Scalar>]) -> Self
}

extension TensorStructure {
  public var tensors: [Tensor<Scalar>] {
    var (copy, tensors) = (self, [] as [Tensor<Scalar>])
    copy.forEachTensor { tensors.append($0) }
    return tensors
  }

  /// The shapes of the tensors, in order.
  // A closure and not a key path, which in generic code is made anew at every call: a tenth of a small network's meta-step.
  public var shapes: [Shape] { tensors.map { $0.shape } }

  /// The number of numbers in all tensors.
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

  /// The same structure, each tensor after `transform`.
  public func mapTensors(_ transform: (Tensor<Scalar>) throws -> Tensor<Scalar>) rethrows -> Self {
    var copy = self
    try copy.forEachTensor { $0 = try transform($0) }
    return copy
  }

  /// The same structure, each tensor combined with the one in the same place of `other`.
  public func combined(
    with other: Self, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> Self {
    let (left, right) = (tensors, other.tensors)
    precondition(left.count == right.count, "\(left.count) tensors cannot be combined with \(right.count)")
    return replacingTensors(zip(left, right).map(combine))
  }

  /// The sum of the products of all elements with those of `other`, tensor by tensor.
  public func innerProduct(with other: Self) -> Tensor<Scalar> {
    combined(with: other, *).tensors.map { $0.sum() }.reduce(0, +)
  }

  /// Stand-ins of the tensors' shapes, each one of its own, for what a program will be given.
  public var placeholders: Self { mapTensors { .placeholder($0.shape) } }
}

extension Tensor: TensorStructure {
  /// Calls `body` on the tensor itself.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows { try body(&self) }

  public var tensors: [Tensor<Scalar>] { [self] }

  /// A stand-in of a shape for a value that a program will be given.
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
  /// Calls `body` on the tensors of what is there.
  public mutating func forEachTensor(_ body: (inout Tensor<Wrapped.Scalar>) throws -> Void) rethrows {
    try self?.forEachTensor(body)
  }
}

/// A structure without a tensor, for a program that takes or gives nothing more.
public struct NoTensors<Scalar: TensorScalar>: TensorStructure {
  /// Creates it.
  public init() {}

  /// Calls nothing.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {}
}
