import MetaLearning
public import NeuralNetworks
public import Parts
public import Runs
public import TensorCore

/// An outer step by an update rule, such as a chain, as one compiled program. The state of the rule stays in the workspace
/// from one step to the next.
public final class CompiledUpdate: OuterStep {
  private struct Inputs: TensorStructure {
    var parameters: Parameters<Float>
    var gradient: Parameters<Float>
    var state: UpdateState<Float>
    var coefficients: Parameters<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try gradient.forEachTensor(body)
      try state.forEachTensor(body)
      try coefficients.forEachTensor(body)
    }
  }

  private struct Outputs: TensorStructure {
    /// The global norm of the gradient before the step.
    var norm: Tensor<Float>
    var parameters: Parameters<Float>
    var state: UpdateState<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try norm.forEachTensor(body)
      try parameters.forEachTensor(body)
      try state.forEachTensor(body)
    }
  }

  private let rule: any UpdateRule
  private let layout: Parameters<Float>
  /// The number of steps so far.
  private var stepCount = 0
  /// The count for the last link of a chain, such as the schedule of a rate, where an iteration makes several steps; nil
  /// for that of the steps.
  var scheduleCount: Int?
  private let workspace: Workspace<Inputs, Outputs>
  private let parameters: Buffers<Parameters<Float>>
  private let gradient: Buffers<Parameters<Float>>
  private let state: Buffers<UpdateState<Float>>
  /// The groups of the state, each with the prefix of its tensors' names in a checkpoint. They are stored because the
  /// hashes of a run need them after every iteration.
  private let groups: [(prefix: String, buffers: Buffers<Parameters<Float>>)]
  private let coefficients: Buffers<Parameters<Float>>
  private let norm: Buffers<Tensor<Float>>
  private let nextParameters: Buffers<Parameters<Float>>
  private let nextState: Buffers<UpdateState<Float>>

  /// The prefix of the step's tensors in a checkpoint.
  private static let prefix = "optimizer."
  /// The name of the number of steps in a checkpoint.
  private static let stepKey = "optimizer.step"
  /// The valid numbers of steps.
  private static let stepCounts = 0...1_000_000_000

  /// Compiles the steps of `rule`, which must have no meta-parameters and draw no random numbers.
  /// - Parameters:
  ///   - rule: an update rule, such as a chain.
  ///   - layout: the names and shapes of the parameters that it updates.
  public init(_ rule: any UpdateRule, of layout: Parameters<Float>) {
    if let obstacle = Self.obstacle(to: rule, of: layout) { fatalError(obstacle) }
    let start = rule.initialState(for: layout)
    let inputs = Inputs(
      parameters: layout, gradient: layout, state: start, coefficients: rule.coefficientTensors(step: 1))
    workspace = Program(for: inputs) { inputs in
      var state = inputs.state
      let context = UpdateContext(coefficients: inputs.coefficients)
      let moved = rule.step(inputs.parameters, gradient: inputs.gradient, state: &state, context: context)
      return Outputs(norm: inputs.gradient.globalNorm(), parameters: moved, state: state)
    }.makeWorkspace()
    self.rule = rule
    self.layout = layout
    parameters = workspace.inputs.parameters
    gradient = workspace.inputs.gradient
    let state = workspace.inputs.state
    self.state = state
    groups = start.namedGroups.enumerated().map { index, group in
      (Self.prefix + group.name + ".", state.part { $0.namedGroups[index].parameters })
    }
    coefficients = workspace.inputs.coefficients
    norm = workspace.outputs.norm
    nextParameters = workspace.outputs.parameters
    nextState = workspace.outputs.state
    state.write(start)
  }

  /// What keeps a rule from making outer steps; nil for a rule that can.
  static func obstacle(to rule: any UpdateRule, of layout: Parameters<Float>) -> String? {
    guard rule.metaParameters(for: layout).names.isEmpty, rule.noise(for: layout).isEmpty else {
      return "\(rule) learns or draws something: an outer step cannot"
    }
    let point = rule.gradientPoint(layout, state: rule.initialState(for: layout))
    guard zip(point.tensors, layout.tensors).allSatisfy({ $0.isIdentical(to: $1) }) else {
      return "\(rule) takes gradients ahead of the parameters: an outer step is given those at the parameters"
    }
    return nil
  }

  public var evaluatesLosses: Bool { false }

  public func step(
    _ parameters: Parameters<Float>, against gradient: Parameters<Float>, losses: OuterLosses
  ) -> Parameters<Float>? {
    precondition(
      gradient.names == layout.names,
      "a step of the parameters \(layout.names) cannot follow a gradient of \(gradient.names)")
    self.gradient.write(gradient)
    return step(parameters)
  }

  // A step of a small network takes a few microseconds, in which no tensors are made of the gradient.
  public func step(
    _ parameters: Parameters<Float>, against gradient: [Float], losses: OuterLosses
  ) -> Parameters<Float>? {
    self.gradient.write(gradient)
    return step(parameters)
  }

  private func step(_ parameters: Parameters<Float>) -> Parameters<Float>? {
    precondition(
      parameters.names == layout.names, "a step of the parameters \(layout.names) cannot move \(parameters.names)")
    self.parameters.writeTensors(parameters.tensors)
    if !coefficients.isEmpty { coefficients.write(nextCoefficients) }
    workspace.run()
    guard norm.scalar.isFinite else { return nil }
    state.copy(from: nextState)
    stepCount += 1
    return parameters.replacingTensors(nextParameters.readTensors())
  }

  private var nextCoefficients: [Float] {
    let values = rule.coefficients(step: stepCount + 1)
    guard let scheduleCount, let chain = rule as? Chain else { return values.map { Float($0.value) } }
    let prefix = "\(chain.links.count)."
    return zip(values, rule.coefficients(step: scheduleCount)).map { own, scheduled in
      Float(own.name.hasPrefix(prefix) ? scheduled.value : own.value)
    }
  }

  public var checkpoint: CheckpointContents {
    CheckpointContents(
      tensors: groups.flatMap { $0.buffers.read().namedArrays(prefix: $0.prefix) },
      metadata: [Self.stepKey: String(stepCount)])
  }

  public func restore(_ checkpoint: CheckpointContents) throws(UserError) {
    guard let step = checkpoint.metadata[Self.stepKey].flatMap({ Int($0) }), Self.stepCounts.contains(step) else {
      throw UserError("checkpoint: expected the count \(Self.stepKey), found none", status: .malformedData)
    }
    var restored: [Parameters<Float>] = []
    for (prefix, buffers) in groups { restored.append(try buffers.read().reading(checkpoint, prefix: prefix)) }
    for (group, values) in zip(groups, restored) { group.buffers.write(values) }
    stepCount = step
  }
}

