import FewShotTasks
import MetaLearning
import NeuralNetworks
import RandomStreams
import Runs
import TensorCore
import Training
import Workers

// One second-order MAML step of the convolutional network on random images, comparable with measurements of other
// toolkits, and meta-iterations of a run with that network.
extension Benchmark {
  /// The benchmarks of the convolutional network: a step on one core and on all cores, and meta-iterations on one core.
  static let convolutions: [Benchmark] = [
    omniglotConvolution(name: "omniglot-convolution", workers: 1),
    omniglotConvolution(name: "omniglot-convolution-workers", workers: cores), omniglot,
  ]

  /// 25 tasks of the convolutional network.
  static let scalingOfConvolutions = ScalingBenchmark(
    single: omniglot, runs: omniglot.repeats, iterations: 1,
    prepare: { workers, recorder in
      let run = try glyphIterations(workers: workers, recorder: recorder)
      return { _ = try run() }
    })

  /// A run of MAML through one inner step, on images that need no data.
  private static let omniglot: Benchmark = {
    var benchmark = Benchmark(
      name: "omniglot",
      summary: "meta-iterations of MAML with the 64-filter Omniglot network on generated glyphs, second order, Adam",
      threads: 1, measure: .rate(unit: "meta-iterations/s"),
      shapes: "25 tasks x (5 + 75) images of 28 x 28, 4 blocks of 64 filters", repeats: 3,
      prepare: { try glyphIterations(workers: 1) })
    benchmark.programs = { try unrolledPrograms(glyphs(workers: 1)) }
    return benchmark
  }()

  private static func glyphs(workers: Int) throws -> RunConfiguration {
    try configuration([
      "task=glyphs", "model=convolutional", "filters=64", "ways=5", "shots=1", "queries=15", "inner_steps=1",
      "meta_batch_size=25", "workers=\(workers)",
    ])
  }

  private static func glyphIterations(workers: Int, recorder: WorkRecorder? = nil) throws -> () throws -> Double {
    try metaIterations(glyphs(workers: workers), iterations: 1, batchCount: 2, recorder: recorder)
  }

  private static let (tasks, ways, queries, pixels) = (4, 5, 15, 28 * 28)
  /// The number of meta-steps in a repeat.
  private static let steps = 10

  /// A meta-step with an inner step at 0.4, the exact meta-gradient of each task and Adam at 0.001, always on the same
  /// images.
  private static func omniglotConvolution(name: String, workers: Int) -> Benchmark {
    var benchmark = Benchmark(
      name: name, summary: "a MAML step of the 64-filter Omniglot network on random images, second order, Adam",
      threads: workers, measure: .rate(unit: "meta-steps/s"),
      shapes: "\(tasks) tasks x (\(ways) + \(ways * queries)) images of 28 x 28, 4 blocks of 64 filters",
      prepare: {
        let (layout, program) = networkAndProgram()
        let pool = WorkerPool(count: workers)
        let workspaces = WorkerLocal(pool) { program.makeWorkspace() }
        let examples = (0..<tasks).map(Examples.init)
        let update = CompiledUpdate(Adam.steps(rate: 0.001), of: layout)
        var parameters = layout
        return {
          for _ in 1...steps {
            let gradient = try meanGradient(at: parameters, pool, workspaces, examples)
            parameters = update.step(parameters, against: gradient, losses: .none) ?? parameters
          }
          return Double(steps)
        }
      })
    benchmark.programs = { [(nil, networkAndProgram().program.compiled, tasks)] }
    return benchmark
  }

  /// The images and labels of a task.
  private struct Examples: TensorStructure {
    var support: LabeledExamples<Float>
    var query: LabeledExamples<Float>

    /// Images of normal numbers, with the labels 0, 1, ... in turn.
    init(ofTask task: Int) {
      var stream = RandomAddress(seed: 1, purpose: .benchmark, task: task + 1).stream
      func examples(_ shots: Int) -> LabeledExamples<Float> {
        let rows = ways * shots
        let images = (0..<rows * pixels).map { _ in Float(stream.normal()) }
        let labels = (0..<rows * ways).map { Float($0 / ways % ways == $0 % ways ? 1 : 0) }
        return LabeledExamples(
          inputs: Tensor(shape: [1, rows, pixels], scalars: images),
          targets: Tensor(shape: [1, rows, ways], scalars: labels))
      }
      support = examples(1)
      query = examples(queries)
    }

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try support.forEachTensor(body)
      try query.forEachTensor(body)
    }
  }

  private struct Inputs: TensorStructure {
    var parameters: Parameters<Float>
    var examples: Examples

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try parameters.forEachTensor(body)
      try examples.forEachTensor(body)
    }
  }

  private static func networkAndProgram() -> (layout: Parameters<Float>, program: Program<Inputs, Parameters<Float>>) {
    let network = ConvolutionalNetwork(
      image: .init(height: 28, width: 28, channels: 1), outputSize: ways, filterInitializer: .he)
    var stream = RandomAddress(seed: 1, purpose: .benchmark).stream
    let layout: Parameters<Float> = network.initialParameters(from: &stream)
    return (layout, metaGradientProgram(network, layout))
  }

  /// The mean of the tasks' meta-gradients.
  private static func meanGradient(
    at parameters: Parameters<Float>, _ pool: WorkerPool,
    _ workspaces: WorkerLocal<Workspace<Inputs, Parameters<Float>>>, _ examples: [Examples]
  ) throws -> Parameters<Float> {
    let gradients = try pool.map(jobs: tasks) { task, worker in
      let workspace = workspaces[worker]
      workspace.inputs.write(Inputs(parameters: parameters, examples: examples[task]))
      workspace.run()
      return workspace.outputs.read()
    }
    return Tensor(1 / Float(tasks)) * gradients.reduce(parameters.zeros, +)
  }

  /// The program of the gradient of one task's outer loss.
  private static func metaGradientProgram(
    _ network: ConvolutionalNetwork, _ layout: Parameters<Float>
  ) -> Program<Inputs, Parameters<Float>> {
    let algorithm = MAML(rate: 0.4).objective
    func loss(_ examples: LabeledExamples<Float>) -> Adaptation.Loss<Float> {
      { softmaxCrossEntropy(logits: network($0, examples.inputs), targets: examples.targets).mean() }
    }
    return Program(for: Inputs(parameters: layout, examples: Examples(ofTask: 0))) { inputs in
      algorithm.outerLossAndGradient(
        MetaParameters(model: inputs.parameters, rules: [Parameters([])]),
        supportLosses: [loss(inputs.examples.support)], queryLoss: loss(inputs.examples.query), tasks: 1
      ).gradient.model
    }
  }
}
