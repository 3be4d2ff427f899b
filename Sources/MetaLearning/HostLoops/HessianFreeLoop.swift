import NeuralNetworks
import TensorCore

/// The parts of a Hessian-free step of one phase as compiled programs.
struct HessianFreePrograms<Samples: TensorStructure>: Sendable {
  typealias Scalar = Samples.Scalar

  /// The state and the samples before a step.
  struct Point: TensorStructure {
    var state: AdaptationState<Scalar>
    var samples: Samples

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try state.forEachTensor(body)
      try samples.forEachTensor(body)
    }
  }

  /// The inner objectives before a step, and their gradients.
  struct Descent: TensorStructure {
    /// The objective of each task, `[tasks]`.
    var objectives: Tensor<Scalar>
    var gradients: Parameters<Scalar>
    /// The gradients, scaled in the same way as the linear system.
    var scaledGradients: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try objectives.forEachTensor(body)
      try gradients.forEachTensor(body)
      try scaledGradients.forEachTensor(body)
    }
  }

  /// A trial step of the line search. Gradients, direction and length differ between tasks.
  struct Way: TensorStructure {
    var point: Point
    var gradients: Parameters<Scalar>
    var directions: Parameters<Scalar>
    /// The length of each task's step, `[tasks]`.
    var lengths: Tensor<Scalar>
    /// A mask `[tasks]`: 1 where the scaled gradient replaces the direction.
    var isPlain: Tensor<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try gradients.forEachTensor(body)
      try directions.forEachTensor(body)
      try lengths.forEachTensor(body)
      try isPlain.forEachTensor(body)
    }
  }

  /// The end points of a trial step.
  struct End: TensorStructure {
    /// The objective of each task at its end point, `[tasks]`.
    var objectives: Tensor<Scalar>
    /// The directional derivatives of the objectives along the step, `[tasks]`.
    var directionalDerivatives: Tensor<Scalar>
    var taskParameters: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try objectives.forEachTensor(body)
      try directionalDerivatives.forEachTensor(body)
      try taskParameters.forEachTensor(body)
    }
  }

  let search: HessianFreeSearch
  let phase: Phase
  let tasks: Int
  let descent: Program<Point, Descent>
  let system: ConjugateGradientPrograms<Parameters<Scalar>, Point>
  let trial: Program<Way, End>

  /// - Parameters:
  ///   - index: the phase's number.
  ///   - state: the names and shapes of the inner loop's state.
  init(
    _ search: HessianFreeSearch, _ adaptation: Adaptation, phase index: Int, state: AdaptationState<Scalar>,
    _ problem: AdaptationProblem<Samples>
  ) {
    guard let tasks = problem.tasks else { preconditionFailure("steps are searched for with the tasks axis alone") }
    let phase = adaptation.phases[index]
    let taskParameters = phase.chosen(of: state.model)
    let point = Point(state: state, samples: problem.support)
    let numbers = Tensor<Scalar>.placeholder([tasks])
    func inner(_ point: Point) -> (problem: InnerProblem<Scalar>, phi: Parameters<Scalar>) {
      let problem = InnerProblem(adaptation, phase: index, from: point.state) {
        problem.supportLosses($0, point.samples, phase.objective)
      }
      return (problem, phase.chosen(of: point.state.model))
    }
    self.search = search
    self.phase = phase
    self.tasks = tasks
    descent = Program(for: point) { point in
      let (inner, phi) = inner(point)
      let gradients = inner.gradients(phi)
      return Descent(
        objectives: inner.objectives(phi), gradients: gradients, scaledGradients: inner.scaled(gradients, at: phi))
    }
    system = ConjugateGradientPrograms(unknowns: taskParameters, context: point, start: .zeros) { vectors, point in
      let (inner, phi) = inner(point)
      return inner.product(phi, along: vectors)
    }
    let way = Way(
      point: point, gradients: taskParameters, directions: taskParameters, lengths: numbers, isPlain: numbers)
    trial = Program(for: way) { way in
      let (inner, phi) = inner(way.point)
      // The solution of the scaled system, or its right-hand side, each scaled back.
      let directions = way.directions.combined(with: inner.scaled(way.gradients, at: phi)) {
        $0 + ($1 - $0).multiplied(byTask: way.isPlain)
      }
      let moves = inner.balanced(directions, at: phi)
      let end = phi - moves.map { $0.multiplied(byTask: way.lengths) }
      let along = (way.gradients * moves).tensors.map { $0.summedOverTask() }.reduce(0, +)
      return End(objectives: inner.objectives(end), directionalDerivatives: along, taskParameters: end)
    }
  }

  var workspaceBytes: Int { descent.workspaceBytes + system.workspaceBytes + trial.workspaceBytes }

  func makeLoop() -> HessianFreeLoop<Samples> { HessianFreeLoop(self) }
}

