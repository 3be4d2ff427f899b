import FewShotTasks
import MetaLearning
import NeuralNetworks
public import Parts
public import Runs

/// The sort of learning that trains models on tasks of inputs and targets.
public struct SupervisedLearning: Learning {
  /// The kind of inputs.
  public enum Inputs: Sendable {
    /// Inputs without further structure.
    case numbers
    /// Images of the classes of a data set.
    case images
  }

  /// The kind of inputs.
  public let inputs: Inputs

  /// The largest number of examples in one meta-batch.
  static let largestBatch = 100_000_000

  /// The largest number of images of one class in a task.
  static let mostImagesOfAClass = 1_000

  /// Creates the sort of learning.
  public init(_ inputs: Inputs) { self.inputs = inputs }

  public var name: String { inputs == .images ? "images" : "supervised tasks" }

  public func learns(_ family: any TaskFamily) -> Bool {
    inputs == .images ? family is ImageTaskFamily : family is any SupervisedTaskFamily
  }

  public func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot] {
    [
      RunSlot("Sampling", SupervisedSampling()), RunSlot("Tasks", family, kind: .task),
      RunSlot("Adaptation (inner loop)", AdaptationSettings(), isUsed: leavesStepsOpen),
      RunSlot("Adaptation (inner loop)", MinibatchSettings(), isUsed: MinibatchSettings.suit),
      RunSlot("Adaptation (inner loop)", AdaptedLayers(for: algorithm)),
      RunSlot("Adaptation (inner loop)", algorithm, kind: .algorithm),
      RunSlot("Model", ModelSettings()),
      RunSlot("Meta-update (outer loop)", OuterLoopSettings()) {
        ($0 as? any MetaAlgorithm)?.metaGradient != MetaGradient.none
      },
    ]
  }

  public func faults(of family: any TaskFamily, algorithm: any Part) -> [String] { faults(of: algorithm) }

  public func check(_ configuration: RunConfiguration) throws(UserError) {
    try configuration[OuterLoopSettings.self].check(configuration.metaAlgorithm, hasEpisodes: false)
    if configuration.metaAlgorithm.phases.last?.steps == nil, configuration[AdaptationSettings.self].steps < 1 {
      throw UserError("inner_steps: expected 1 or more on examples, found 0", status: .configuration)
    }
    // Each factor is within its range, so that the product cannot overflow.
    let sampling = configuration[SupervisedSampling.self]
    let ways = (configuration.family as? ImageTaskFamily)?.ways
    for (key, count) in [("shots", sampling.shots), ("queries", sampling.queries)]
    where ways != nil && count > Self.mostImagesOfAClass {
      throw UserError(
        "\(key): expected at most \(Self.mostImagesOfAClass) images of a class, found \(count)", status: .usage)
    }
    let size = sampling.metaBatchSize * (ways ?? 1) * (sampling.shots + sampling.queries)
    guard size <= Self.largestBatch else {
      throw UserError(
        "meta_batch_size x \(ways == nil ? "" : "ways x ")(shots + queries): expected at most \(Self.largestBatch) "
          + "examples, found \(size)", status: .usage)
    }
  }

  public func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer {
    try SupervisedTrainer(configuration)
  }

  public func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
    try SupervisedEvaluator(configuration)
  }

  public func makeRehearsal(_ configuration: RunConfiguration) throws -> (any TaskRehearsal)? {
    try SupervisedRehearsal(configuration)
  }

  public func references(for family: any TaskFamily) -> [TaskReference] {
    inputs == .images
      ? []
      : [TaskReference(TaskReference.oracle, definition: SupervisedOracle.definition) { try SupervisedOracle($0) }]
  }

  public var shotsKey: String? { SupervisedSampling.shotsKey }

  public func splits(of family: any TaskFamily) -> [EvaluationRequest.Split] {
    (family as? any SupervisedTaskFamily)?.hasSplits == true ? [.test, .validation, .training] : []
  }
}

/// The number of tasks in a meta-iteration and the numbers of examples of a task.
struct SupervisedSampling: Part {
  let card = Card("sampling", "how many tasks and examples", source: "metarl")
  /// The number of tasks in a meta-iteration.
  var metaBatchSize = 4
  /// The number of examples that a task adapts to; for images, of each class.
  var shots = 10
  /// The number of examples that a task is scored by; for images, of each class.
  var queries = 10

  static let shotsKey = "shots"

  static let settings: [Setting<Self>] = [
    .metaBatchSize(\.metaBatchSize),
    Setting(shotsKey, \.shots, in: 1...100_000, "examples of a task that it adapts to; of images, of each class")
      .measured(in: "examples"),
    Setting(
      "queries", \.queries, in: 1...100_000,
      "examples of a task that its adaptation is judged by; of images, of each class"
    ).measured(in: "examples"),
  ]

  /// The numbers of a task's examples.
  var counts: ExampleCounts { ExampleCounts(shots: shots, queries: queries) }
}

/// The choice of the model that is trained.
struct ModelSettings: Part {
  let card = Card("model", "what is trained", source: "metarl")
  /// The model, with its settings.
  var model: any SupervisedModel = PerceptronModel()

  static let settings: [Setting<Self>] = [
    Setting("model", \.model, of: .model, "what is trained, see `\(ProgramName.current) list models`")
  ]
}
