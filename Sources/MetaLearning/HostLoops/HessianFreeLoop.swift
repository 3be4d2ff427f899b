import NeuralNetworks
import TensorCore

/// The parts of a Hessian-free step as compiled programs.
struct HessianFreePrograms<Samples: TensorStructure>: Sendable {
  typealias Scalar = Samples.Scalar

  /// The inner objectives where a step begins, and their gradients.
  struct Slope: TensorStructure {
    /// `[tasks]`.
    var objectives: Tensor<Scalar>
    var slopes: Parameters<Scalar>
    /// Scaled as the system is.
    var scaledSlopes: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try objectives.forEachTensor(body)
      try slopes.forEachTensor(body)
      try scaledSlopes.forEachTensor(body)
    }
  }

  /// A way that may be gone; all but the point is each task's own.
  struct Way: TensorStructure {
    var point: InnerPoint<Samples>
    var slopes: Parameters<Scalar>
    var directions: Parameters<Scalar>
    /// `[tasks]`.
    var lengths: Tensor<Scalar>
    /// `[tasks]`: 1 where the scaled slope takes a direction's place.
    var isPlain: Tensor<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try point.forEachTensor(body)
      try slopes.forEachTensor(body)
      try directions.forEachTensor(body)
      try lengths.forEachTensor(body)
      try isPlain.forEachTensor(body)
    }
  }

  /// Where a way ends.
  struct End: TensorStructure {
    /// `[tasks]`.
    var objectives: Tensor<Scalar>
    /// The slopes along the way, `[tasks]`.
    var slopesAlong: Tensor<Scalar>
    var own: Parameters<Scalar>

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try objectives.forEachTensor(body)
      try slopesAlong.forEachTensor(body)
      try own.forEachTensor(body)
    }
  }

  let search: HessianFreeSearch
  let tasks: Int
  let slope: Program<InnerPoint<Samples>, Slope>
  let system: ConjugateGradientPrograms<Parameters<Scalar>, InnerPoint<Samples>>
  let trial: Program<Way, End>

  init(_ search: HessianFreeSearch, _ adaptation: Adaptation, _ problem: AdaptationProblem<Samples>) {
    let own = adaptation.adaptedParameters(of: adaptation.start(problem.layout, tasks: problem.tasks))
    let point = InnerPoint(parameters: problem.layout, own: own, samples: problem.support)
    let numbers = Tensor<Scalar>.placeholder([problem.tasks])
    func inner(_ point: InnerPoint<Samples>) -> InnerProblem<Scalar> {
      InnerProblem(adaptation, tasks: problem.tasks, parameters: point.parameters) {
        problem.supportLosses($0, point.samples, adaptation.objective)
      }
    }
    self.search = search
    tasks = problem.tasks
    slope = Program(for: point) { point in
      let inner = inner(point)
      let slopes = inner.slope(point.own)
      return Slope(objectives: inner.objectives(point.own), slopes: slopes, scaledSlopes: inner.scaled(slopes))
    }
    system = ConjugateGradientPrograms(unknowns: own, context: point, start: .zeros) { vectors, point in
      inner(point).product(point.own, along: vectors)
    }
    let way = Way(point: point, slopes: own, directions: own, lengths: numbers, isPlain: numbers)
    trial = Program(for: way) { way in
      let inner = inner(way.point)
      let directions = way.directions.combined(with: inner.scaled(way.slopes)) {
        $0 + ($1 - $0).multiplied(byTask: way.isPlain)
      }
      let end = way.point.own - directions.map { $0.multiplied(byTask: way.lengths) }
      let along = (way.slopes * directions).tensors.map { $0.summedOverTask() }.reduce(0, +)
      return End(objectives: inner.objectives(end), slopesAlong: along, own: end)
    }
  }

  var workspaceBytes: Int { slope.workspaceBytes + system.workspaceBytes + trial.workspaceBytes }

  func makeLoop() -> HessianFreeLoop<Samples> { HessianFreeLoop(self) }
}

/// Makes Hessian-free steps of several tasks: each one's direction and length are its own, whatever its neighbours do.
final class HessianFreeLoop<Samples: TensorStructure> {
  typealias Scalar = Samples.Scalar
  private typealias Programs = HessianFreePrograms<Samples>

  private let search: HessianFreeSearch
  private let tasks: Int
  private let slope: Workspace<InnerPoint<Samples>, Programs.Slope>
  private let system: ConjugateGradientSystems<Parameters<Scalar>, InnerPoint<Samples>>
  private let trial: Workspace<Programs.Way, Programs.End>
  /// Where the tasks are: phi stays here from one step to the next.
  let adapted: Buffers<Parameters<Scalar>>
  /// The meta-parameters theta.
  let parameters: Buffers<Parameters<Scalar>>
  /// What the tasks adapt to.
  let samples: Buffers<Samples>

  init(_ programs: HessianFreePrograms<Samples>) {
    (search, tasks) = (programs.search, programs.tasks)
    slope = programs.slope.makeWorkspace()
    system = programs.system.makeSystems()
    trial = programs.trial.makeWorkspace()
    adapted = slope.inputs.own
    parameters = slope.inputs.parameters
    samples = slope.inputs.samples
  }

  func step() {
    slope.run()
    let isPlain = findDirections().map { $0 == 0 }
    searchLengths(isPlain: isPlain)
    adapted.copy(from: trial.outputs.own)
  }

  /// Solves for the directions.
  /// - Returns: the steps that each took; one without any met no positive curvature.
  private func findDirections() -> [Int] {
    system.context.copy(from: slope.inputs)
    system.rightHandSides.copy(from: slope.outputs.scaledSlopes)
    let steps = system.solve(search.direction)
    trial.inputs.point.copy(from: slope.inputs)
    trial.inputs.slopes.copy(from: slope.outputs.slopes)
    trial.inputs.directions.copy(from: system.solutions)
    return steps
  }

  /// Shortens each task's step until it is good enough, and leaves the ends of all of them in `trial`.
  private func searchLengths(isPlain: [Bool]) {
    let objectives = slope.outputs.objectives.scalars
    let room = trial.inputs.lengths
    var lengths = Array(repeating: Scalar(1), count: tasks)
    var isOpen = Array(repeating: true, count: tasks)
    trial.inputs.isPlain.write(isPlain.map { $0 ? 1 : 0 })
    for number in 1...search.trials {
      room.write(lengths)
      trial.run()
      let (ends, slopesAlong) = (trial.outputs.objectives.scalars, trial.outputs.slopesAlong.scalars)
      for task in isOpen.indices where isOpen[task] {
        let promise = Scalar(search.sufficientDecrease) * lengths[task] * slopesAlong[task]
        isOpen[task] = !(ends[task] <= objectives[task] - promise)
        // No length was good enough: the task stays.
        if isOpen[task] { lengths[task] *= number == search.trials ? 0 : Scalar(search.shrinkage) }
      }
      guard isOpen.contains(true) else { return }
    }
    room.write(lengths)
    trial.run()
  }
}
