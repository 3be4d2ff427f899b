import NeuralNetworks
import TensorCore

/// The steps of one phase with a tolerance, as a compiled program: a step moves the tasks that a mask chooses, and bounds the
/// distance of every task from its minimum.
struct WatchedSteps<Samples: TensorStructure>: Sendable {
  typealias Scalar = Samples.Scalar
  typealias StepInputs = InnerLoopPrograms<Samples>.StepInputs

  /// The values that a step reads and does not change.
  struct Inputs: TensorStructure {
    var step: StepInputs
    /// A mask `[tasks]`: 1 for each task whose steps go on.
    var mask: Tensor<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try step.forEachTensor(body)
      try mask.forEachTensor(body)
    }
  }

  let tasks: Int
  let tolerance: Scalar
  /// The program of a step, whose outputs are the bounds `[tasks]` of the distances from the minima before the step.
  let program: IteratedProgram<AdaptationState<Scalar>, Inputs, Tensor<Scalar>>

  /// - Parameters:
  ///   - index: the phase's number.
  ///   - tolerance: the distance at which the steps of a task end.
  ///   - state: the names and shapes of the inner loop's state.
  ///   - inputs: the names and shapes of what a step reads.
  init(
    _ adaptation: Adaptation, phase index: Int, _ tolerance: Double, state: AdaptationState<Scalar>,
    _ inputs: StepInputs, _ problem: AdaptationProblem<Samples>
  ) {
    guard let tasks = problem.tasks else { preconditionFailure("steps are watched with the tasks axis alone") }
    let phase = adaptation.phases[index]
    self.tasks = tasks
    self.tolerance = Scalar(tolerance)
    program = IteratedProgram(state: state, constants: Inputs(step: inputs, mask: .placeholder([tasks]))) {
      state, inputs in
      let objective = InnerProblem(adaptation, phase: index, from: state) {
        problem.supportLosses($0, inputs.step.samples, phase.objective)
      }
      let current = phase.chosen(of: state.model)
      let point = phase.rule.gradientPoint(current, state: state.states[index])
      var next = adaptation.step(state, phase: index, coefficients: inputs.step.coefficients, tasks: tasks) {
        problem.supportLosses($0, inputs.step.samples, phase.objective).sum()
      }
      // A task that has stopped keeps its parameters.
      next.model = next.model.merging(
        .combining(phase.chosen(of: next.model), current) { moved, kept in
          let ofTasks = Shape([tasks] + Array(repeating: 1, count: moved.shape.rank - 1))
          return select(inputs.mask.reshaped(to: ofTasks), moved, kept)
        })
      return (next, objective.distanceBounds(point))
    }
  }
}

/// Makes the steps of a phase with a tolerance. A task stops after the first step that began near enough to the minimum,
/// whatever the other tasks do; where the step size is right for the curvature, that step only led nearer.
final class WatchedLoop<Samples: TensorStructure> {
  typealias Scalar = Samples.Scalar

  private let workspace: IteratedWorkspace<AdaptationState<Scalar>, WatchedSteps<Samples>.Inputs, Tensor<Scalar>>
  private let tolerance: Scalar
  private let mask: Buffers<Tensor<Scalar>>
  private var isOpen: [Bool]
  /// The bound of each task's distance before its last step; nil before the first step.
  private(set) var distances: [Scalar]?

  /// The state of the inner loop, which persists from one step to the next.
  let state: Buffers<AdaptationState<Scalar>>
  /// The samples of the next step.
  let samples: Buffers<Samples>
  /// The coefficients of the rule for the next step.
  let coefficients: Buffers<Parameters<Scalar>>

  init(_ steps: WatchedSteps<Samples>) {
    workspace = steps.program.makeWorkspace()
    tolerance = steps.tolerance
    mask = workspace.constants.mask
    isOpen = Array(repeating: true, count: steps.tasks)
    state = workspace.state
    let inputs = workspace.constants.step
    samples = inputs.samples
    coefficients = inputs.coefficients
  }

  /// Lets all tasks step again.
  func restart() {
    for task in isOpen.indices { isOpen[task] = true }
    distances = nil
  }

  /// Makes a step of the tasks that have not stopped; none where all have.
  func step() {
    guard isOpen.contains(true) else { return }
    mask.write(isOpen.map { $0 ? 1 : 0 })
    workspace.step()
    let found = workspace.outputs.scalars
    var last = distances ?? found
    for task in isOpen.indices where isOpen[task] {
      last[task] = found[task]
      isOpen[task] = !(found[task] <= tolerance)
    }
    distances = last
  }
}
