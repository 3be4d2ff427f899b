public import TensorCore

/// A rule that turns a gradient into a step, in an inner loop that adapts parameters to a task, or for the
/// meta-parameters.
///
/// A rule is a value without mutable state: its state is passed in and out. It is written in differentiable operations, so
/// that a meta-gradient can pass through it. Parameters that several tasks adapt at once have the tasks as their first
/// axis, and so have their gradients; a rule therefore broadcasts, and never counts axes from the first. `Chain` composes
/// several rules.
///
/// Modelled on the gradient transformations of optax (DeepMind, 2020).
public protocol UpdateRule: Sendable {
  /// The meta-parameters of the rule itself, beside those of the model, with their initial values.
  /// - Parameter adapted: the parameters that the rule will update, with the model's initial values.
  func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar>

  /// The names and shapes of the random numbers that every task draws once, before its first step. They are uniform over
  /// the open interval from 0 to 1.
  /// - Parameter adapted: the parameters that the rule will update, with the model's initial values.
  func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)]

  /// The state of the rule before its first step, such as running averages.
  /// - Parameters:
  ///   - adapted: the parameters at the start of the inner loop, also for a rule whose steps follow those of another rule.
  ///   - ruleParameters: the rule's meta-parameters, with the tasks axis where several tasks adapt at once.
  ///   - noise: the random numbers of each task, with the tasks axis where several tasks adapt at once.
  func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar>

  /// The coefficients of step `count`, such as those of a schedule; the first step is 1. The names are the same in every
  /// step.
  ///
  /// Where steps are unrolled, the coefficients are constants. Where one program makes every step, they are inputs of it.
  func coefficients(step count: Int) -> [(name: String, value: Double)]

  /// The point where a step takes the gradient: the parameters themselves, or a point ahead of them in an accelerated
  /// method.
  func gradientPoint<Scalar>(_ parameters: Parameters<Scalar>, state: UpdateState<Scalar>) -> Parameters<Scalar>

  /// The state with gradients stopped through everything that it accumulated in earlier steps. A meta-gradient that treats
  /// the gradients of steps as constants uses this state. Values that come from the rule's meta-parameters keep their
  /// gradients.
  func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar>

  /// The update, which is subtracted from the parameters, or from `gradientPoint` if that lies ahead of them.
  /// - Parameters:
  ///   - gradient: the gradient of the loss at `gradientPoint`, or the output of the preceding links of a chain.
  ///   - parameters: the parameters before the step.
  ///   - state: the state of the rule, which the step replaces.
  ///   - context: the rule's meta-parameters, and what else the step is given.
  func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar>

  /// The proximal map of a rule that has one: maps the parameters after the update is subtracted.
  /// - Parameters:
  ///   - moved: the point where the gradient was taken, less the update.
  ///   - parameters: the parameters before the step.
  ///   - state: the state of the rule, which the map replaces.
  func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar>

  /// Whether steps set parameters to exactly 0, as a threshold does.
  var setsZeros: Bool { get }

  /// A summary of the rule's meta-parameters in a few values for the columns of a run's table, by column name.
  /// - Parameter ruleParameters: the rule's meta-parameters.
  func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)]
}

/// The inputs of a step beside the gradient.
public struct UpdateContext<Scalar: TensorScalar>: Sendable {
  /// The rule's meta-parameters.
  public var ruleParameters: Parameters<Scalar>
  /// The coefficients of the step, by name.
  public var coefficients: Parameters<Scalar>
  /// The number of tasks along the first axis of all gradients, parameters and states; nil where there is no such axis. A
  /// rule that sums over the elements of a parameter sums over all axes but that one.
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

// Most rules have no meta-parameters, no state, no coefficients and no proximal map.
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

  public var setsZeros: Bool { false }

  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] { [] }
}

// Steps.
extension UpdateRule {
  /// The state before the first step of a rule that has no meta-parameters and draws no random numbers.
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

  /// The parameters after step `count` of a rule without meta-parameters; the first step is 1.
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: inout UpdateState<Scalar>, count: Int
  ) -> Parameters<Scalar> {
    let context = UpdateContext<Scalar>(coefficients: coefficientTensors(step: count))
    return step(parameters, gradient: gradient, state: &state, context: context)
  }
}
