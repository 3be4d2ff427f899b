import FewShotTasks
import ImageData
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import Runs
import Scenes
import TensorCore

/// Adapts a trained model to single held-out tasks, and shows what it predicts there.
struct SupervisedRehearsal: TaskRehearsal {
  let setup: SupervisedSetup

  init(_ configuration: RunConfiguration) throws { setup = try SupervisedSetup(configuration) }

  var stepCount: Int { setup.stepCount }

  var taskNames: [String] { [] }

  var view: RehearsalView { hasImages || hasCurves ? .steps : .nothing }

  /// Whether tasks are of classes of images.
  private var hasImages: Bool { setup.task.imageShape != nil && setup.task.isClassification }

  /// Whether tasks are functions of one variable.
  private var hasCurves: Bool {
    !setup.task.isClassification && setup.model.inputSize == 1 && setup.model.outputSize == 1
  }

  /// The number of points of a true function.
  private static let points = 400

  func picture(_ request: RehearsalRequest) throws -> AdaptationPicture {
    if hasImages {
      return .images(
        try RehearsedTask(request, setup).images(after: request.steps, request.title(of: setup.configuration)))
    }
    guard hasCurves else {
      throw UserError(
        "\(setup.configuration.taskName): expected images, or functions of one variable, found "
          + "\(setup.task.isClassification ? "classes" : "functions") of \(setup.model.inputSize.counted("variable")), which are not "
          + "drawn", status: .usage)
    }
    return .function(
      try RehearsedTask(request, setup).function(
        after: request.steps, points: Self.points, request.title(of: setup.configuration)))
  }

  func model(_ request: RehearsalRequest) throws -> AdaptedModel {
    let rehearsed = try RehearsedTask(request, setup)
    let parameters = try rehearsed.parameters(after: [request.steps.last ?? 0])[0]
    let network = rehearsed.setup.model
    var tensors = parameters.namedArrays(prefix: "")
    if let fixed = network as? FixedNormalizationNetwork {
      tensors += fixed.statistics.averages.namedArrays(prefix: "")
    }
    let metadata = request.metadata(of: setup.configuration, format: "model-1", task: ["task": rehearsed.name])
      .merging(try rehearsed.setup.modelMetadata()) { own, _ in own }
    let result: ModelResult =
      switch setup.task.loss {
      case .meanSquaredError, .meanAbsoluteError: .predictions
      case .softmax: .classes
      case .logistic: .sides
      }
    return AdaptedModel(
      task: rehearsed.name, tensors: tensors, metadata: metadata, inputSize: network.inputSize,
      outputSize: network.outputSize, steps: (network as? any SteppedNetwork)?.steps(parameters), result: result)
  }
}

/// A held-out task of a rehearsal, with its examples, and what adapts to it.
struct RehearsedTask {
  /// The setup, whose model is normalised as in an evaluation.
  let setup: SupervisedSetup
  /// The name of the task.
  let name: String
  /// The number of the task among those of an evaluation, from 0.
  private let index: Int
  private let address: RandomAddress
  private let start: MetaParameters<Float>
  /// The task alone, with the examples by which an evaluation with the same seed adapts and scores it.
  let batch: TaskBatch

  /// - Throws: `UserError` where there is no such task, or the checkpoint is of another run.
  init(_ request: RehearsalRequest, _ setup: SupervisedSetup) throws(UserError) {
    index = try TaskNumber.index(of: request.task ?? "1", among: [])
    self.setup = try setup.normalized(by: request.checkpoint.contents)
    start = try setup.initialParameters.reading(
      request.checkpoint.contents, prefix: SupervisedSetup.checkpointPrefix)
    name = "task \(index + 1)"
    address = RandomAddress(seed: UInt64(request.seed), purpose: .evaluationTasks)
    batch = Self.batch(setup, at: address, index: index, queries: setup.queryRows)
  }

  private static func batch(
    _ setup: SupervisedSetup, at address: RandomAddress, index: Int, queries: Int
  ) -> TaskBatch {
    var batch = TaskBatch(of: setup.task.heldOut, tasks: 1, shots: setup.supportRows, queries: queries)
    batch.fill(at: address, from: index)
    return batch
  }

  /// Returns so many examples of the task that are none of its support.
  func examples(_ count: Int) -> TaskBatch.Examples {
    Self.batch(setup, at: address, index: index, queries: count).query
  }

  /// Returns the model's parameters after each of some numbers of inner steps, in ascending order.
  /// - Throws: `UserError` where a parameter is not finite.
  func parameters(after steps: [Int]) throws(UserError) -> [Parameters<Float>] {
    let loop = InnerLoopPrograms(setup.algorithm.adaptation, setup.problem(tasks: 1)).makeLoop()
    loop.restart(
      from: start, support: batch.supportExamples, noise: setup.noise.values(tasks: index..<index + 1, at: address))
    var found: [Parameters<Float>] = []
    for step in 0...(steps.last ?? 0) {
      if step > 0 { loop.step() }
      guard steps.contains(step) else { continue }
      // What is adapted has the tasks axis.
      let tensors = zip(loop.model.readTensors(), setup.initialParameters.model.shapes).map { $0.reshaped(to: $1) }
      guard tensors.allSatisfy({ $0.scalars.allSatisfy(\.isFinite) }) else {
        throw Divergence.error(
          "a parameter is not a finite number after \(step.counted("inner step"))", setup.configuration)
      }
      found.append(setup.initialParameters.model.replacingTensors(tensors))
    }
    return found
  }

  /// Returns the outputs of the model for rows of inputs.
  func outputs(_ parameters: Parameters<Float>, _ examples: TaskBatch.Examples) -> [Float] {
    let inputs = Tensor(shape: [examples.rows, setup.model.inputSize], scalars: examples.inputs)
    return setup.model(parameters, inputs).scalars
  }
}

extension SupervisedSetup {
  /// What a program must know to run a model: the shape of an input, what the outputs are, and by what a network
  /// normalises. Lists are JSON.
  fileprivate func modelMetadata() throws -> [String: String] {
    let image = task.imageShape.map { [$0.height, $0.width, $0.channels] }
    var metadata = [
      "input.shape": try JSONText.compact(image ?? [model.inputSize]),
      "output.kind": task.loss.meaning,
      "layers": try JSONText.compact(model.layerNames),
    ]
    if model is ConvolutionalNetwork || model is CellNetwork {
      metadata["normalization"] =
        "batch: each channel by its mean and variance over all images that are given at once and their pixels, with "
        + "\(ConvolutionalNetwork.epsilon) added to the variance, as the run's evaluation does with a task's queries"
    } else if model is FixedNormalizationNetwork {
      metadata["normalization"] =
        "running: each channel by its mean and variance in this file, with \(ConvolutionalNetwork.epsilon) added to the "
        + "variance"
    }
    return metadata
  }
}

extension TaskLoss {
  /// What the outputs of a model are that is trained by this loss.
  fileprivate var meaning: String {
    switch self {
    case .meanSquaredError, .meanAbsoluteError: "regression: outputs are predictions"
    case .softmax: "classes: outputs are logits, the largest of which is the predicted class"
    case .logistic: "classes 0 and 1: the output is the logit of class 1"
    }
  }
}
