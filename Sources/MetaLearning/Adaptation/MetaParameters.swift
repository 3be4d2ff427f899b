public import NeuralNetworks
public import TensorCore

/// What meta-training moves: a model's parameters, and those that the rules of an inner loop bring.
public struct MetaParameters<Scalar: TensorScalar>: TensorStructure {
  /// The parameters of the model.
  public var model: Parameters<Scalar>
  /// By phase of the inner loop: the meta-parameters that the phase's update rule brings.
  public var rules: [Parameters<Scalar>]

  /// Creates meta-parameters.
  public init(model: Parameters<Scalar>, rules: [Parameters<Scalar>]) {
    self.model = model
    self.rules = rules
  }

  /// Calls `body` on the tensors of the model and then of the rules.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try model.forEachTensor(body)
    try rules.forEachTensor(body)
  }

  public var tensors: [Tensor<Scalar>] {
    var tensors = model.tensors
    for rule in rules where !rule.names.isEmpty { tensors += rule.tensors }
    return tensors
  }

  /// The same names with other tensors, in order.
  public func replacingTensors(_ tensors: [Tensor<Scalar>]) -> MetaParameters {
    var first = model.names.count
    var replaced = self
    replaced.model = model.replacingTensors(tensors.count == first ? tensors : Array(tensors[..<first]))
    for index in rules.indices where !rules[index].names.isEmpty {
      let next = first + rules[index].names.count
      replaced.rules[index] = rules[index].replacingTensors(Array(tensors[first..<next]))
      first = next
    }
    precondition(first == tensors.count, "\(tensors.count) tensors were given for \(first) meta-parameters")
    return replaced
  }

  /// All as one set, as a checkpoint stores them: the model's names, and those of the rules after `rule.`; after `rule2.` and
  /// so on where several phases bring some.
  public var named: Parameters<Scalar> {
    rules.filter { !$0.names.isEmpty }.enumerated().reduce(model) { all, rule in
      all.appending(rule.element.prefixed(rule.offset == 0 ? "rule." : "rule\(rule.offset + 1)."))
    }
  }

  /// Zeros of the same names and shapes.
  public var zeros: MetaParameters { mapTensors { .zeros($0.shape) } }
}

/// Where an inner loop is.
public struct AdaptationState<Scalar: TensorScalar>: TensorStructure {
  /// The model's parameters; those that tasks adapt are each task's own.
  public var model: Parameters<Scalar>
  /// By phase of the inner loop: the update rule's meta-parameters, which no step moves.
  public var rules: [Parameters<Scalar>]
  /// By phase of the inner loop: what the update rule remembers.
  public var states: [UpdateState<Scalar>]

  /// Calls `body` on the tensors of the model, of the rules and of what they remember.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try model.forEachTensor(body)
    try rules.forEachTensor(body)
    try states.forEachTensor(body)
  }
}
