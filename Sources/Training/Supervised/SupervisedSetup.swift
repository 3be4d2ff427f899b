package import FewShotTasks
import ImageData
package import MetaLearning
import NeuralNetworks
package import Parts
import RandomStreams
package import Runs
import TensorCore

/// The values of a configuration for learning supervised tasks, in the form that the modules below take.
package struct SupervisedSetup: Sendable {
  let configuration: RunConfiguration
  let sampling: SupervisedSampling
  /// Whether evaluations normalise the channels of a convolutional model by averages over training.
  let averagesStatistics: Bool
  package let task: FewShotTask
  /// The model that is trained. An evaluation may normalise it by other statistics (`normalized(by:)`).
  private(set) var model: any Network
  let algorithm: MetaObjective
  /// The meta-parameters with their initial values, whose names and shapes stay the same.
  package let initialParameters: MetaParameters<Float>

  /// The random numbers that each task draws before its first step.
  let noise: AdaptationNoise

  /// The prefix of the names of the meta-parameters in a checkpoint.
  static let checkpointPrefix = "model."

  /// - Throws: `UserError` where the configuration asks for something that does not exist.
  package init(_ configuration: RunConfiguration) throws(UserError) {
    guard let family = configuration.family as? any SupervisedTaskFamily else {
      preconditionFailure("\(configuration.taskName) has no examples")
    }
    sampling = configuration[SupervisedSampling.self]
    let task = try family.task(sampling.counts)
    try Self.checkChunk(of: task, sampling)
    self.configuration = configuration
    self.task = task
    let problem = ModelProblem(
      inputSize: task.distribution.inputSize, outputSize: task.distribution.targetSize,
      image: task.imageShape.map { .init(height: $0.height, width: $0.width, channels: $0.channels) },
      layerForm: configuration.metaAlgorithm.layerForm)
    let chosenModel = configuration[ModelSettings.self].model
    averagesStatistics = (chosenModel as? ConvolutionalModel)?.normalization == .running
    do {
      model = try chosenModel.network(for: problem)
    } catch {
      throw UserError("\(configuration.taskName): \(error.message)", status: error.status)
    }
    try configuration.checkModelSize(of: model.layerSizes) { [sampling] numbers in
      let chunk = min(
        task.imageShape == nil ? TaskChunks.largest : TaskChunks.largest(numbers: numbers), sampling.metaBatchSize)
      // An iteration holds a gradient of each chunk.
      return max(chunk, (sampling.metaBatchSize + chunk - 1) / chunk)
    }
    var objective = try configuration.objective(
      layers: model.layerNames, hasFixedExamples: true, hasLabels: task.isClassification)
    objective.adaptation.minibatch = configuration[MinibatchSettings.self].size(for: configuration.metaAlgorithm)
    algorithm = objective
    var stream = RandomAddress(seed: UInt64(configuration.run.seed), purpose: .initialization).stream
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: model.initialParameters(from: &stream))
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// A batch of tasks cut into the chunks that one program takes.
  func chunks(of tasks: Int) -> TaskChunks { TaskChunks(tasks: tasks, largest: largestChunk) }

  /// The chunks of an iteration's tasks.
  package var trainingChunks: TaskChunks { chunks(of: sampling.metaBatchSize) }

  private var largestChunk: Int {
    guard task.imageShape != nil else { return TaskChunks.largest }
    // The activations of one task's images alone fill a core's cache.
    if model is ConvolutionalNetwork || model is FixedNormalizationNetwork || model is CellNetwork { return 1 }
    let own = algorithm.adaptation.start(initialParameters, noise: noise.placeholders(tasks: 1), tasks: 1).elementCount
    return TaskChunks.largest(numbers: own + (supportRows + queryRows) * model.inputSize)
  }

  /// The setup for the evaluation of a checkpoint of its training: with `normalization` running, the model is normalised
  /// by the averages of the checkpoint.
  func normalized(by checkpoint: CheckpointContents) throws(UserError) -> SupervisedSetup {
    guard let network = model as? ConvolutionalNetwork, var statistics = BatchStatistics(self) else { return self }
    try statistics.restore(checkpoint)
    var setup = self
    setup.model = FixedNormalizationNetwork(network, statistics: statistics.running)
    return setup
  }

  /// The number of inner steps of a run.
  package var stepCount: Int { algorithm.adaptation.stepCount(asked: configuration[AdaptationSettings.self].steps) }

  /// The loss of each task `[tasks]`, or another objective, on examples.
  func losses(
    _ parameters: Parameters<Float>, _ examples: LabeledExamples<Float>, _ objective: Adaptation.Objective = .taskLoss
  ) -> Tensor<Float> {
    let loss: TaskLoss =
      switch objective {
      case .taskLoss: task.loss
      case .absoluteDeviation: .meanAbsoluteError
      }
    return loss(model(parameters, examples.inputs), examples.targets)
  }

  /// The adaptation problem of `tasks` tasks that adapt at once to their supports.
  func problem(tasks: Int) -> AdaptationProblem<LabeledExamples<Float>> {
    var problem = AdaptationProblem(
      layout: initialParameters, tasks: tasks, support: examplePlaceholders(tasks: tasks, rows: supportRows),
      query: examplePlaceholders(tasks: tasks, rows: queryRows),
      supportLosses: { losses($0, $1, $2) }, queryLosses: { losses($0, $1) })
    if task.isClassification { problem.queryScores = { scores($0, $1) } }
    let classes = task.rowsOfAShot
    problem.minibatch = { $0.minibatch(ofStep: $1, size: $2, classes: classes) }
    return problem
  }

  /// The score that an evaluation reports for each task `[tasks]`: the accuracy of a classifier, the loss otherwise.
  func scores(_ parameters: Parameters<Float>, _ examples: LabeledExamples<Float>) -> Tensor<Float> {
    let predictions = model(parameters, examples.inputs)
    return task.isClassification
      ? task.loss.accuracy(predictions, examples.targets) : task.loss(predictions, examples.targets)
  }

  /// The number of support examples of a task.
  package var supportRows: Int { sampling.shots * task.rowsOfAShot }
  /// The number of query examples of a task.
  package var queryRows: Int { sampling.queries * task.rowsOfAShot }

  /// The largest number of elements of a chunk's images: 2 GB for each worker.
  private static let greatestChunk = 500_000_000

  private static func checkChunk(of task: FewShotTask, _ sampling: SupervisedSampling) throws(UserError) {
    guard task.imageShape != nil else { return }
    let tasks = min(sampling.metaBatchSize, TaskChunks.largest)
    let rows = task.rowsOfAShot * (sampling.shots + sampling.queries)
    let numbers = tasks * rows * task.distribution.inputSize
    guard numbers <= greatestChunk else {
      throw UserError(
        "ways x (shots + queries): expected at most \(greatestChunk) numbers in \(tasks.counted("task")), found \(numbers)",
        status: .usage)
    }
  }

  /// Placeholders for `rows` examples of each of `tasks` tasks.
  func examplePlaceholders(tasks: Int, rows: Int) -> LabeledExamples<Float> {
    LabeledExamples(
      inputs: .placeholder([tasks, rows, model.inputSize]), targets: .placeholder([tasks, rows, model.outputSize]))
  }
}

extension SupervisedSetup {
  /// The distribution of an evaluation's tasks. For the training split it is that of training.
  /// - Throws: `UserError` where no classes are left for validation.
  func evaluatedTasks(_ split: EvaluationRequest.Split) throws(UserError) -> any TaskDistribution {
    switch split {
    case .test: return task.heldOut
    case .training: return task.distribution
    case .beyond:
      throw UserError(
        "split beyond: \(configuration.taskName) has no tasks outside of its distribution", status: .usage)
    case .validation:
      guard let validation = task.validation else {
        throw UserError(
          "split validation: \(configuration.taskName) has no classes for validation", status: .usage)
      }
      return validation
    }
  }
}
