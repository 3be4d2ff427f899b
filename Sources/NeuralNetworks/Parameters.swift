public import TensorCore

/// An ordered set of named tensors: the weights of a model, as a value.
///
/// Names are paths such as `hidden1.weight`; the part before the last point is the layer. Arithmetic works tensor by
/// tensor and needs the same names in the same order on both sides.
public struct Parameters<Scalar: TensorScalar>: TensorStructure {
  /// The names of the tensors, in their order.
  public let names: [String]
  /// The tensors, in the order of the names.
  public private(set) var tensors: [Tensor<Scalar>]

  private let positions: [String: Int]

  /// Creates parameters from names and tensors; no name may occur twice.
  public init(names: [String], tensors: [Tensor<Scalar>]) {
    precondition(names.count == tensors.count, "\(names.count) names for \(tensors.count) parameters")
    self.names = names
    self.tensors = tensors
    positions = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
  }

  /// Creates parameters with the names of `other` and other tensors.
  private init(like other: Parameters, tensors: [Tensor<Scalar>]) {
    precondition(other.names.count == tensors.count, "\(other.names.count) names for \(tensors.count) parameters")
    names = other.names
    positions = other.positions
    self.tensors = tensors
  }

  /// Creates parameters from pairs of a name and a tensor.
  public init(_ entries: [(name: String, tensor: Tensor<Scalar>)]) {
    self.init(names: entries.map(\.name), tensors: entries.map(\.tensor))
  }

  /// The number of elements of all tensors.
  public var count: Int { tensors.reduce(0) { $0 + $1.shape.count } }

  /// Calls `body` on the tensors, in the order of the names.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    for index in tensors.indices { try body(&tensors[index]) }
  }

  /// The tensor called `name`, which must be one of the names.
  public subscript(name: String) -> Tensor<Scalar> {
    get { tensors[position(of: name)] }
    set { tensors[position(of: name)] = newValue }
  }

  private func position(of name: String) -> Int {
    guard let position = positions[name] else {
      preconditionFailure("there is no parameter \(name) among \(names.joined(separator: ", "))")
    }
    return position
  }

  /// The same names with other tensors, given in the order of the names.
  public func replacingTensors(_ tensors: [Tensor<Scalar>]) -> Parameters { Parameters(like: self, tensors: tensors) }

  /// The parameters with `transform` applied to each tensor.
  public func map(_ transform: (Tensor<Scalar>) -> Tensor<Scalar>) -> Parameters {
    replacingTensors(tensors.map(transform))
  }

  /// The combination of two sets of parameters with the same names, tensor by tensor.
  public static func combining(
    _ left: Parameters, _ right: Parameters, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> Parameters {
    precondition(left.names == right.names, "parameters \(left.names) and \(right.names) do not match")
    return left.replacingTensors(zip(left.tensors, right.tensors).map(combine))
  }
}

// Selection.
extension Parameters {
  /// The parameters that `selection` contains, in their order here.
  public func selecting(_ selection: ParameterSelection) -> Parameters {
    let chosen = names.indices.filter { selection.contains(names[$0]) }
    return Parameters(names: chosen.map { names[$0] }, tensors: chosen.map { tensors[$0] })
  }

  /// These parameters, with the tensors of `replacements` under the same names; each must be one of the names here.
  public func merging(_ replacements: Parameters) -> Parameters {
    var merged = self
    for (name, tensor) in zip(replacements.names, replacements.tensors) { merged[name] = tensor }
    return merged
  }
}

// Groups of names.
extension Parameters {
  /// The parameters whose names begin with `prefix`, with the prefix removed from their names.
  public func group(_ prefix: String) -> Parameters {
    let chosen = names.indices.filter { names[$0].hasPrefix(prefix) }
    return Parameters(
      names: chosen.map { String(names[$0].dropFirst(prefix.count)) }, tensors: chosen.map { tensors[$0] })
  }

  /// The same parameters with `prefix` added to the front of their names.
  public func prefixed(_ prefix: String) -> Parameters {
    Parameters(names: names.map { prefix + $0 }, tensors: tensors)
  }

  /// These parameters followed by `others`, whose names must be different.
  public func appending(_ others: Parameters) -> Parameters {
    Parameters(names: names + others.names, tensors: tensors + others.tensors)
  }
}

// Flattening.
extension Parameters {
  /// All elements in one tensor with one axis, in the order of the names.
  public func flattened() -> Tensor<Scalar> {
    precondition(!tensors.isEmpty, "no parameters to flatten")
    return concatenate(tensors.map { $0.flattened() }, axis: 0)
  }

  /// The parameters with these names and shapes whose flattened form is `vector` `[count]`.
  public func unflattened(_ vector: Tensor<Scalar>) -> Parameters {
    precondition(vector.shape == [count], "parameters of \(count) elements cannot be made of \(vector.shape)")
    var start = 0
    return map { tensor in
      defer { start += tensor.shape.count }
      return vector.sliced(axis: 0, start..<start + tensor.shape.count).reshaped(to: tensor.shape)
    }
  }
}

// Arithmetic.
extension Parameters {
  /// The sum, tensor by tensor.
  public static func + (left: Parameters, right: Parameters) -> Parameters { combining(left, right, +) }
  /// The difference, tensor by tensor.
  public static func - (left: Parameters, right: Parameters) -> Parameters { combining(left, right, -) }
  /// The product, element by element.
  public static func * (left: Parameters, right: Parameters) -> Parameters { combining(left, right, *) }
  /// The product of every tensor and a factor.
  public static func * (factor: Tensor<Scalar>, parameters: Parameters) -> Parameters {
    parameters.map { factor * $0 }
  }

  /// Zeros with the same names and shapes.
  public var zeros: Parameters { map { .zeros($0.shape) } }

  /// The Euclidean norm of all elements of all tensors together.
  public func globalNorm() -> Tensor<Scalar> { sqrt(tensors.map { square($0).sum() }.reduce(0, +)) }

  /// The same direction with a global norm of at most `limit`. Parameters whose norm is not finite stay as they are.
  /// - Parameters:
  ///   - limit: the largest norm.
  ///   - tasks: the number of tasks along the first axis of every tensor, each of which has a separate norm; nil where
  ///     there is no such axis.
  public func clipped(toGlobalNorm limit: Scalar, tasks: Int? = nil) -> Parameters {
    let squares = tensors.map { tensor in
      tasks == nil ? square(tensor).sum() : square(tensor).sum(axes: Array(1..<tensor.shape.rank))
    }
    let sum = squares.reduce(0, +)
    // The square root has no derivative at 0, where nothing is clipped either.
    let norm = sqrt(select(sum .> 0, sum, 1))
    let isTooLong = (norm .> Tensor(limit)) * (norm .< Tensor(.infinity)) * (sum .> 0)
    let factor = select(isTooLong, Tensor(limit) / norm, 1)
    return map { tensor in
      guard let tasks else { return factor * tensor }
      let sizes = [tasks] + Array(repeating: 1, count: tensor.shape.rank - 1)
      return factor.reshaped(to: Shape(sizes)) * tensor
    }
  }
}
