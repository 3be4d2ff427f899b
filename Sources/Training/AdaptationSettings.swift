import MetaLearning
import NeuralNetworks
import Parts
import Runs

/// How long an adaptation is by every algorithm that leaves it open.
struct AdaptationSettings: Part {
  let card = Card("adaptation", "how long a task adapts", source: "metarl")
  /// Inner updates on a task, beside those of a recovery before them.
  var steps = 1

  static let settings: [Setting<Self>] = [
    Setting(
      "inner_steps", \.steps, in: 1...1_000,
      "inner updates on a task; of examples, all on the same ones, of episodes, each on fresh ones"
    ).measured(in: "steps")
  ]
}

/// What a task adapts by every algorithm.
struct AdaptedLayers: Part {
  let card = Card("adapted layers", "what a task adapts", source: "metarl")
  /// What a task adapts: `own`, `all`, `hidden`, `output`, or names of layers.
  var adapted = ["own"]

  static let settings: [Setting<Self>] = [
    Setting(
      names: "adapted", \.adapted,
      "what a task adapts: own (the algorithm's), all, hidden (all but the output layer), output, or names of layers; of "
        + "several phases in those that have no layers of their own"
    ).addedLater()
  ]

  /// The phases with these layers: an only phase has them in the place of its own, and of several phases those that adapt all
  /// layers. A warm-up phase on chosen layers, such as the recovery of an output layer, keeps them.
  /// - Throws: `UserError` where every phase keeps its own layers.
  func applied(_ chosen: [String], to phases: [Phase], of algorithm: String) throws(UserError) -> [Phase] {
    // The matrices after a T-net's weights are no task's own, whichever layers are.
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

  /// The layers of a model that are chosen; nil for the algorithm's own choice.
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
  /// Whether an algorithm takes as many inner steps as a run asks for.
  @Sendable func leavesStepsOpen(_ algorithm: any Part) -> Bool {
    (algorithm as? any MetaAlgorithm)?.phases.last?.steps == nil
  }

  /// What keeps learning code from working with a part that a program registered as an algorithm.
  func faults(of algorithm: any Part) -> [String] {
    if algorithm is any MetaAlgorithm { return [] }
    return ["algorithm \(algorithm.card.name): expected a MetaAlgorithm, found \(type(of: algorithm))"]
  }
}

extension RunConfiguration {
  /// The algorithm, as learning code sees it.
  var metaAlgorithm: any MetaAlgorithm {
    guard let algorithm = algorithm as? any MetaAlgorithm else {
      preconditionFailure("\(algorithmName) is registered as an algorithm, but it is no MetaAlgorithm")
    }
    return algorithm
  }

  /// The objective of the algorithm on a model with these layers, what is adapted as the user chooses it.
  /// - Throws: `UserError` where the algorithm, as it is set, cannot learn from such tasks.
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
    return objective
  }
}
