public import NeuralNetworks
public import TensorCore

/// The steps of an inner loop as compiled programs, for several tasks at once.
public struct InnerLoopPrograms<Scalar: TensorScalar>: Sendable {
  enum Steps: Sendable {
    /// The rule makes a step, and the opening's rule the first ones.
    case rule(opening: IteratedProgram<Scalar>?, main: IteratedProgram<Scalar>)
    /// A search finds a step.
    case search(HessianFreePrograms<Scalar>)
  }

  let problem: AdaptationProblem<Scalar>
  let openingSteps: Int
  /// Where the adapted parameters stand among those that a step works on.
  let adaptedPositions: [Int]
  /// From the meta-parameters, and what tasks draw, to what the first step works on.
  let begin: Program<Scalar>
  let steps: Steps

  /// Compiles one step of each kind.
  public init(_ adaptation: Adaptation, _ problem: AdaptationProblem<Scalar>) {
    let noiseShapes = adaptation.noiseShapes(for: problem.layout).map { Shape([problem.tasks] + $0.sizes) }
    // Only the names and shapes matter here.
    let anyNoise = noiseShapes.map { Tensor<Scalar>(repeating: 0.5, shape: $0) }
    let layout = adaptation.start(problem.layout, noise: anyNoise, tasks: problem.tasks)
    let adapted = Set(adaptation.adaptedParameters(of: layout).names)
    self.problem = problem
    openingSteps = adaptation.opening?.steps ?? 0
    adaptedPositions = layout.names.indices.filter { adapted.contains(layout.names[$0]) }
    begin = Program(argumentShapes: problem.layout.shapes + noiseShapes) { arguments in
      let (theta, noise) = (arguments.prefix(problem.layout.tensors.count), arguments.suffix(noiseShapes.count))
      return adaptation.start(
        problem.layout.replacingTensors(Array(theta)), noise: Array(noise), tasks: problem.tasks
      ).tensors
    }
    func program(ofStep number: Int) -> IteratedProgram<Scalar> {
      IteratedProgram(state: layout.shapes, constants: problem.supportShapes) { state, examples in
        let next = adaptation.step(layout.replacingTensors(state), number: number) {
          problem.supportLosses($0, examples, adaptation.objective(ofStep: number)).sum()
        }
        return (next.tensors, [])
      }
    }
    if let search = adaptation.search {
      precondition(openingSteps == 0, "a search takes every step: there cannot be \(openingSteps) others before")
      steps = .search(HessianFreePrograms(search, adaptation, problem))
    } else {
      steps = .rule(
        opening: openingSteps > 0 ? program(ofStep: 0) : nil, main: program(ofStep: openingSteps))
    }
  }

  /// The memory of a worker's loop in bytes, whatever the number of steps.
  public var workspaceBytes: Int {
    switch steps {
    case .rule(let opening, let main):
      begin.workspaceBytes + (opening?.program.workspaceBytes ?? 0) + main.program.workspaceBytes
    case .search(let programs): begin.workspaceBytes + programs.workspaceBytes
    }
  }

  /// What one worker adapts tasks in.
  public func makeLoop() -> InnerLoop<Scalar> { InnerLoop(self) }
}

/// Adapts several tasks step by step on known values. Memory does not grow with the steps, and nothing of a batch of tasks
/// is left for the next. Not Sendable: it belongs to one worker.
public final class InnerLoop<Scalar: TensorScalar> {
  private enum Stepper {
    case rule(opening: Workspace<Scalar>?, main: Workspace<Scalar>)
    case search(HessianFreeLoop<Scalar>)
  }

  private let programs: InnerLoopPrograms<Scalar>
  private let begin: Workspace<Scalar>
  private let stepper: Stepper
  private var madeSteps = 0

  init(_ programs: InnerLoopPrograms<Scalar>) {
    self.programs = programs
    begin = programs.begin.makeWorkspace()
    switch programs.steps {
    case .rule(let opening, let main):
      stepper = .rule(opening: opening?.program.makeWorkspace(), main: main.program.makeWorkspace())
    case .search(let programs): stepper = .search(programs.makeLoop())
    }
  }

