public import Parts

/// A policy on a perceptron as a choice of a run, with its settings: Gaussian for vectors, and a softmax for choices.
public struct PolicyModel: Part {
  public let card = Card(
    "policy", "a policy on a perceptron: Gaussian, or a softmax over choices", source: "Finn, Abbeel, Levine 2017")
  /// The number of units of each hidden layer.
  public var hiddenSizes = [64, 64]
  /// The function after each hidden layer.
  public var activation = Activation.tanh
  /// The initial value of every standard deviation, in units of the action.
  public var initialStandardDeviation = 1.0
  /// The smallest standard deviation, in units of the action.
  public var minimumStandardDeviation = 1e-6

  public static let settings: [Setting<Self>] = [
    .hiddenSizes(\.hiddenSizes, atLeast: 1),
    .activation(\.activation),
    Setting(
      "initial_standard_deviation", \.initialStandardDeviation, in: 1e-5...100,
      "of the Gaussian policy's actions, learned from there"
    ).used(continuous) { !$0.hasChoices },
    Setting(
      "minimum_standard_deviation", \.minimumStandardDeviation, in: 1e-6...100,
      "floor of the standard deviations that are learned"
    ).addedLater().used(continuous) { !$0.hasChoices },
  ]

  private static let continuous = "with actions that are no choices"
  /// Whether actions are choices, which have no standard deviations.
  private let hasChoices: Bool

  /// Creates the model with its default settings.
  /// - Parameter hasChoices: whether the actions of the run's tasks are choices.
  public init(hasChoices: Bool = false) { self.hasChoices = hasChoices }

  /// The policy that chooses among `choices` by observations whose values are multiplied by `scales`.
  public func categoricalPolicy(scales: [Double], choices: Int, layerForm: LayerForm) -> CategoricalPolicy {
    CategoricalPolicy(
      network: network(inputs: scales.count, outputs: choices, layerForm), observationScales: scales)
  }

  /// The policy for actions of `actions` dimensions and observations whose values are multiplied by `scales`.
  public func gaussianPolicy(scales: [Double], actions: Int, layerForm: LayerForm) -> GaussianPolicy {
    GaussianPolicy(
      network: network(inputs: scales.count, outputs: actions, layerForm),
      initialStandardDeviation: initialStandardDeviation, minimumStandardDeviation: minimumStandardDeviation,
      observationScales: scales)
  }

  private func network(inputs: Int, outputs: Int, _ layerForm: LayerForm) -> MultilayerPerceptron {
    MultilayerPerceptron(
      inputSize: inputs, hiddenSizes: hiddenSizes, outputSize: outputs, activation: activation,
      // Initial outputs are near 0, so that at first the noise alone explores, without a preferred direction.
      outputInitializer: .orthogonal(gain: 0.1), layerForm: layerForm)
  }
}