/// Makes Hessian-free steps of several tasks. The direction and the length of a task's step do not depend on the other
/// tasks.
final class HessianFreeLoop<Samples: TensorStructure> {
  typealias Scalar = Samples.Scalar
  private typealias Programs = HessianFreePrograms<Samples>

  private let search: HessianFreeSearch
  private let tasks: Int
  private let descent: Workspace<Programs.Point, Programs.Descent>
  private let system: ConjugateGradientSystems<Parameters<Scalar>, Programs.Point>
  private let trial: Workspace<Programs.Way, Programs.End>
  /// The state of the inner loop, which persists from one step to the next.
  let state: Buffers<AdaptationState<Scalar>>
  /// The samples that the tasks adapt to.
  let samples: Buffers<Samples>
  private let adapted: Buffers<Parameters<Scalar>>

  init(_ programs: HessianFreePrograms<Samples>) {
    (search, tasks) = (programs.search, programs.tasks)
    descent = programs.descent.makeWorkspace()
    system = programs.system.makeSystems()
    trial = programs.trial.makeWorkspace()
    state = descent.inputs.state
    samples = descent.inputs.samples
    adapted = state.model.part(programs.phase.chosen)
  }

  func step() {
    descent.run()
    let isPlain = findDirections().map { $0 == 0 }
    searchLengths(isPlain: isPlain)
    adapted.copy(from: trial.outputs.taskParameters)
  }

  /// Solves for the directions.
  /// - Returns: the number of solver steps of each task; 0 means that the task met no positive curvature.
  private func findDirections() -> [Int] {
    system.context.copy(from: descent.inputs)
    system.rightHandSides.copy(from: descent.outputs.scaledGradients)
    let steps = system.solve(search.direction)
    trial.inputs.point.copy(from: descent.inputs)
    trial.inputs.gradients.copy(from: descent.outputs.gradients)
    trial.inputs.directions.copy(from: system.solutions)
    return steps
  }

  /// Shortens each task's step until it is accepted, and leaves the end points of all tasks in `trial`.
  private func searchLengths(isPlain: [Bool]) {
    let objectives = descent.outputs.objectives.scalars
    let room = trial.inputs.lengths
    var lengths = Array(repeating: Scalar(1), count: tasks)
    var isOpen = Array(repeating: true, count: tasks)
    trial.inputs.isPlain.write(isPlain.map { $0 ? 1 : 0 })
    for number in 1...search.trials {
      room.write(lengths)
      trial.run()
      let (ends, directionalDerivatives) = (
        trial.outputs.objectives.scalars, trial.outputs.directionalDerivatives.scalars
      )
      for task in isOpen.indices where isOpen[task] {
        let promise = Scalar(search.sufficientDecrease) * lengths[task] * directionalDerivatives[task]
        isOpen[task] = !(ends[task] <= objectives[task] - promise)
        // No length was accepted, so the task stays where it is.
        if isOpen[task] { lengths[task] *= number == search.trials ? 0 : Scalar(search.shrinkage) }
      }
      guard isOpen.contains(true) else { return }
    }
    room.write(lengths)
    trial.run()
  }
}
