import MetaLearning
import NeuralNetworks
import Parts
import Runs

/// What an adaptation is by every algorithm.
struct AdaptationSettings: Part {
  let card = Card("adaptation", "how long a task adapts, and what", source: "metarl")
  /// Inner updates on a task, beside those of a recovery before them.
  var steps = 1
  /// What a task adapts: `own`, `all`, `hidden`, `output`, or names of layers.
  var adapted = ["own"]

  static let settings: [Setting<Self>] = [
    Setting(
      "inner_steps", \.steps, in: 1...1_000,
      "inner updates on a task; of examples, all on the same ones, of episodes, each on fresh ones"),
    Setting(
      names: "adapted", \.adapted,
      "what a task adapts: own (the algorithm's), all, hidden (all but the output layer), output, or names of layers"
    ).addedLater(),
  ]

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
    let settings = self[AdaptationSettings.self]
    let chosen = try settings.chosenLayers(of: layers)
    let problem = LearningProblem(
      hasFixedExamples: hasFixedExamples, hasLabels: hasLabels, layers: layers, adapted: chosen)
    if let obstacle = metaAlgorithm.obstacle(on: problem) {
      throw UserError("\(algorithmName) on \(taskName): \(obstacle)", status: .configuration)
    }
    var objective = metaAlgorithm.objective
    if let chosen {
      // The matrices after a T-net's weights are no task's own, whichever layers are.
      objective.adaptation.last.adapted =
        .intersection(settings.adapted == ["all"] ? .all : .layers(Set(chosen)), .weights)
    }
    return objective
  }
}
