public import NeuralNetworks
public import TensorCore

/// The inner loop: which parameters a task adapts, by which rule, and what the meta-gradient sees of it.
///
/// All that an inner loop works on is one set of parameters: the model's, then the update rule's meta-parameters under
/// names that begin with `rulePrefix`, then, while a task adapts, what the rule remembers, under `memoryPrefix`.
///
/// Several tasks can adapt at once, as in one compiled program: each adapted parameter then has a leading tasks axis, and
/// a loss is the sum over the tasks of each task's own, so that its gradient holds each task's own gradient.
public struct Adaptation: Sendable {
  /// The parameters that a task gets of its own; all others stay as they are.
  public var adapted: ParameterSelection
  /// One step.
  public var rule: any UpdateRule
  /// How outer gradients pass through the steps.
  public var metaGradient: MetaGradient

  /// What the names of the update rule's meta-parameters begin with.
  public static let rulePrefix = "rule."
  /// What the names of the update rule's memory begin with.
  public static let memoryPrefix = "memory."

  /// Creates an inner loop.
  public init(adapted: ParameterSelection, rule: any UpdateRule, metaGradient: MetaGradient) {
    self.adapted = adapted
    self.rule = rule
    self.metaGradient = metaGradient
  }

  /// A task's loss as a function of the model's parameters.
  public typealias Loss<Scalar: TensorScalar> = (Parameters<Scalar>) -> Tensor<Scalar>

  /// All meta-parameters: those of `model`, then those that the update rule brings itself.
  public func metaParameters<Scalar>(startingFrom model: Parameters<Scalar>) -> Parameters<Scalar> {
    model.appending(rule.metaParameters(for: model.selecting(adapted)).prefixed(Self.rulePrefix))
  }

  /// The shapes of the random numbers that a task draws before its first step from the meta-parameters `parameters`.
  /// Those of several tasks that adapt at once have the tasks axis before.
  public func noiseShapes<Scalar>(for parameters: Parameters<Scalar>) -> [Shape] {
    noise(for: parameters).map(\.shape)
  }

  private func noise<Scalar>(for parameters: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    rule.noise(for: adaptedParameters(of: parameters))
  }

  /// Where the inner loop starts: the meta-parameters and what the rule remembers at first.
  /// - Parameters:
  ///   - noise: random numbers between 0 and 1, of the shapes `noiseShapes`.
  ///   - tasks: how many tasks adapt at once; nil for one, without the tasks axis.
  public func start<Scalar>(
    _ parameters: Parameters<Scalar>, noise: [Tensor<Scalar>] = [], tasks: Int? = nil
  ) -> Parameters<Scalar> {
    func ofEachTask(_ shared: Parameters<Scalar>) -> Parameters<Scalar> {
      guard let tasks else { return shared }
      return shared.map { $0.broadcast(to: Shape([tasks] + $0.shape.sizes)) }
    }
    let drawn = self.noise(for: parameters)
    precondition(drawn.count == noise.count, "\(noise.count) arrays of random numbers for a rule that draws \(drawn)")
    let named = Parameters(names: drawn.map(\.name), tensors: noise)
    let own = ofEachTask(adaptedParameters(of: parameters))
    let memory = rule.initialMemory(for: own, own: ofEachTask(parameters.group(Self.rulePrefix)), noise: named)
    return parameters.merging(own).appending(memory.prefixed(Self.memoryPrefix))
  }

  /// What the update rule tells of its meta-parameters among `parameters`.
  public func summary(of parameters: Parameters<Float>) -> [(name: String, value: Double)] {
    rule.summary(of: parameters.group(Self.rulePrefix))
  }

  /// The parameters after one step for each of `losses`, on known values and in traced functions alike.
  ///
  /// A supervised task gives the same loss for every step; in reinforcement learning each step has episodes of its own.
  /// - Parameters:
  ///   - noise: random numbers between 0 and 1, of the shapes `noiseShapes`.
  ///   - tasks: how many tasks adapt at once; nil for one, without the tasks axis.
  public func callAsFunction<Scalar>(
    _ parameters: Parameters<Scalar>, losses: [Loss<Scalar>], noise: [Tensor<Scalar>] = [], tasks: Int? = nil
  ) -> Parameters<Scalar> {
    losses.reduce(start(parameters, noise: noise, tasks: tasks)) { step($0, loss: $1) }
      .removing(prefixes: [Self.memoryPrefix])
  }

  /// The parameters, and the rule's memory among them, after one step on `loss`.
  public func step<Scalar>(_ parameters: Parameters<Scalar>, loss: Loss<Scalar>) -> Parameters<Scalar> {
    let current = adaptedParameters(of: parameters)
    let slope = gradient(at: current.tensors) { tensors in
      loss(parameters.merging(current.replacingTensors(tensors)))
    }
    var gradients = current.replacingTensors(slope)
    // First order: the gradient that made the step is taken as a constant here.
    if metaGradient != .unrolled { gradients = gradients.map(stopGradient) }
    var memory = parameters.group(Self.memoryPrefix)
    let moved = rule.step(
      current, gradient: gradients, own: parameters.group(Self.rulePrefix), memory: &memory)
    return parameters.merging(moved).merging(memory.prefixed(Self.memoryPrefix))
  }

  /// The parameters of the model that a task has of its own.
  private func adaptedParameters<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar> {
    let chosen = parameters.removing(prefixes: [Self.rulePrefix, Self.memoryPrefix]).selecting(adapted)
    precondition(!chosen.names.isEmpty, "\(adapted) selects none of the parameters \(parameters.names)")
    return chosen
  }
}
