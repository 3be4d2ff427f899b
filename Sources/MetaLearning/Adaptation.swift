public import NeuralNetworks
public import TensorCore

/// The inner loop: which parameters a task adapts, by which rule, and what the meta-gradient sees of it.
///
/// All that an inner loop works on is one set of parameters: the model's, then the update rule's meta-parameters under
/// names that begin with `rulePrefix`, then, while a task adapts, what the rules remember, under `memoryPrefix` and
/// `openingPrefix`.
///
/// Several tasks can adapt at once, as in one compiled program: each adapted parameter then has a leading tasks axis, and
/// a loss is the sum over the tasks of each task's own, so that its gradient holds each task's own gradient.
public struct Adaptation: Sendable {
  /// Where the adapted parameters begin.
  public enum Origin: String, CaseIterable, Sendable {
    /// Where the outer loop has moved them.
    case learned
    /// At 0. The outer loop has nothing to learn of them then.
    case zero
  }

  /// What the inner steps make small.
  public enum Objective: Hashable, Sendable {
    /// The task's own loss.
    case taskLoss
    /// The mean absolute error, which a few wild examples do not move (MLSR, eqs. 8 and 10).
    case absoluteDeviation
  }

  /// Steps of another kind before all others.
  public struct Opening: Sendable {
    /// The parameters that they move, all of them adapted ones.
    public var adapted: ParameterSelection
    /// One of them. It cannot have meta-parameters of its own.
    public var rule: any UpdateRule
    /// How outer gradients pass through them.
    public var metaGradient: MetaGradient
    /// What they make small.
    public var objective: Objective
    /// How many there are.
    public var steps: Int

    /// Creates an opening.
    public init(
      adapted: ParameterSelection, rule: any UpdateRule, metaGradient: MetaGradient, objective: Objective, steps: Int
    ) {
      self.adapted = adapted
      self.rule = rule
      self.metaGradient = metaGradient
      self.objective = objective
      self.steps = steps
    }
  }

  /// The parameters that a task gets of its own; all others stay as they are.
  public var adapted: ParameterSelection
  /// One step.
  public var rule: any UpdateRule
  /// How outer gradients pass through the steps.
  public var metaGradient: MetaGradient
  /// Where the adapted parameters begin; with an opening, those that it moves.
  public var origin = Origin.learned
  /// What the steps make small.
  public var objective = Objective.taskLoss
  /// Steps of another kind before those of `rule`.
  public var opening: Opening?
  /// How the host finds a step towards the minimum that `rule`, a `PenalizedRule`, describes; nil where `rule` makes it.
  public var search: HessianFreeSearch?

  /// What the names of the update rule's meta-parameters begin with.
  public static let rulePrefix = "rule."
  /// What the names of the update rule's memory begin with.
  public static let memoryPrefix = "memory."
  /// What the names of the opening's memory begin with.
  public static let openingPrefix = "opening."

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

  /// What the update rule tells of its meta-parameters among `parameters`.
  public func summary(of parameters: Parameters<Float>) -> [(name: String, value: Double)] {
    rule.summary(of: parameters.group(Self.rulePrefix))
  }

  /// How many steps there are where the rule makes `count`.
  public func stepCount(ofRule count: Int) -> Int { (opening?.steps ?? 0) + count }

  /// What step `number`, counted from 0, makes small.
  public func objective(ofStep number: Int) -> Objective { openingOf(step: number)?.objective ?? objective }

  /// The opening, where step `number`, counted from 0, belongs to it.
  func openingOf(step number: Int) -> Opening? { opening.flatMap { number < $0.steps ? $0 : nil } }

  /// The meta-parameters as a task finds them before its first step.
  public func beginning<Scalar>(_ parameters: Parameters<Scalar>) -> Parameters<Scalar> {
    switch origin {
    case .learned: parameters
    case .zero:
      parameters.merging(chosen(opening?.adapted ?? adapted, of: parameters).zeros)
    }
  }

  /// Where the inner loop starts: the meta-parameters and what the rules remember at first.
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
    let parameters = beginning(parameters)
    let drawn = self.noise(for: parameters)
    precondition(drawn.count == noise.count, "\(noise.count) arrays of random numbers for a rule that draws \(drawn)")
    let named = Parameters(names: drawn.map(\.name), tensors: noise)
    let own = ofEachTask(adaptedParameters(of: parameters))
    let memory = rule.initialMemory(for: own, own: ofEachTask(parameters.group(Self.rulePrefix)), noise: named)
    // An opening's rule has no meta-parameters of its own, and draws nothing.
    let openingMemory = opening.map { opening in
      opening.rule.initialMemory(for: own.selecting(opening.adapted), own: Parameters([]), noise: Parameters([]))
    }
    return parameters.merging(own).appending(memory.prefixed(Self.memoryPrefix))
      .appending((openingMemory ?? Parameters([])).prefixed(Self.openingPrefix))
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
    losses.enumerated().reduce(start(parameters, noise: noise, tasks: tasks)) {
      step($0, number: $1.offset, loss: $1.element)
    }.removing(prefixes: [Self.memoryPrefix, Self.openingPrefix])
  }

  /// The parameters, and the rules' memory among them, after step `number`, counted from 0, on `loss`.
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, number: Int = 0, loss: Loss<Scalar>
  ) -> Parameters<Scalar> {
    if let opening = openingOf(step: number) {
      return move(
        parameters, opening.adapted, opening.rule, opening.metaGradient, memoryPrefix: Self.openingPrefix, loss)
    }
    precondition(search == nil, "a step that is searched for is no straight line of operations: InnerLoop makes it")
    return move(parameters, adapted, rule, metaGradient, memoryPrefix: Self.memoryPrefix, loss)
  }

  private func move<Scalar>(
    _ parameters: Parameters<Scalar>, _ selection: ParameterSelection, _ rule: any UpdateRule,
    _ metaGradient: MetaGradient, memoryPrefix: String, _ loss: Loss<Scalar>
  ) -> Parameters<Scalar> {
    let current = chosen(selection, of: parameters)
    var memory = parameters.group(memoryPrefix)
    // First order: the way that led here is taken as a constant, as is the gradient below.
    if metaGradient != .unrolled { memory = rule.stoppingGradients(ofTheWay: memory) }
    var gradients = gradient(at: rule.gradientPoint(current, memory: memory)) { loss(parameters.merging($0)) }
    // First order: the gradient that made the step is taken as a constant here.
    if metaGradient != .unrolled { gradients = gradients.map(stopGradient) }
    let moved = rule.step(
      current, gradient: gradients, own: parameters.group(Self.rulePrefix), memory: &memory)
    return parameters.merging(moved).merging(memory.prefixed(memoryPrefix))
  }

  /// The parameters of the model that a task has of its own.
  public func adaptedParameters<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar> {
    chosen(adapted, of: parameters)
  }

  private func chosen<Scalar>(_ selection: ParameterSelection, of parameters: Parameters<Scalar>) -> Parameters<Scalar>
  {
    let chosen = parameters.removing(prefixes: [Self.rulePrefix, Self.memoryPrefix, Self.openingPrefix])
      .selecting(selection)
    precondition(!chosen.names.isEmpty, "\(selection) selects none of the parameters \(parameters.names)")
    return chosen
  }
}
