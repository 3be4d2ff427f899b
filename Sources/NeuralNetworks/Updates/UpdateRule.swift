public import TensorCore

/// What turns a gradient into a step: inside, where a task adapts its parameters, and outside, where meta-parameters move.
///
/// A value without a memory of its own: what it remembers is passed in and out. Written in differentiable operations, so that
/// a meta-gradient can run through it. Parameters that several tasks adapt at once have a leading tasks axis, and so have
/// their gradients: a rule broadcasts, and never counts axes from the first. `Chain` makes one rule of several.
///
/// Modelled on the gradient transformations of optax (DeepMind, 2020).
public protocol UpdateRule: Sendable {
  /// Meta-parameters that the rule brings beside the model's, with the values that training starts from.
  /// - Parameter adapted: the parameters that the rule will move, as the model starts with them.
  func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar>

  /// The random numbers, uniform between 0 and 1 without the two, that every task draws once, before its first step.
  /// - Parameter adapted: the parameters that the rule will move, as the model starts with them.
  func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)]

  /// What the rule remembers before its first step, such as running averages.
  /// - Parameters:
  ///   - adapted: the parameters where the inner loop starts, also of a rule that makes steps only after others.
  ///   - ruleParameters: the rule's meta-parameters, with the tasks axis where several tasks adapt at once.
  ///   - noise: the random numbers of each task, with the tasks axis where several tasks adapt at once.
  func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar>

  /// The numbers that step `count`, the first being 1, works with, such as those of a schedule; the same names in every step.
  ///
  /// Where steps are unrolled they are constants. Where one program makes every step they are inputs of it.
  func coefficients(step count: Int) -> [(name: String, value: Double)]

  /// Where a step takes the gradient: at the parameters themselves, or ahead of them as an accelerated method does.
  func gradientPoint<Scalar>(_ parameters: Parameters<Scalar>, state: UpdateState<Scalar>) -> Parameters<Scalar>

  /// What the rule remembers, with the gradients stopped of what it remembers of the way so far: a meta-gradient that takes
  /// the gradients of steps as constants takes this, too. What comes from the rule's meta-parameters keeps its gradients.
  func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar>

  /// What is to be subtracted from the parameters, or from `gradientPoint` where that lies ahead of them.
  /// - Parameters:
  ///   - gradient: the gradient of the loss at `gradientPoint`, or what the links of a chain before this one made of it.
  ///   - parameters: where the step begins.
  ///   - state: what the rule remembers, before the step and after it.
  ///   - context: what else is given for the step.
  func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar>

  /// The proximal map of a rule that has one: what becomes of the parameters once the update is subtracted.
  /// - Parameters:
  ///   - moved: the point where the gradient was taken, less the update.
  ///   - parameters: where the step begins.
  ///   - state: what the rule remembers, before the map and after it.
  func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar>

  /// What the meta-parameters have become in numbers that a user follows, under the names of their columns.
  /// - Parameter ruleParameters: the rule's meta-parameters.
  func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)]
}

/// What a step is given beside the gradient.
public struct UpdateContext<Scalar: TensorScalar>: Sendable {
  /// The rule's meta-parameters.
  public var ruleParameters: Parameters<Scalar>
  /// The numbers of the step, by their names.
  public var coefficients: Parameters<Scalar>
  /// The number of tasks along the first axis of all gradients, parameters and states; nil where there is no such axis. A
  /// rule that sums over a parameter's numbers sums over all axes but that one.
  public var tasks: Int?

  /// Creates a context.
  public init(
    ruleParameters: Parameters<Scalar> = Parameters([]), coefficients: Parameters<Scalar> = Parameters([]),
    tasks: Int? = nil
  ) {
    self.ruleParameters = ruleParameters
    self.coefficients = coefficients
    self.tasks = tasks
  }
}

// Most rules have no meta-parameters, no memory, no coefficients and no proximal map.
extension UpdateRule {
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> { Parameters([]) }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] { [] }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> { UpdateState() }

  public func coefficients(step count: Int) -> [(name: String, value: Double)] { [] }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> { parameters }

  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> { state }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> { moved }

  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] { [] }
}

// Steps.
extension UpdateRule {
  /// What the rule remembers before its first step, where it has no meta-parameters and draws nothing.
  public func initialState<Scalar>(for parameters: Parameters<Scalar>) -> UpdateState<Scalar> {
    initialState(for: parameters, ruleParameters: Parameters([]), noise: Parameters([]))
  }

  /// The coefficients of step `count`, as tensors.
  public func coefficientTensors<Scalar>(step count: Int) -> Parameters<Scalar> {
    Parameters(coefficients(step: count).map { ($0.name, Tensor(Scalar($0.value))) })
  }

  /// The parameters after one step.
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let point = gradientPoint(parameters, state: state)
    let update = update(gradient, at: parameters, state: &state, context: context)
    return proximal(point - update, from: parameters, state: &state)
  }

  /// The parameters after step `count`, the first being 1, of a rule without meta-parameters.
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: inout UpdateState<Scalar>, count: Int
  ) -> Parameters<Scalar> {
    let context = UpdateContext<Scalar>(coefficients: coefficientTensors(step: count))
    return step(parameters, gradient: gradient, state: &state, context: context)
  }
}
