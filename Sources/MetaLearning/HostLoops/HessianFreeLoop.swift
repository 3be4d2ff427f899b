import NeuralNetworks
import TensorCore

/// The parts of a Hessian-free step as compiled programs. All begin with the arguments theta, phi and the examples.
struct HessianFreePrograms<Scalar: TensorScalar>: Sendable {
  let search: HessianFreeSearch
  let tasks: Int
  let parameterCount: Int
  let adaptedCount: Int
  let exampleCount: Int
  /// To the objectives, the slopes, and the slopes scaled as the system is.
  let slope: Program<Scalar>
  let system: ConjugateGradientPrograms<Scalar>
  /// Also from slopes, directions, lengths, and 1 where the scaled slope takes a direction's place: to the objectives at
  /// the end of that way, the slopes along it, and the end.
  let trial: Program<Scalar>

  init(_ search: HessianFreeSearch, _ adaptation: Adaptation, _ problem: AdaptationProblem<Scalar>) {
    let own = adaptation.adaptedParameters(of: adaptation.start(problem.layout, tasks: problem.tasks)).shapes
    let theta = problem.layout.tensors.count
    self.search = search
    tasks = problem.tasks
    parameterCount = theta
    adaptedCount = own.count
    exampleCount = problem.supportShapes.count
    let common = problem.layout.shapes + own + problem.supportShapes
    func parts(_ arguments: [Tensor<Scalar>]) -> (inner: InnerProblem<Scalar>, phi: [Tensor<Scalar>]) {
      let inner = InnerProblem(
        adaptation, problem, parameters: problem.layout.replacingTensors(Array(arguments[..<theta])),
        examples: Array(arguments[(theta + own.count)..<common.count]))
      return (inner, Array(arguments[theta..<theta + own.count]))
    }
    slope = Program(argumentShapes: common) { arguments in
      let (inner, phi) = parts(arguments)
      let slopes = inner.slope(phi)
      return [inner.objectives(phi)] + slopes + inner.scaled(slopes)
    }
    system = ConjugateGradientPrograms(unknowns: own, context: common, start: .zeros) { vectors, context in
      let (inner, phi) = parts(context)
      return inner.product(phi, along: vectors)
    }
    let perTask: [Shape] = [[problem.tasks], [problem.tasks]]
    trial = Program(argumentShapes: common + own + own + perTask) { arguments in
      let (inner, phi) = parts(arguments)
      let given = Array(arguments[common.count...])
      let (slopes, solved) = (Array(given[..<own.count]), Array(given[own.count..<2 * own.count]))
      let (lengths, isPlain) = (given[2 * own.count], given[2 * own.count + 1])
      let directions = zip(solved, inner.scaled(slopes)).map { $0 + ($1 - $0).multiplied(byTask: isPlain) }
      let end = zip(phi, directions).map { $0 - $1.multiplied(byTask: lengths) }
      let slopesAlong = zip(slopes, directions).map { ($0 * $1).summedOverTask() }.reduce(0, +)
      return [inner.objectives(end), slopesAlong] + end
    }
  }

  var workspaceBytes: Int { slope.workspaceBytes + system.workspaceBytes + trial.workspaceBytes }

  func makeLoop() -> HessianFreeLoop<Scalar> { HessianFreeLoop(self) }
}

/// Makes Hessian-free steps of several tasks: each one's direction and length are its own, whatever its neighbours do.
final class HessianFreeLoop<Scalar: TensorScalar> {
  private let programs: HessianFreePrograms<Scalar>
  /// Where the tasks are: its arguments hold phi from one step to the next.
  private let slope: Workspace<Scalar>
  private let system: ConjugateGradientSystems<Scalar>
  private let trial: Workspace<Scalar>

  private var phi: Range<Int> { programs.parameterCount..<programs.parameterCount + programs.adaptedCount }
  private var commonCount: Int { phi.upperBound + programs.exampleCount }

  init(_ programs: HessianFreePrograms<Scalar>) {
    self.programs = programs
    slope = programs.slope.makeWorkspace()
    system = programs.system.makeSystems()
    trial = programs.trial.makeWorkspace()
  }

  /// - Parameter writeStart: writes a task's own parameter of an index, where the loop starts, as an argument.
  func restart(
    from parameters: Parameters<Scalar>, support: [[Scalar]], writeStart: (Int, Workspace<Scalar>, Int) -> Void
  ) {
    for (index, tensor) in parameters.tensors.enumerated() { slope.setArgument(index, to: tensor.scalars) }
    for (index, argument) in phi.enumerated() { writeStart(index, slope, argument) }
    for (index, examples) in support.enumerated() { slope.setArgument(phi.upperBound + index, to: examples) }
  }

  var adapted: [[Scalar]] { phi.map { slope.argument($0) } }

  func writeAdapted(_ index: Int, to workspace: Workspace<Scalar>, _ argument: Int) {
    workspace.setArgument(argument, toArgument: phi.lowerBound + index, of: slope)
  }

  func step() {
    programs.slope.run(in: slope)
    let isPlain = findDirections().map { $0 == 0 }
    searchLengths(isPlain: isPlain)
    for (index, argument) in phi.enumerated() { slope.setArgument(argument, toResult: 2 + index, of: trial) }
  }

  /// Solves for the directions.
  /// - Returns: the steps that each took; one without any met no positive curvature.
  private func findDirections() -> [Int] {
    let count = programs.adaptedCount
    for index in 0..<commonCount {
      system.setContext(index) { $0.setArgument($1, toArgument: index, of: slope) }
      trial.setArgument(index, toArgument: index, of: slope)
    }
    for index in 0..<count {
      system.setRightHandSide(index) { $0.setArgument($1, toResult: 1 + count + index, of: slope) }
      trial.setArgument(commonCount + index, toResult: 1 + index, of: slope)
    }
    let steps = system.solve(programs.search.direction)
    for index in 0..<count {
      system.readSolution(index) { trial.setArgument(commonCount + count + index, toArgument: $1, of: $0) }
    }
    return steps
  }

  /// Shortens each task's step until it is good enough, and leaves the ends of all of them in `trial`.
  private func searchLengths(isPlain: [Bool]) {
    let place = commonCount + 2 * programs.adaptedCount
    let objectives = slope.result(0)
    var lengths = Array(repeating: Scalar(1), count: programs.tasks)
    var isOpen = Array(repeating: true, count: programs.tasks)
    trial.setArgument(place + 1, to: isPlain.map { $0 ? 1 : 0 })
    for number in 1...programs.search.trials {
      trial.setArgument(place, to: lengths)
      programs.trial.run(in: trial)
      let (ends, slopesAlong) = (trial.result(0), trial.result(1))
      for task in isOpen.indices where isOpen[task] {
        let promise = Scalar(programs.search.sufficientDecrease) * lengths[task] * slopesAlong[task]
        isOpen[task] = !(ends[task] <= objectives[task] - promise)
        // No length was good enough: the task stays.
        if isOpen[task] { lengths[task] *= number == programs.search.trials ? 0 : Scalar(programs.search.shrinkage) }
      }
      guard isOpen.contains(true) else { return }
    }
    trial.setArgument(place, to: lengths)
    programs.trial.run(in: trial)
  }
}
