/// The sizes of a tensor's axes, slowest first; a scalar has none. Memory order is row-major.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The size of each axis, at least 0.
  public let sizes: [Int]

  /// Creates a shape with the given axis sizes.
  public init(_ sizes: [Int]) {
    precondition(sizes.allSatisfy { $0 >= 0 }, "a shape cannot have a negative size: \(sizes)")
    self.sizes = sizes
  }

  /// Creates a shape from its axis sizes.
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// The shape of a single number.
  public static let scalar = Shape([])

  /// The number of axes.
  public var rank: Int { sizes.count }

  /// The number of elements: 1 for a scalar.
  public var count: Int { sizes.reduce(1, *) }

  /// The size of axis `axis`.
  public subscript(axis: Int) -> Int { sizes[axis] }

  /// For each axis, the number of elements between neighbours along it.
  public var strides: [Int] {
    var strides = Array(repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) { strides[axis] = strides[axis + 1] * sizes[axis + 1] }
    return strides
  }

  public var description: String { "[" + sizes.map(String.init).joined(separator: ", ") + "]" }

  /// The shape with axes of size 1 added before the first axis until it has `rank` axes.
  func padded(toRank rank: Int) -> Shape {
    Shape(Array(repeating: 1, count: Swift.max(0, rank - self.rank)) + sizes)
  }

  /// The number of elements of the axes before, inside and after `axes`.
  func split(around axes: Range<Int>) -> (outer: Int, middle: Int, inner: Int) {
    (
      sizes[..<axes.lowerBound].reduce(1, *), sizes[axes].reduce(1, *), sizes[axes.upperBound...].reduce(1, *)
    )
  }

  /// The shape that two operands have after broadcasting: aligned at the last axis, a size of 1 is repeated.
  static func broadcasting(_ left: Shape, _ right: Shape, for operation: String) throws(ShapeError) -> Shape {
    if left == right { return left }
    let rank = Swift.max(left.rank, right.rank)
    var sizes: [Int] = []
    for (a, b) in zip(left.padded(toRank: rank).sizes, right.padded(toRank: rank).sizes) {
      guard a == b || a == 1 || b == 1 else {
        throw ShapeError(operation: operation, operands: [left, right], reason: "sizes \(a) and \(b) do not broadcast")
      }
      sizes.append(a == 1 ? b : a)
    }
    return Shape(sizes)
  }
}
