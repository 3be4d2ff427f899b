import FewShotTasks
import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

/// What a configuration says about learning supervised tasks, as the values that the modules below take.
struct SupervisedSetup: Sendable {
  let configuration: RunConfiguration
  let task: FewShotTask
  /// What is trained; an evaluation may look at it in another way (`normalized(by:)`).
  private(set) var model: any Network
  let algorithm: MetaAlgorithm
  /// The names and shapes of the meta-parameters, with the values that training starts from.
  let initialParameters: MetaParameters<Float>

  /// What each task draws before its first step.
  let noise: AdaptationNoise

  /// What stands before the names of the meta-parameters in a checkpoint.
  static let checkpointPrefix = "model."

  /// - Throws: `UserError` where the configuration asks for what there is not.
  init(_ configuration: RunConfiguration) throws(UserError) {
    let task = try FewShotTask.configured(configuration)
    configuration.chooseKernels()
    self.configuration = configuration
    self.task = task
    try configuration.checkModelSize(inputs: task.distribution.inputSize, outputs: task.distribution.targetSize)
    var algorithm = try MetaAlgorithm.named(configuration.algorithm, configuration)
    model = try configuration.makeNetwork(for: task, layerForm: algorithm.layerForm)
    try ParameterSelection.checkRecovery(configuration, layers: model.layerNames)
    if let adapted = try ParameterSelection.adapted(configuration, layers: model.layerNames) {
      // The matrices after a T-net's weights are no task's own, whichever layers are.
      algorithm.adaptation.last.adapted = .intersection(adapted, .weights)
    }
    if configuration.recovery == .absoluteDeviation, task.isClassification {
      throw UserError(
        "recovery=mae on \(task.name): expected targets with deviations, found labels; any other recovery would do",
        status: .configuration)
    }
    self.algorithm = algorithm
    var stream = RandomAddress(seed: UInt64(configuration.seed), purpose: .initialization).stream
    initialParameters = algorithm.adaptation.metaParameters(startingFrom: model.initialParameters(from: &stream))
    noise = AdaptationNoise(algorithm.adaptation, for: initialParameters.model)
  }

  /// A batch of tasks in chunks of what one program takes.
  func chunks(of tasks: Int) -> TaskChunks { TaskChunks(tasks: tasks, largest: largestChunk) }

  private var largestChunk: Int {
    guard configuration.taskKind == .images else { return TaskChunks.largest }
    // The activations of one task's images fill a core's cache alone.
    if configuration.network == .convolutional { return 1 }
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
  var stepCount: Int { algorithm.adaptation.stepCount(asked: configuration.innerSteps) }

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
  var supportRows: Int { configuration.shots * rowsOfAShot }
  /// Rows of a task's query examples.
  var queryRows: Int { configuration.queries * rowsOfAShot }

  /// Of images there is one of each class.
  private var rowsOfAShot: Int { configuration.taskKind == .images ? configuration.ways : 1 }

  /// Stand-ins for `rows` examples of each of `tasks` tasks.
  func examplePlaceholders(tasks: Int, rows: Int) -> LabeledExamples<Float> {
    LabeledExamples(
      inputs: .placeholder([tasks, rows, model.inputSize]), targets: .placeholder([tasks, rows, model.outputSize]))
  }
}
