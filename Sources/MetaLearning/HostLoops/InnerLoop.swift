public import NeuralNetworks
public import TensorCore

/// The steps of an inner loop as compiled programs, for several tasks at once.
public struct InnerLoopPrograms<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar
  /// One step of a rule: its state is the parameters and what the rules remember.
  typealias Step = IteratedProgram<Parameters<Scalar>, Samples, NoTensors<Scalar>>

  /// What the first step works on follows from these.
  struct Beginning: TensorStructure {
    var parameters: Parameters<Scalar>
    var noise: [Tensor<Scalar>]

    mutating func forEachTensor(_ body: (inout Tensor<Scalar>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try noise.forEachTensor(body)
    }
  }

  enum Steps: Sendable {
    /// The rule makes a step, and the opening's rule the first ones.
    case rule(opening: Step?, main: Step)
    /// A search finds a step.
    case search(HessianFreePrograms<Samples>)
  }

  let adaptation: Adaptation
  let tasks: Int
  let openingSteps: Int
  let begin: Program<Beginning, Parameters<Scalar>>
  let steps: Steps

  /// Compiles one step of each kind.
  public init(_ adaptation: Adaptation, _ problem: AdaptationProblem<Samples>) {
    // Only the names and shapes matter here.
    let noise = adaptation.noiseShapes(for: problem.layout).map { shape in
      Tensor<Scalar>.placeholder(Shape([problem.tasks] + shape.sizes))
    }
    let layout = adaptation.start(problem.layout, noise: noise, tasks: problem.tasks)
    self.adaptation = adaptation
    tasks = problem.tasks
    openingSteps = adaptation.opening?.steps ?? 0
    begin = Program(for: Beginning(parameters: problem.layout, noise: noise)) {
      adaptation.start($0.parameters, noise: $0.noise, tasks: problem.tasks)
    }
    func program(ofStep number: Int) -> Step {
      IteratedProgram(state: layout, constants: problem.support) { state, samples in
        let next = adaptation.step(state, number: number) {
          problem.supportLosses($0, samples, adaptation.objective(ofStep: number)).sum()
        }
        return (next, NoTensors())
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
      begin.workspaceBytes + (opening?.workspaceBytes ?? 0) + main.workspaceBytes
    case .search(let programs): begin.workspaceBytes + programs.workspaceBytes
    }
  }

  /// What one worker adapts tasks in.
  public func makeLoop() -> InnerLoop<Samples> { InnerLoop(self) }
}

/// Adapts several tasks step by step on known values. Memory does not grow with the steps, and nothing of a batch of tasks
/// is left for the next. Not Sendable: it belongs to one worker.
public final class InnerLoop<Samples: TensorStructure> {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar
  private typealias Programs = InnerLoopPrograms<Samples>
  private typealias StepWorkspace = IteratedWorkspace<Parameters<Scalar>, Samples, NoTensors<Scalar>>

  private enum Stepper {
    case rule(opening: StepWorkspace?, main: StepWorkspace)
    case search(HessianFreeLoop<Samples>)
  }

  private let tasks: Int
  private let openingSteps: Int
  private let begin: Workspace<Programs.Beginning, Parameters<Scalar>>
  private let stepper: Stepper
  private let parameters: Buffers<Parameters<Scalar>>
  private let noise: Buffers<[Tensor<Scalar>]>
  /// The tasks' own parameters among those that a step starts from.
  private let firstAdapted: Buffers<Parameters<Scalar>>
  /// Where the tasks' own parameters are.
  public let adaptedBuffers: Buffers<Parameters<Scalar>>
  private var madeSteps = 0

  init(_ programs: InnerLoopPrograms<Samples>) {
    (tasks, openingSteps) = (programs.tasks, programs.openingSteps)
    begin = programs.begin.makeWorkspace()
    parameters = begin.inputs.parameters
    noise = begin.inputs.noise
    firstAdapted = begin.outputs.part(programs.adaptation.adaptedParameters)
    switch programs.steps {
    case .rule(let opening, let main):
      let main = main.makeWorkspace()
      stepper = .rule(opening: opening?.makeWorkspace(), main: main)
      adaptedBuffers = main.state.part(programs.adaptation.adaptedParameters)
    case .search(let programs):
      let loop = programs.makeLoop()
      stepper = .search(loop)
      adaptedBuffers = loop.adapted
    }
  }

  /// Goes back to the meta-parameters, with other samples to adapt to.
  /// - Parameter noise: random numbers between 0 and 1, `Adaptation.noiseShapes` of them for each task.
  public func restart(from parameters: Parameters<Scalar>, support: Samples, noise: [Tensor<Scalar>] = []) {
    madeSteps = 0
    self.parameters.write(parameters)
    self.noise.write(noise)
    begin.run()
    switch stepper {
    case .rule(let opening, let main):
      for workspace in [opening, main].compactMap({ $0 }) {
        workspace.state.copy(from: begin.outputs)
        workspace.constants.write(support)
      }
    case .search(let loop):
      loop.parameters.write(parameters)
      loop.samples.write(support)
      loop.adapted.copy(from: firstAdapted)
    }
  }

  /// Makes one step.
  public func step() {
    switch stepper {
    case .rule(let opening?, let main) where madeSteps < openingSteps:
      opening.step()
      main.state.copy(from: opening.state)
    case .rule(_, let main): main.step()
    case .search(let loop): loop.step()
    }
    madeSteps += 1
  }

  /// Makes one step more than were counted, and measures how far from a fixed point of the rule each task was: what the
  /// step moved its own parameters by, as a share of their norm before or after it, whichever is larger. 0 where nothing
  /// moves, about 1 or 2 where steps overshoot, and no number where the parameters have none.
  func fixedPointResiduals() -> [Scalar] {
    let before = adaptedBuffers.arrays
    step()
    var sums = Array(repeating: (moved: Scalar(0), before: Scalar(0), after: Scalar(0)), count: tasks)
    for (old, new) in zip(before, adaptedBuffers.arrays) {
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

  /// The tasks' own parameters, with the tasks axis.
  public var adapted: Parameters<Scalar> { adaptedBuffers.read() }
}
