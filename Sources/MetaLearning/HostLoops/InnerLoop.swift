public import NeuralNetworks
public import TensorCore

/// The steps of an inner loop as compiled programs.
public struct InnerLoopPrograms<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// The inputs of the state before the first step.
  struct Start: TensorStructure {
    var parameters: MetaParameters<Scalar>
    var noise: [Parameters<Scalar>]

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
    }
  }

  /// The values that a step reads and does not change.
  struct StepInputs: TensorStructure {
    var samples: Samples
    /// The coefficients of the rule for this step.
    var coefficients: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try samples.forEachTensor(body)
      try coefficients.forEachTensor(body)
    }
  }

  /// The implementation of a phase's steps.
  enum Step: Sendable {
    /// The update rule makes the step.
    case rule(IteratedProgram<AdaptationState<Scalar>, StepInputs, NoTensors<Scalar>>)
    /// The update rule makes the step of those tasks that are not yet near the minimum.
    case watched(WatchedSteps<Samples>)
    /// A Hessian-free search makes the step.
    case search(HessianFreePrograms<Samples>)
  }

  let adaptation: Adaptation
  let tasks: Int?
  let modelNames: [String]
  let start: Program<Start, AdaptationState<Scalar>>
  /// The step of each phase.
  let steps: [Step]
  /// The minibatch of a step, counted from 0; nil where every step sees all samples.
  let minibatch: (@Sendable (_ support: Samples, _ step: Int) -> Samples)?

  /// Compiles one step of each phase.
  public init(_ adaptation: Adaptation, _ problem: AdaptationProblem<Samples>) {
    let noise: [Parameters<Scalar>] = adaptation.noise(for: problem.layout.model, tasks: problem.tasks)
    // Only the names and shapes of these values are used.
    let layout = adaptation.start(problem.layout, noise: noise, tasks: problem.tasks)
    self.adaptation = adaptation
    tasks = problem.tasks
    modelNames = problem.layout.model.names
    start = Program(for: Start(parameters: problem.layout, noise: noise)) {
      adaptation.start($0.parameters, noise: $0.noise, tasks: problem.tasks)
    }
    steps = adaptation.phases.enumerated().map { index, phase in
      if let search = phase.search {
        return .search(HessianFreePrograms(search, adaptation, phase: index, state: layout, problem))
      }
      let inputs = StepInputs(
        samples: problem.samples(ofStep: 0, of: adaptation, from: problem.support),
        coefficients: phase.rule.coefficientTensors(step: 1))
      if let tolerance = phase.tolerance {
        return .watched(WatchedSteps(adaptation, phase: index, tolerance, state: layout, inputs, problem))
      }
      return .rule(
        IteratedProgram(state: layout, constants: inputs) { state, inputs in
          let next = adaptation.step(state, phase: index, coefficients: inputs.coefficients, tasks: problem.tasks) {
            problem.supportLosses($0, inputs.samples, phase.objective).sum()
          }
          return (next, NoTensors())
        })
    }
    if adaptation.minibatch == nil {
      minibatch = nil
    } else {
      minibatch = { support, step in problem.samples(ofStep: step, of: adaptation, from: support) }
    }
  }

  /// The memory of one worker's loop, in bytes. It does not depend on the number of steps.
  public var workspaceBytes: Int { steps.reduce(start.workspaceBytes) { $0 + $1.workspaceBytes } }

  /// The compiled steps of the phases whose rules make the steps.
  public var stepPrograms: [CompiledProgram<Scalar>] {
    steps.compactMap { step in
      switch step {
      case .rule(let program): program.compiled
      case .watched(let steps): steps.program.compiled
      case .search: nil
      }
    }
  }

  /// Allocates the memory in which one worker adapts tasks.
  public func makeLoop() -> InnerLoop<Samples> { InnerLoop(self) }
}

extension InnerLoopPrograms.Step {
  fileprivate var workspaceBytes: Int {
    switch self {
    case .rule(let program): program.workspaceBytes
    case .watched(let steps): steps.program.workspaceBytes
    case .search(let programs): programs.workspaceBytes
    }
  }
}

/// Adapts tasks step by step on known values. The memory does not grow with the number of steps, and a batch of tasks
/// leaves nothing behind for the next. The type is not Sendable: it belongs to one worker.
public final class InnerLoop<Samples: TensorStructure> {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar
  private typealias Programs = InnerLoopPrograms<Samples>

  /// The memory in which the steps of one phase are made.
  private final class Stepper {
    let state: Buffers<AdaptationState<Scalar>>
    let samples: Buffers<Samples>
    let model: Buffers<Parameters<Scalar>>
    let adapted: Buffers<Parameters<Scalar>>
    /// The coefficients of the rule for the next step; nil where a search makes the step.
    let coefficients: Buffers<Parameters<Scalar>>?
    let step: () -> Void
    /// The loop of a phase with a tolerance.
    private(set) var watch: WatchedLoop<Samples>?

