/// Data that a traced function reads part by part: the sum of a function over the parts of a data set, such as a task's
/// loss over groups of its episodes.
///
/// Only the shapes of a part are known while a computation is traced. ``StagedProgram`` computes the sum: its caller gives
/// it the elements of each part, in any order and on any threads.
public final class DataParts<Part: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Part.Scalar

  /// The number of the data set among those of its program.
  let number: Int
  /// The tensors of one part.
  let placeholders: Part

  /// - Parameter part: a part. Only its shapes are used.
  init(number: Int, part: Part) {
    self.number = number
    placeholders = part.placeholders
    // Each placeholder is a distinct node, so that no member hides another.
    placeholders.requireEveryMemberVisited()
  }

  /// The sum over all parts of `function`, which can be differentiated to any order with respect to `point`.
  ///
  /// `function` must not use traced tensors other than its point and its part.
  public func sum<Point: TensorStructure>(
    at point: Point, _ function: (Point, Part) -> Tensor<Scalar>
  ) -> Tensor<Scalar> where Point.Scalar == Scalar {
    let arguments = point.placeholders
    let result = function(arguments, placeholders)
    let traced = PartFunction(
      data: number, arguments: arguments.tensors, part: placeholders.tensors, results: [result])
    return traced.sums(at: point.tensors)[0]
  }
}

/// A traced function of tensors and of one part of a data set. Two functions are equal if they compute the same.
final class PartFunction<Scalar: TensorScalar>: Hashable, Sendable {
  /// The number of the data set.
  let data: Int
  let arguments: [Tensor<Scalar>]
  let part: [Tensor<Scalar>]
  let results: [Tensor<Scalar>]
  private let outline: ComputationGraph<Scalar>.Outline

  init(data: Int, arguments: [Tensor<Scalar>], part: [Tensor<Scalar>], results: [Tensor<Scalar>]) {
    (self.data, self.arguments, self.part, self.results) = (data, arguments, part, results)
    outline = ComputationGraph.Outline(ComputationGraph(arguments: arguments + part, results: results))
  }

  static func == (left: PartFunction, right: PartFunction) -> Bool {
    left === right || (left.data == right.data && left.outline == right.outline)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(data)
    hasher.combine(outline.count)
    hasher.combine(results.map(\.shape))
  }

  /// The places of the results where they stand one after another in one vector.
  var ranges: [Range<Int>] {
    var end = 0
    return results.map { result in
      defer { end += result.shape.count }
      return end..<end + result.shape.count
    }
  }

  /// The sums of the results over all parts.
  func sums(at operands: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    let flat = Tensor.applying(PartSum(function: self), to: operands, recording: true)
    return zip(results, ranges).map { flat.sliced(axis: 0, $1).reshaped(to: $0.shape) }
  }

  /// The function of the arguments and of a cotangent for all results, a vector, that gives the vector-Jacobian product
  /// for each argument on which a result depends; and the numbers of these arguments.
  func pullback() -> (function: PartFunction, arguments: [Int]) {
    let cotangent = Tensor<Scalar>.placeholder([ranges.last?.upperBound ?? 0])
    let product = zip(results, ranges).map { result, range in
      (result * cotangent.sliced(axis: 0, range).reshaped(to: result.shape)).sum()
    }.reduce(0, +)
    let products = cotangents(of: product, withRespectTo: arguments, cotangent: Tensor(1))
    let dependent = products.indices.filter { products[$0] != nil }
    let function = PartFunction(
      data: data, arguments: arguments + [cotangent], part: part, results: products.compactMap { $0 })
    return (function, dependent)
  }
}

/// The sums of a function's results over the parts of a data set, one after another in one vector. The operands are the
/// function's arguments.
struct PartSum<Element: TensorScalar>: Operation {
  let function: PartFunction<Element>

  var name: String { "sum over parts" }

  func resultShape(_ operands: [Shape]) throws(ShapeError) -> Shape { [function.ranges.last?.upperBound ?? 0] }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .partSum(data: function.data) }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    guard let operands = operands as? [Tensor<Element>], let cotangent = cotangent as? Tensor<Element> else {
      preconditionFailure("a sum over parts of one type of number was given another")
    }
    let (function, dependent) = function.pullback()
    var shares: [Tensor<Element>?] = operands.map { _ in nil }
    for (argument, share) in zip(dependent, function.sums(at: operands + [cotangent])) { shares[argument] = share }
    return shares.map { $0 as? Tensor<Scalar> }
  }
}
