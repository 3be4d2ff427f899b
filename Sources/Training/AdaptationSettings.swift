import MetaLearning
import NeuralNetworks
import Parts
import Runs

/// The length of an adaptation by any algorithm whose number of inner steps can be chosen.
struct AdaptationSettings: Part {
  let card = Card("adaptation", "how long a task adapts", source: "metarl")
  /// The number of inner updates on a task, besides those of a recovery before them.
  var steps = 1

  static let settings: [Setting<Self>] = [
    Setting(
      "inner_steps", \.steps, in: 0...1_000,
      "inner updates on a task; of examples, all on the same ones, of episodes, each on fresh ones; 0: a policy that is "
        + "trained as it is"
    ).measured(in: "steps")
  ]
}

/// The choice of the parameters that a task adapts, and of rates that are learned, for every algorithm.
struct AdaptedLayers: Part {
  let card = Card("adapted layers", "what a task adapts", source: "metarl")
  /// The adapted parameters: `own`, `all`, `hidden`, `output`, or names of layers.
  var adapted = ["own"]
  /// Whether the inner rate of each adapted element is meta-learned.
  var learnsRates = false

  static let settings: [Setting<Self>] = [
    Setting(
      names: "adapted", \.adapted,
      "what a task adapts: own (the algorithm's), all, hidden (all but the output layer), output, or names of layers; of "
        + "several phases in those that have no layers of their own"
    ).addedLater().asCondition(),
    Setting(
      "inner_rate_learning", \.learnsRates,
      "whether every adapted element has an inner rate of its own, inner_rate times a factor that is meta-learned"
    ).addedLater(before: false).used("with a meta-gradient through the adaptation") { $0.canLearnRates },
  ]

  private let canLearnRates: Bool

  /// Creates the default settings for an algorithm, of which those that do not differentiate through the adaptation cannot
  /// learn rates.
  init(for algorithm: any Part) {
    canLearnRates = (algorithm as? any MetaAlgorithm)?.metaGradient == .differentiated
  }

  /// Returns phases whose rates are learned.
  /// - Throws: `UserError` where the algorithm needs the rates as they are.
  func learningRates(of objective: MetaObjective, by algorithm: String) throws(UserError) -> MetaObjective {
    guard learnsRates, canLearnRates else { return objective }
    var isImplicit = false
    if case .implicit = objective.metaGradient { isImplicit = true }
    guard !isImplicit, objective.adaptation.phases.allSatisfy({ $0.search == nil }) else {
      throw UserError(
        "inner_rate_learning: expected false with \(algorithm), whose gradient does not depend on the way to the minimum, "
          + "found true", status: .configuration)
    }
    var objective = objective
    for index in objective.adaptation.phases.indices {
      objective.adaptation.phases[index].rule = Chain(LearnedFactors(), objective.adaptation.phases[index].rule)
    }
    return objective
  }

  /// Returns the phases with these layers: a single phase has them instead of its own, and of several phases those that
  /// adapt all layers. A warm-up phase on chosen layers, such as the recovery of an output layer, keeps its own.
  /// - Throws: `UserError` where every phase keeps its own layers.
  func applied(_ chosen: [String], to phases: [Phase], of algorithm: String) throws(UserError) -> [Phase] {
    // A task never adapts the matrices after a T-net's weights, whichever layers are chosen.
    let selection = ParameterSelection.intersection(adapted == ["all"] ? .all : .layers(Set(chosen)), .weights)
    let open = phases.indices.filter { phases.count == 1 || [.all, .weights].contains(phases[$0].adapted) }
    guard !open.isEmpty else {
      throw UserError(
        "adapted: expected own with \(algorithm), each of whose phases has layers of its own, found "
          + "'\(adapted.joined(separator: ", "))'", status: .configuration)
    }
    var phases = phases
    for index in open { phases[index].adapted = selection }
    return phases
  }

  /// Returns the chosen layers of a model; nil for the algorithm's own choice.
  /// - Throws: `UserError` where there is no such layer, or where none is chosen.
  func chosenLayers(of layers: [String]) throws(UserError) -> [String]? {
    switch adapted {
    case ["own"]: return nil
    case ["all"]: return layers
    default: break
    }
    let chosen = adapted == ["hidden"] ? layers.filter { $0 != ParameterSelection.outputLayerName } : adapted
    guard !chosen.isEmpty, chosen.allSatisfy(layers.contains) else {
      throw UserError(
        "adapted: expected own, all, hidden, or some of the model's layers \(layers.joined(separator: ", ")), "
          + "found '\(adapted.joined(separator: ", "))'", status: .configuration)
    }
    return chosen
  }
}

extension Learning {
  /// Returns whether the number of an algorithm's inner steps can be chosen.
  @Sendable func leavesStepsOpen(_ algorithm: any Part) -> Bool {
    (algorithm as? any MetaAlgorithm)?.phases.last?.steps == nil
  }

  /// Returns the faults that keep learning code from working with a part that a program registered as an algorithm.
  func faults(of algorithm: any Part) -> [String] {
    if algorithm is any MetaAlgorithm { return [] }
    return ["algorithm \(algorithm.card.name): expected a MetaAlgorithm, found \(type(of: algorithm))"]
  }
}

extension RunConfiguration {
  /// The algorithm as a value of the type that learning code needs.
  var metaAlgorithm: any MetaAlgorithm {
    guard let algorithm = algorithm as? any MetaAlgorithm else {
      preconditionFailure("\(algorithmName) is registered as an algorithm, but it is no MetaAlgorithm")
    }
    return algorithm
  }

  /// Returns the objective of the algorithm on a model with these layers, with the user's choice of adapted parameters.
  /// - Throws: `UserError` where the algorithm, with its present settings, cannot learn from such tasks.
  func objective(layers: [String], hasFixedExamples: Bool, hasLabels: Bool) throws(UserError) -> MetaObjective {
    let settings = self[AdaptedLayers.self]
    let chosen = try settings.chosenLayers(of: layers)
    let problem = LearningProblem(
      hasFixedExamples: hasFixedExamples, hasLabels: hasLabels, layers: layers, adapted: chosen)
    if let obstacle = metaAlgorithm.obstacle(on: problem) {
      throw UserError("\(algorithmName) on \(taskName): \(obstacle)", status: .configuration)
    }
    var objective = metaAlgorithm.objective
    if let chosen {
      objective.adaptation.phases = try settings.applied(
        chosen, to: objective.adaptation.phases, of: algorithmName)
    }
    return try settings.learningRates(of: objective, by: algorithmName)
  }
}