  /// How many of the model's parameters tasks have of their own.
  public var adaptedCount: Int { programs.adaptedPositions.count }

  /// Goes back to the meta-parameters, with other examples to adapt to.
  /// - Parameter noise: random numbers between 0 and 1, `Adaptation.noiseShapes` of them for each task.
  public func restart(from parameters: Parameters<Scalar>, support: [[Scalar]], noise: [[Scalar]] = []) {
    madeSteps = 0
    for (index, tensor) in parameters.tensors.enumerated() { begin.setArgument(index, to: tensor.scalars) }
    for (index, numbers) in noise.enumerated() { begin.setArgument(parameters.tensors.count + index, to: numbers) }
    programs.begin.run(in: begin)
    switch stepper {
    case .rule(let opening, let main):
      let state = programs.begin.resultShapes.count
      for workspace in [opening, main].compactMap({ $0 }) {
        for index in 0..<state { workspace.setArgument(index, toResult: index, of: begin) }
        for (index, examples) in support.enumerated() { workspace.setArgument(state + index, to: examples) }
      }
    case .search(let loop):
      loop.restart(from: parameters, support: support) { [begin, positions = programs.adaptedPositions] in
        $1.setArgument($2, toResult: positions[$0], of: begin)
      }
    }
  }

  /// Makes one step.
  public func step() {
    switch (stepper, programs.steps) {
    case (.rule(let opening, let main), .rule(let openingProgram, let mainProgram)):
      if let opening, let openingProgram, madeSteps < programs.openingSteps {
        openingProgram.step(in: opening)
        for index in programs.begin.resultShapes.indices { main.setArgument(index, toArgument: index, of: opening) }
      } else {
        mainProgram.step(in: main)
      }
    case (.search(let loop), _): loop.step()
    default: preconditionFailure("an inner loop was made for programs of another kind")
    }
    madeSteps += 1
  }

  /// Makes one step more than were counted, and measures how far from a fixed point of the rule each task was: what the
  /// step moved its own parameters by, as a share of their norm before or after it, whichever is larger. 0 where nothing
  /// moves, about 1 or 2 where steps overshoot, and no number where the parameters have none.
  func fixedPointResiduals() -> [Scalar] {
    let before = adapted
    step()
    var sums = Array(repeating: (moved: Scalar(0), before: Scalar(0), after: Scalar(0)), count: programs.problem.tasks)
    for (old, new) in zip(before, adapted) {
      let size = old.count / sums.count
      for index in old.indices {
        let difference = new[index] - old[index]
        sums[index / size].moved += difference * difference
        sums[index / size].before += old[index] * old[index]
        sums[index / size].after += new[index] * new[index]
      }
    }
    return sums.map { sum in
      // Of two that are no numbers either is none.
      let scale = max(sum.before, sum.after)
      return sum.moved == 0 ? 0 : (sum.moved / scale).squareRoot()
    }
  }

  /// The tasks' own parameters, in the meta-parameters' order.
  public var adapted: [[Scalar]] {
    switch stepper {
    case .rule(_, let main): programs.adaptedPositions.map { main.argument($0) }
    case .search(let loop): loop.adapted
    }
  }

  /// Writes the tasks' own parameters as the arguments `first`, `first + 1`, ... of `workspace`, in the meta-parameters'
  /// order.
  public func writeAdapted(to workspace: Workspace<Scalar>, from first: Int) {
    for index in programs.adaptedPositions.indices { writeAdapted(index, to: workspace, first + index) }
  }

  /// Writes the tasks' own parameter `index` as an argument of `workspace`.
  func writeAdapted(_ index: Int, to workspace: Workspace<Scalar>, _ argument: Int) {
    switch stepper {
    case .rule(_, let main):
      workspace.setArgument(argument, toArgument: programs.adaptedPositions[index], of: main)
    case .search(let loop): loop.writeAdapted(index, to: workspace, argument)
    }
  }
}