    init(_ step: Programs.Step, _ adaptation: Adaptation) {
      switch step {
      case .rule(let program):
        let workspace = program.makeWorkspace()
        let coefficients = workspace.constants.coefficients
        (state, samples) = (workspace.state, workspace.constants.samples)
        self.coefficients = coefficients.isEmpty ? nil : coefficients
        self.step = workspace.step
      case .watched(let steps):
        let loop = WatchedLoop(steps)
        (state, samples) = (loop.state, loop.samples)
        coefficients = loop.coefficients.isEmpty ? nil : loop.coefficients
        self.step = loop.step
        watch = loop
      case .search(let programs):
        let loop = programs.makeLoop()
        (state, samples, coefficients) = (loop.state, loop.samples, nil)
        self.step = loop.step
      }
      model = state.model
      adapted = model.part(adaptation.adaptedParameters)
    }
  }

  private let adaptation: Adaptation
  private let tasks: Int?
  private let start: Workspace<Programs.Start, AdaptationState<Scalar>>
  private let parameters: Buffers<MetaParameters<Scalar>>
  private let modelNames: [String]
  private let noise: Buffers<[Parameters<Scalar>]>
  private let first: Buffers<AdaptationState<Scalar>>
  private let minibatch: (@Sendable (_ support: Samples, _ step: Int) -> Samples)?
  /// The samples from which each step takes its minibatch; nil where steps do not.
  private var support: Samples?
  /// The stepper of each phase.
  private let steppers: [Stepper]
  /// The phase whose stepper holds the current state.
  private var phase = 0
  private var madeSteps = 0

  init(_ programs: InnerLoopPrograms<Samples>) {
    (adaptation, tasks, modelNames) = (programs.adaptation, programs.tasks, programs.modelNames)
    start = programs.start.makeWorkspace()
    parameters = start.inputs.parameters
    noise = start.inputs.noise
    first = start.outputs
    minibatch = programs.minibatch
    steppers = programs.steps.map { Stepper($0, programs.adaptation) }
  }

  /// Resets the state to the meta-parameters.
  /// - Parameters:
  ///   - parameters: the meta-parameters.
  ///   - noise: random numbers between 0 and 1 with the names and shapes of `Adaptation.noise(for:tasks:)`.
  public func restart(from parameters: MetaParameters<Scalar>, noise: [Parameters<Scalar>] = []) {
    precondition(
      parameters.model.names == modelNames,
      "an inner loop of the parameters \(modelNames) cannot start from \(parameters.model.names)")
    self.parameters.write(parameters)
    if !self.noise.isEmpty { self.noise.write(noise) }
    start.run()
    steppers[0].state.copy(from: first)
    (phase, madeSteps) = (0, 0)
    for stepper in steppers { stepper.watch?.restart() }
    support = nil
  }

  /// Resets the state to the meta-parameters, and sets the support samples of every step, or those from which each step
  /// takes its minibatch.
  public func restart(from parameters: MetaParameters<Scalar>, support: Samples, noise: [Parameters<Scalar>] = []) {
    restart(from: parameters, noise: noise)
    if minibatch != nil {
      self.support = support
    } else {
      for stepper in steppers { stepper.samples.write(support) }
    }
  }

  /// The samples of the next step.
  public var samples: Buffers<Samples> { steppers[adaptation.place(ofStep: madeSteps).phase].samples }

  /// Makes one inner step.
  public func step() {
    let place = adaptation.place(ofStep: madeSteps)
    let stepper = steppers[place.phase]
    if place.phase != phase { stepper.state.copy(from: steppers[phase].state) }
    if let support, let minibatch { stepper.samples.write(minibatch(support, madeSteps)) }
    stepper.coefficients?.write(adaptation.phases[place.phase].rule.coefficientTensors(step: place.count))
    stepper.step()
    (phase, madeSteps) = (place.phase, madeSteps + 1)
  }

  /// The model's parameters. Each task has its values of those that are adapted.
  public var model: Buffers<Parameters<Scalar>> { steppers[phase].model }

  /// The adapted parameters, which differ between tasks.
  public var adapted: Buffers<Parameters<Scalar>> { steppers[phase].adapted }

  /// The bound of each task's distance from the minimum before its last step, `[tasks]`; nil where the phase has no
  /// tolerance, and before its first step.
  public var distanceBounds: [Scalar]? { steppers[phase].watch?.distances }

  /// Makes one more step and measures each task's distance from a fixed point of the rule: the norm of the change of its
  /// adapted parameters, divided by the larger of their norms before and after the step. It is 0 where nothing changes,
  /// about 1 or 2 where steps overshoot, and NaN where the parameters are NaN.
  func fixedPointResiduals() -> [Scalar] {
    let before = adapted.arrays
    step()
    var sums = Array(repeating: (moved: Scalar(0), before: Scalar(0), after: Scalar(0)), count: tasks ?? 1)
    for (old, new) in zip(before, adapted.arrays) {
      let size = old.count / sums.count
      for index in old.indices {
        let difference = new[index] - old[index]
        sums[index / size].moved += difference * difference
        sums[index / size].before += old[index] * old[index]
        sums[index / size].after += new[index] * new[index]
      }
    }
    return sums.map { sum in
      // If either sum is NaN, the result is NaN.
      let scale = max(sum.before, sum.after)
      return sum.moved == 0 ? 0 : (sum.moved / scale).squareRoot()
    }
  }
}