extension OuterLoopSettings {
  /// Refuses an optimizer that no run can use, or none of these tasks.
  /// - Parameters:
  ///   - algorithm: the algorithm whose gradient the optimizer is given.
  ///   - hasEpisodes: whether tasks adapt to episodes.
  /// - Throws: `UserError` that says why.
  func check(_ algorithm: any MetaAlgorithm, hasEpisodes: Bool) throws(UserError) {
    if let choice = optimizer as? any OuterStepChoice, choice.needsEpisodes {
      let name = "outer_step \(choice.card.name)"
      guard hasEpisodes else {
        throw UserError(
          "\(name): expected a task of episodes, whose policies a step keeps near those that collected them, found examples; "
            + "adam and sgd take examples", status: .configuration)
      }
      // Without a gradient there is no step, and an implicit one is refused by what it needs of a task.
      guard algorithm.metaGradient != .displacement else {
        throw UserError(
          "\(name): expected an algorithm whose meta-gradient is a derivative, found \(algorithm.card.name); adam and sgd "
            + "take any", status: .configuration)
      }
    }
    let layout = Parameters<Float>([("layer.weight", .zeros([2, 3]))])
    if let obstacle = CompiledUpdate.obstacle(to: Chain(optimizer.links), of: layout) {
      throw UserError("outer_step \(optimizer.card.name): \(obstacle)", status: .internalFault)
    }
  }
}
