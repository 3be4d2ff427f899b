// Derivatives of functions of tensors. Each works on known values and inside a traced function alike, and can be nested to
// any order: the function is traced once on fresh placeholders, and the result is applied to the given tensors.

/// A function from a structure of tensors to a scalar tensor.
public typealias ScalarFunction<Point: TensorStructure> = (Point) -> Tensor<Point.Scalar>

/// The gradient of `function` at `point`, with the structure of the point.
public func gradient<Point: TensorStructure>(at point: Point, of function: ScalarFunction<Point>) -> Point {
  valueAndGradient(at: point, of: function).gradient
}

/// The value and the gradient of `function` at `point`, from one forward pass.
public func valueAndGradient<Point: TensorStructure>(
  at point: Point, of function: ScalarFunction<Point>
) -> (value: Tensor<Point.Scalar>, gradient: Point) {
  let arguments = point.placeholders
  let value = function(arguments)
  let gradients = gradient(of: value, withRespectTo: arguments)
  let results = substitute(point.tensors, for: arguments.tensors, in: [value] + gradients.tensors)
  return (results[0], point.replacingTensors(Array(results.dropFirst())))
}

/// The product of the Hessian of `function` at `point` with `vector`, computed without the Hessian itself: the gradient of
/// the inner product of the gradient with `vector`. It costs a small multiple of the gradient.
public func hessianVectorProduct<Point: TensorStructure>(
  at point: Point, along vector: Point, of function: ScalarFunction<Point>
) -> Point {
  precondition(
    point.shapes == vector.shapes,
    "a Hessian-vector product at \(point.shapes) needs a vector of these shapes, not \(vector.shapes)")
  return gradient(at: point) { arguments in
    gradient(of: function(arguments), withRespectTo: arguments).innerProduct(with: vector)
  }
}

/// The computation of `results` with `replacements` in place of `arguments`.
///
/// Where the replacements are known values, the results are known too.
func substitute<Scalar>(
  _ replacements: [Tensor<Scalar>], for arguments: [Tensor<Scalar>], in outputs: [Tensor<Scalar>]
) -> [Tensor<Scalar>] {
  var replaced: [ObjectIdentifier: Tensor<Scalar>] = [:]
  for (argument, replacement) in zip(arguments, replacements) {
    replaced[ObjectIdentifier(argument.node)] = replacement
  }
  for node in Node.topologicalOrder(of: outputs.map(\.node)) where replaced[ObjectIdentifier(node)] == nil {
    let tensor = Tensor(node: node)
    guard case .operation(let operation, let operands) = node.content else {
      replaced[ObjectIdentifier(node)] = tensor
      continue
    }
    let applied = operands.map { replaced[ObjectIdentifier($0)] ?? Tensor(node: $0) }
    let isUnchanged = zip(applied, operands).allSatisfy { $0.node === $1 }
    // A broadcast constant is not written out while the computation is traced.
    let isConstant = isUnchanged && operands.allSatisfy { $0.value != nil }
    let keeps = isUnchanged && !(isConstant && replacements.allSatisfy { !$0.isTraced })
    replaced[ObjectIdentifier(node)] = keeps ? tensor : .applying(operation, to: applied)
  }
  return outputs.map { replaced[ObjectIdentifier($0.node)] ?? $0 }
}
