public import NeuralNetworks
public import TensorCore

/// The inner loop: the phases in which a task adapts a model.
///
/// Several tasks can adapt at once, as in one compiled program. Each adapted parameter then has the tasks as its first
/// axis, and a loss is the sum of the tasks' losses, so that its gradient holds the gradient of each task.
public struct Adaptation: Sendable {
  /// The initial values of adapted parameters.
  public enum Start: String, CaseIterable, Sendable {
    /// The meta-learned values.
    case learned
    /// Zeros. The outer loop then learns no start for these parameters.
    case zero
  }

  /// The objective that inner steps minimize.
  public enum Objective: Hashable, Sendable {
    /// The loss of the task.
    case taskLoss
    /// The mean absolute error, which is robust to a few outliers (MLSR, eqs. 8 and 10).
    case absoluteDeviation
  }

  /// The phase of a step, and its number in that phase.
  public struct Place: Hashable, Sendable {
    /// The phase's number, counted from 0.
    public let phase: Int
    /// The step's number in its phase, counted from 1.
    public let count: Int
  }

  /// The phases in the order in which they run. The last one continues for as long as steps are requested.
  public var phases: [Phase] {
    didSet { Self.check(phases) }
  }
  /// The number of a task's examples that each step sees, the next ones in turn; nil for all of them. Reptile's and MAML's
  /// expansions are those of steps with minibatches of their own (overview, section 3).
  public var minibatch: Int?

  /// Creates an inner loop.
  public init(_ phases: [Phase], minibatch: Int? = nil) {
    Self.check(phases)
    precondition(minibatch.map { $0 > 0 } ?? true, "a step cannot see \(minibatch ?? 0) examples")
    self.phases = phases
    self.minibatch = minibatch
  }

  private static func check(_ phases: [Phase]) {
    precondition(
      !phases.isEmpty && phases.dropLast().allSatisfy { $0.steps != nil },
      "an inner loop has at least one phase, and only the last one may take the steps that are asked for")
  }

  /// The last phase.
  public var last: Phase {
    get { phases[phases.count - 1] }
    set { phases[phases.count - 1] = newValue }
  }

  /// A task's loss as a function of the model's parameters.
  public typealias Loss<Scalar: TensorScalar> = (Parameters<Scalar>) -> Tensor<Scalar>

  /// The number of steps of an inner loop for which a run asks for `count`.
  public func stepCount(asked count: Int) -> Int { phases.reduce(0) { $0 + ($1.steps ?? count) } }

  /// The phase of step `number`, counted from 0, and its number in that phase.
  public func place(ofStep number: Int) -> Place {
    var rest = number
    for (index, phase) in phases.dropLast().enumerated() {
      let steps = phase.steps ?? 0
      if rest < steps { return Place(phase: index, count: rest + 1) }
      rest -= steps
    }
    return Place(phase: phases.count - 1, count: rest + 1)
  }

  /// The objective that step `number`, counted from 0, minimizes.
  public func objective(ofStep number: Int) -> Objective { phases[place(ofStep: number).phase].objective }
}

// The inputs of an inner loop.
extension Adaptation {
  /// All meta-parameters: those of `model`, and those of the update rules.
  public func metaParameters<Scalar>(startingFrom model: Parameters<Scalar>) -> MetaParameters<Scalar> {
    MetaParameters(model: model, rules: phases.map { $0.rule.metaParameters(for: model.selecting($0.adapted)) })
  }

  /// The summaries of the update rules' meta-parameters. A name that the rule of an earlier phase also has is followed by
  /// a number.
  public func summary(of parameters: MetaParameters<Float>) -> [(name: String, value: Double)] {
    zip(phases, parameters.rules).flatMap { $0.rule.summary(of: $1) }.numberingDuplicateNames()
  }

  /// Placeholders for the random numbers that a task draws before its first step, uniform over the open interval from 0 to
  /// 1. There is an element for each phase, with the names and shapes of its rule.
  /// - Parameters:
  ///   - model: the model's parameters, without the tasks axis.
  ///   - tasks: the number of tasks that adapt at once; nil for one, without the tasks axis.
  public func noise<Scalar>(for model: Parameters<Scalar>, tasks: Int? = nil) -> [Parameters<Scalar>] {
    phases.map { phase in
      Parameters(
        phase.rule.noise(for: phase.chosen(of: model)).map { name, shape in
          (name, .placeholder(tasks.map { Shape([$0] + shape.sizes) } ?? shape))
        })
    }
  }

  /// A model's parameters as a task has them before its first step. The parameters of every phase that starts at zero are
  /// set to 0 here, before the first phase. A later phase can therefore start at zero only with parameters that no earlier
  /// phase updates.
  public func start<Scalar>(of model: Parameters<Scalar>) -> Parameters<Scalar> {
    phases.filter { $0.start == .zero }.reduce(model) { $0.merging($1.chosen(of: model).zeros) }
  }

  /// The adapted parameters of a model, which differ between tasks: those that some phase updates.
  public func adaptedParameters<Scalar>(of model: Parameters<Scalar>) -> Parameters<Scalar> {
    let adapted = Set(phases.flatMap { $0.chosen(of: model).names })
    let chosen = model.names.indices.filter { adapted.contains(model.names[$0]) }
    return Parameters(names: chosen.map { model.names[$0] }, tensors: chosen.map { model.tensors[$0] })
  }

