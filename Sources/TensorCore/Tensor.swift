/// An array of elements with a shape.
///
/// Applied to values, an operation computes at once. Inside a traced function a tensor stands for a value that is not
/// known yet, and an operation is recorded. The same model and loss code does both.
public struct Tensor<Scalar: TensorScalar>: Sendable {
  let node: Node<Scalar>

  init(node: Node<Scalar>) { self.node = node }

  /// Creates a tensor from its elements in row-major order.
  public init(shape: Shape, scalars: [Scalar]) {
    precondition(
      scalars.count == shape.count, "a tensor of shape \(shape) has \(shape.count) elements, not \(scalars.count)")
    node = Node(shape: shape, content: .value(scalars))
  }

  /// Creates a tensor without axes.
  public init(_ scalar: Scalar) { self.init(shape: .scalar, scalars: [scalar]) }

  /// Creates a tensor with one axis.
  public init(_ scalars: [Scalar]) { self.init(shape: [scalars.count], scalars: scalars) }

  /// Creates a tensor whose every element is `value`.
  public init(repeating value: Scalar, shape: Shape) {
    self.init(shape: shape, scalars: Array(repeating: value, count: shape.count))
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape: shape) }

  /// A tensor of ones.
  public static func ones(_ shape: Shape) -> Tensor { Tensor(repeating: 1, shape: shape) }

  /// The identity matrix of `size` rows.
  public static func identity(_ size: Int) -> Tensor {
    Tensor(shape: [size, size], scalars: (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 })
  }

  /// The sizes of the axes.
  public var shape: Shape { node.shape }

  /// Whether the elements are not known yet, because the tensor belongs to a traced function.
  public var isTraced: Bool { node.value == nil }

  /// Whether this is the same node as the other tensor, and not only a tensor of equal elements.
  package func isIdentical(to other: Tensor) -> Bool { node === other.node }

  /// The elements in row-major order. The tensor must not be traced.
  public var scalars: [Scalar] {
    guard let value = node.value else {
      preconditionFailure("a tensor of shape \(shape) inside a traced function has no elements yet")
    }
    return value
  }

  /// The one element of a tensor with one element. The tensor must not be traced.
  public var scalar: Scalar {
    precondition(shape.count == 1, "a tensor of shape \(shape) is not a single number")
    return scalars[0]
  }
}
