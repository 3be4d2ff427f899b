import MetaLearning
import NeuralNetworks

extension ParameterSelection {
  /// What `adapted` chooses of a model with these layers; nil for the algorithm's own choice.
  /// - Throws: `UserError` where there is no such layer, or where none is chosen.
  static func adapted(
    _ configuration: RunConfiguration, layers: [String]
  ) throws(UserError) -> ParameterSelection? {
    let names = configuration.adapted
    switch names {
    case ["own"]: return nil
    case ["all"]: return .all
    default: break
    }
    let hidden = layers.filter { $0 != outputLayerName }
    let chosen = names == ["hidden"] ? hidden : names
    guard !chosen.isEmpty, chosen.allSatisfy(layers.contains) else {
      throw UserError(
        "adapted: expected own, all, hidden, or some of the model's layers \(layers.joined(separator: ", ")), "
          + "found '\(names.joined(separator: ", "))'", status: .configuration)
    }
    guard configuration.algorithm != "mlsr-maml" || chosen.contains(outputLayerName) else {
      throw UserError(
        "adapted: expected the output layer among them, which mlsr-maml recovers first, found "
          + "'\(names.joined(separator: ", "))'", status: .configuration)
    }
    return .layers(Set(chosen))
  }

  /// - Throws: `UserError` where a recovery would begin with hidden layers at 0, whose gradients are then 0, too.
  static func checkRecovery(_ configuration: RunConfiguration, layers: [String]) throws(UserError) {
    let names = configuration.adapted
    guard configuration.algorithm == "mlsr", configuration.recoveryStart == .zero, layers.count > 1,
      names != ["own"], names != [outputLayerName]
    else { return }
    throw UserError(
      "recovery_start=zero with adapted=\(names.joined(separator: ",")): a network whose hidden layers are 0 has no "
        + "gradient to learn from; expected adapted=own or output, or recovery_start=learned", status: .configuration)
  }
}