  /// The state of the inner loop before its first step.
  /// - Parameters:
  ///   - parameters: the meta-parameters that the inner loop starts from.
  ///   - noise: random numbers between 0 and 1 in place of the placeholders of `noise(for:tasks:)`; empty where no rule
  ///     draws any.
  ///   - tasks: the number of tasks that adapt at once; nil for one, without the tasks axis.
  public func start<Scalar>(
    _ parameters: MetaParameters<Scalar>, noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> AdaptationState<Scalar> {
    func ofEachTask(_ shared: Parameters<Scalar>) -> Parameters<Scalar> {
      guard let tasks else { return shared }
      return shared.map { $0.broadcast(to: Shape([tasks] + $0.shape.sizes)) }
    }
    let noise = noise ?? phases.map { _ in Parameters([]) }
    let model = start(of: parameters.model)
    let taskParameters = ofEachTask(adaptedParameters(of: model))
    let states = phases.indices.map { index in
      let (phase, drawn) = (phases[index], noise[index])
      let expected = phase.rule.noise(for: phase.chosen(of: model)).map(\.name)
      precondition(drawn.names == expected, "the rule of phase \(index) draws \(expected), not \(drawn.names)")
      return phase.rule.initialState(
        for: taskParameters.selecting(phase.adapted), ruleParameters: ofEachTask(parameters.rules[index]), noise: drawn)
    }
    return AdaptationState(model: model.merging(taskParameters), rules: parameters.rules, states: states)
  }
}

// Steps, on known values and in traced functions alike.
extension Adaptation {
  /// The model's parameters after one step for each of `losses`.
  ///
  /// A supervised task gives the same loss for every step; in reinforcement learning each step has new episodes.
  /// - Parameters:
  ///   - parameters: the meta-parameters that the inner loop starts from.
  ///   - losses: the loss of each step, in order.
  ///   - noise: random numbers between 0 and 1 in place of the placeholders of `noise(for:tasks:)`; empty where no rule
  ///     draws any.
  ///   - tasks: the number of tasks that adapt at once; nil for one, without the tasks axis.
  public func callAsFunction<Scalar>(
    _ parameters: MetaParameters<Scalar>, losses: [Loss<Scalar>], noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> Parameters<Scalar> {
    models(parameters, losses: losses, noise: noise, tasks: tasks)[losses.count]
  }

  /// The model's parameters before the first step and after each step. The parameters are those of
  /// ``callAsFunction(_:losses:noise:tasks:)``, which gives the last of them.
  public func models<Scalar>(
    _ parameters: MetaParameters<Scalar>, losses: [Loss<Scalar>], noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> [Parameters<Scalar>] {
    way(parameters, losses: losses, noise: noise, tasks: tasks).models
  }

  /// The model's parameters before the first step and after each step, and the gradient of the loss that made each step,
  /// with respect to the parameters that the step's phase adapts.
  public func way<Scalar>(
    _ parameters: MetaParameters<Scalar>, losses: [Loss<Scalar>], noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> (models: [Parameters<Scalar>], gradients: [Parameters<Scalar>]) {
    var state = start(parameters, noise: noise, tasks: tasks)
    var (models, gradients) = ([state.model], [Parameters<Scalar>]())
    for (number, loss) in losses.enumerated() {
      let place = place(ofStep: number)
      // Truncated back-propagation: the steps so far are constants.
      if number > 0, phases[place.phase].truncation == losses.count - number {
        (state.model, state.states[place.phase]) = phases[place.phase].detached(
          state.model, state: state.states[place.phase])
      }
      let coefficients: Parameters<Scalar> = phases[place.phase].rule.coefficientTensors(step: place.count)
      let made = made(state, phase: place.phase, coefficients: coefficients, tasks: tasks, loss: loss)
      state = made.state
      models.append(state.model)
      gradients.append(made.gradient)
    }
    return (models, gradients)
  }

  /// The state of the inner loop after a step of a phase on `loss`.
  /// - Parameters:
  ///   - state: the state of the inner loop before the step.
  ///   - index: the number of the phase, from 0.
  ///   - coefficients: the coefficients of the phase's rule for this step.
  ///   - tasks: the number of tasks that adapt at once; nil for one, without the tasks axis.
  ///   - loss: the loss that the step takes the gradient of.
  public func step<Scalar>(
    _ state: AdaptationState<Scalar>, phase index: Int, coefficients: Parameters<Scalar>, tasks: Int? = nil,
    loss: Loss<Scalar>
  ) -> AdaptationState<Scalar> {
    made(state, phase: index, coefficients: coefficients, tasks: tasks, loss: loss).state
  }

  /// A step, with the gradient that made it.
  private func made<Scalar>(
    _ state: AdaptationState<Scalar>, phase index: Int, coefficients: Parameters<Scalar>, tasks: Int?,
    loss: Loss<Scalar>
  ) -> (state: AdaptationState<Scalar>, gradient: Parameters<Scalar>) {
    var next = state
    let context = UpdateContext(ruleParameters: state.rules[index], coefficients: coefficients, tasks: tasks)
    let gradient: Parameters<Scalar>
    (next.model, gradient) = phases[index].moved(
      state.model, state: &next.states[index], context: context, loss: loss)
    guard next.states[index].shapes == state.states[index].shapes else {
      fatalError(
        "a step of \(phases[index].rule) must leave a state of the shapes \(state.states[index].shapes), not "
          + "\(next.states[index].shapes)")
    }
    return (next, gradient)
  }
}
