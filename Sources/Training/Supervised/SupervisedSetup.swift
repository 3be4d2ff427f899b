package import FewShotTasks
import ImageData
import MetaLearning
import NeuralNetworks
package import Parts
import RandomStreams
package import Runs
import TensorCore

/// What a configuration says about learning supervised tasks, as the values that the modules below take.
package struct SupervisedSetup: Sendable {
  let configuration: RunConfiguration
  let sampling: SupervisedSampling
  /// Whether evaluations normalise the channels of a convolutional model by averages over training.
  let averagesStatistics: Bool
  package let task: FewShotTask
  /// What is trained; an evaluation may look at it in another way (`normalized(by:)`).
  private(set) var model: any Network
  let algorithm: MetaObjective
  /// The names and shapes of the meta-parameters, with the values that training starts from.
  let initialParameters: MetaParameters<Float>

  /// What each task draws before its first step.
  let noise: AdaptationNoise

  /// What stands before the names of the meta-parameters in a checkpoint.
  static let checkpointPrefix = "model."

  /// - Throws: `UserError` where the configuration asks for what there is not.
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
      min(task.imageShape == nil ? TaskChunks.largest : TaskChunks.largest(numbers: numbers), sampling.metaBatchSize)
    }
    algorithm = try configuration.objective(
      layers: model.layerNames, hasFixedExamples: true, hasLabels: task.isClassification)
    var stream = RandomAddress(seed: UInt64(configuration.run.seed), purpose: .initialization).stream
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: model.initialParameters(from: &stream))
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// A batch of tasks in chunks of what one program takes.
  package func chunks(of tasks: Int) -> TaskChunks { TaskChunks(tasks: tasks, largest: largestChunk) }

  private var largestChunk: Int {
    guard task.imageShape != nil else { return TaskChunks.largest }
    // The activations of one task's images fill a core's cache alone.
    if model is ConvolutionalNetwork || model is FixedNormalizationNetwork { return 1 }
    let own = algorithm.adaptation.start(initialParameters, noise: noise.placeholders(tasks: 1), tasks: 1).elementCount
    return TaskChunks.largest(numbers: own + (supportRows + queryRows) * model.inputSize)
  }

  /// The same for the evaluation of a checkpoint of its training: with `normalization` running, by the statistics that the
  /// training has averaged.
  func normalized(by checkpoint: CheckpointContents) throws(UserError) -> SupervisedSetup {
    guard let network = model as? ConvolutionalNetwork, var statistics = BatchStatistics(self) else { return self }
    try statistics.restore(checkpoint)
    var setup = self
    setup.model = FixedNormalizationNetwork(network, statistics: statistics.running)
    return setup
  }

  /// The inner steps of a run.
  var stepCount: Int { algorithm.adaptation.stepCount(asked: configuration[AdaptationSettings.self].steps) }

  /// Each task's own loss `[tasks]`, or another objective, on examples.
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

  /// `tasks` of these that adapt at once to their supports.
  func problem(tasks: Int) -> AdaptationProblem<LabeledExamples<Float>> {
    var problem = AdaptationProblem(
      layout: initialParameters, tasks: tasks, support: examplePlaceholders(tasks: tasks, rows: supportRows),
      query: examplePlaceholders(tasks: tasks, rows: queryRows),
      supportLosses: { losses($0, $1, $2) }, queryLosses: { losses($0, $1) })
    if task.isClassification { problem.queryScores = { scores($0, $1) } }
    return problem
  }

  /// What an evaluation reports of each task `[tasks]`: the accuracy of a classifier, the loss otherwise.
  func scores(_ parameters: Parameters<Float>, _ examples: LabeledExamples<Float>) -> Tensor<Float> {
    let predictions = model(parameters, examples.inputs)
    return task.isClassification
      ? task.loss.accuracy(predictions, examples.targets) : task.loss(predictions, examples.targets)
  }

  /// Rows of a task's support.
  package var supportRows: Int { sampling.shots * task.rowsOfAShot }
  /// Rows of a task's query examples.
  package var queryRows: Int { sampling.queries * task.rowsOfAShot }

  /// Numbers of a chunk's images, at most: 2 GB a worker.
  private static let greatestChunk = 500_000_000

  private static func checkChunk(of task: FewShotTask, _ sampling: SupervisedSampling) throws(UserError) {
    guard task.imageShape != nil else { return }
    let tasks = min(sampling.metaBatchSize, TaskChunks.largest)
    let rows = task.rowsOfAShot * (sampling.shots + sampling.queries)
    let numbers = tasks * rows * task.distribution.inputSize
    guard numbers <= greatestChunk else {
      throw UserError(
        "ways x (shots + queries): expected at most \(greatestChunk) numbers in \(tasks) tasks, found \(numbers)",
        status: .usage)
    }
  }

  /// Stand-ins for `rows` examples of each of `tasks` tasks.
  func examplePlaceholders(tasks: Int, rows: Int) -> LabeledExamples<Float> {
    LabeledExamples(
      inputs: .placeholder([tasks, rows, model.inputSize]), targets: .placeholder([tasks, rows, model.outputSize]))
  }
}

extension SupervisedSetup {
  /// The tasks of an evaluation; those of training alone are drawn by it, too.
  /// - Throws: `UserError` where no classes are left for validation.
  func evaluatedTasks(_ split: EvaluationRequest.Split) throws(UserError) -> any TaskDistribution {
    switch split {
    case .test: return task.heldOut
    case .training: return task.distribution
    case .validation:
      guard let validation = task.validation else {
        throw UserError(
          "--split validation: \(configuration.taskName) has no classes for validation", status: .usage)
      }
      return validation
    }
  }
}
