public import NeuralNetworks
public import TensorCore

/// The parameters that meta-training updates: those of a model, and those of the rules of an inner loop.
public struct MetaParameters<Scalar: TensorScalar>: TensorStructure {
  /// The parameters of the model.
  public var model: Parameters<Scalar>
  /// The meta-parameters of each phase's update rule.
  public var rules: [Parameters<Scalar>]

  /// Creates meta-parameters from those of a model and those of each phase's rule.
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

  /// The same names with other tensors, given in the order of `forEachTensor`.
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

  /// All meta-parameters as one set, in the form that a checkpoint stores. The model's names are kept; the names of the
  /// rules follow the prefix `rule.`, and `rule2.` and so on where several phases have meta-parameters.
  public var named: Parameters<Scalar> {
    rules.filter { !$0.names.isEmpty }.enumerated().reduce(model) { all, rule in
      all.appending(rule.element.prefixed(rule.offset == 0 ? "rule." : "rule\(rule.offset + 1)."))
    }
  }

  /// Whether a name of ``named`` is one of the rules' parameters.
  public static func isOfRule(_ name: String) -> Bool {
    guard let prefix = name.split(separator: ".").first, prefix.hasPrefix("rule") else { return false }
    return prefix.dropFirst("rule".count).allSatisfy(\.isNumber)
  }

  /// Zeros with the same names and shapes.
  public var zeros: MetaParameters { mapTensors { .zeros($0.shape) } }
}

/// The state of an inner loop between two steps.
public struct AdaptationState<Scalar: TensorScalar>: TensorStructure {
  /// The model's parameters. Each task has its values of those that are adapted.
  public var model: Parameters<Scalar>
  /// The meta-parameters of each phase's update rule, which no step changes.
  public var rules: [Parameters<Scalar>]
  /// The state of each phase's update rule.
  public var states: [UpdateState<Scalar>]

  /// Calls `body` on the tensors of the model, of the rules' meta-parameters and of the rules' states.
  public mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
    try model.forEachTensor(body)
    try rules.forEachTensor(body)
    try states.forEachTensor(body)
  }
}
