/// The gradient of `output` with respect to `inputs`, all of one traced computation. The gradient is recorded in the same
/// computation, so that it can be differentiated again.
///
/// It is computed by reverse accumulation. Every path from an input to the output counts. An input that the output does
/// not depend on has a gradient of zeros.
/// - Parameters:
///   - output: the traced tensor to differentiate; a scalar unless `cotangent` is given.
///   - inputs: a structure of traced tensors.
///   - cotangent: the weights of the elements of `output`, of the same shape.
public func gradient<Inputs: TensorStructure>(
  of output: Tensor<Inputs.Scalar>, withRespectTo inputs: Inputs, cotangent: Tensor<Inputs.Scalar>? = nil
) -> Inputs {
  precondition(
    cotangent.map { $0.shape == output.shape } ?? (output.shape.count == 1),
    "gradient of \(output.shape) with cotangent \(cotangent?.shape.description ?? "1"): the shapes differ")
  let seed = cotangent ?? Tensor(repeating: 1, shape: output.shape)
  let tensors = inputs.tensors
  return inputs.replacingTensors(
    zip(tensors, cotangents(of: output, withRespectTo: tensors, cotangent: seed)).map { input, cotangent in
      cotangent ?? Tensor(0).broadcast(to: input.shape, recording: true)
    })
}

/// The gradient of `output` with respect to each input, weighted by `cotangent`; nil where the output does not depend on
/// the input.
func cotangents<Scalar>(
  of output: Tensor<Scalar>, withRespectTo inputs: [Tensor<Scalar>], cotangent: Tensor<Scalar>
) -> [Tensor<Scalar>?] {
  var pass = ReversePass(from: output, to: inputs)
  return pass.run(seed: cotangent)
}

/// One sweep of reverse accumulation.
private struct ReversePass<Scalar: TensorScalar> {
  private let order: [Node<Scalar>]
  private let inputs: [ObjectIdentifier]
  private let output: Node<Scalar>
  /// The vertices that depend on an input. Only these need a cotangent.
  private var active: Set<ObjectIdentifier>

  init(from output: Tensor<Scalar>, to inputs: [Tensor<Scalar>]) {
    self.output = output.node
    self.inputs = inputs.map { ObjectIdentifier($0.node) }
    order = Node.topologicalOrder(of: [output.node])
    active = Set(self.inputs)
    for node in order where node.operands.contains(where: { active.contains(ObjectIdentifier($0)) }) {
      active.insert(ObjectIdentifier(node))
    }
  }

  mutating func run(seed: Tensor<Scalar>) -> [Tensor<Scalar>?] {
    var cotangents: [ObjectIdentifier: Tensor<Scalar>] = [ObjectIdentifier(output): seed]
    for node in order.reversed() where active.contains(ObjectIdentifier(node)) {
      guard let cotangent = cotangents[ObjectIdentifier(node)],
        case .operation(let operation, let operands) = node.content
      else { continue }
      let shares = operation.pullback(
        cotangent, operands: operands.map(Tensor.init(node:)), result: Tensor(node: node))
      for (operand, share) in zip(operands, shares) where active.contains(ObjectIdentifier(operand)) {
        guard let share else { continue }
        let key = ObjectIdentifier(operand)
        cotangents[key] = cotangents[key].map { $0 + share } ?? share
      }
    }
    return inputs.map { cotangents[$0] }
  }
}
