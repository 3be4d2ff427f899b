import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore
import Workers

// One second-order MAML step of the convolutional network on random images: comparable with the peers that are measured so.
extension Benchmark {
  /// On one core and on all.
  static let convolutions: [Benchmark] = [
    omniglotConvolution(name: "omniglot-convolution", workers: 1),
    omniglotConvolution(name: "omniglot-convolution-workers", workers: cores),
  ]

  private static let (tasks, ways, queries) = (4, 5, 15)
  /// Meta-steps of a repeat.
  private static let steps = 10

  /// An inner step at 0.4, the exact meta-gradient of each task, Adam at 0.001; the images stay the same.
  private static func omniglotConvolution(name: String, workers: Int) -> Benchmark {
    var benchmark = Benchmark(
      name: name, summary: "a MAML step of the 64-filter Omniglot network on random images, second order, Adam",
      threads: workers, measure: .rate(unit: "meta-steps/s"),
      shapes: "\(tasks) tasks x (\(ways) + \(ways * queries)) images of 28 x 28, 4 blocks of 64 filters",
      prepare: {
        let (layout, program) = networkAndProgram()
        let pool = WorkerPool(count: workers)
        let workspaces = WorkerLocal(pool) { program.makeWorkspace() }
        let examples = (0..<tasks).map { exampleArguments($0, of: program, after: layout.tensors.count) }
        let outer = OuterLoop(layout, optimizer: Adam(), clip: 0, prefix: "")
        return {
          for step in 1...steps {
            let gradient = try meanGradient(at: outer.parameters, program, pool, workspaces, examples)
            try outer.step(against: gradient, rate: 0.001, iteration: step)
          }
          return Double(steps)
        }
      })
    benchmark.programs = { [(networkAndProgram().program, tasks)] }
    return benchmark
  }

  private static func networkAndProgram() -> (layout: Parameters<Float>, program: Program<Float>) {
    let network = ConvolutionalNetwork(
      image: .init(height: 28, width: 28, channels: 1), outputSize: ways, filterInitializer: .he)
    var stream = RandomAddress(seed: 1, purpose: .benchmark).stream
    let layout: Parameters<Float> = network.initialParameters(from: &stream)
    return (layout, metaGradientProgram(network, layout))
  }

  /// The mean of the tasks' meta-gradients, one array a parameter.
  private static func meanGradient(
    at parameters: Parameters<Float>, _ program: Program<Float>, _ pool: WorkerPool,
    _ workspaces: WorkerLocal<Workspace<Float>>, _ examples: [[[Float]]]
  ) throws -> [[Float]] {
    let gradients = try pool.map(jobs: tasks) { task, worker in
      let workspace = workspaces[worker]
      for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
      for (index, scalars) in examples[task].enumerated() {
        workspace.setArgument(parameters.tensors.count + index, to: scalars)
      }
      workspace.run()
      return parameters.tensors.indices.map { workspace.result($0) }
    }
    return parameters.shapes.enumerated().map { index, shape in
      let sum = gradients.map { Tensor(shape: shape, scalars: $0[index]) }.reduce(.zeros(shape), +)
      return (sum * Tensor(1 / Float(tasks))).scalars
    }
  }

  /// The gradient of one task's outer loss; arguments are the parameters, then support and query images and labels.
  private static func metaGradientProgram(_ network: ConvolutionalNetwork, _ layout: Parameters<Float>) -> Program<
    Float
  > {
    let algorithm = MetaObjective(MAML(rate: 0.4).adaptation())
    let examples = [1, queries].flatMap { [[1, ways * $0, network.inputSize], [1, ways * $0, ways]] as [Shape] }
    return Program(argumentShapes: layout.shapes + examples) { arguments in
      let data = Array(arguments.dropFirst(layout.tensors.count))
      func loss(_ first: Int) -> Adaptation.Loss<Float> {
        { softmaxCrossEntropy(logits: network($0, data[first]), targets: data[first + 1]).mean() }
      }
      let parameters = layout.replacingTensors(Array(arguments.prefix(layout.tensors.count)))
      return algorithm.outerLossAndGradient(
        parameters, supportLosses: [loss(0)], queryLoss: loss(2), tasks: 1
      ).gradient.tensors
    }
  }

  /// Normal images and the labels 0, 1, ... in turn, for a task's arguments from `first` on.
  private static func exampleArguments(_ task: Int, of program: Program<Float>, after first: Int) -> [[Float]] {
    var stream = RandomAddress(seed: 1, purpose: .benchmark, task: task + 1).stream
    return program.argumentShapes.dropFirst(first).map { shape in
      (0..<shape.count).map { index in
        if shape[2] == ways { return index / ways % ways == index % ways ? 1 : 0 }
        return Float(stream.normal())
      }
    }
  }
}
