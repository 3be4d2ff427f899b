public import Parts

/// A Gaussian policy on a perceptron as a choice of a run, with its settings.
public struct PolicyModel: Part {
  public let card = Card("policy", "a Gaussian policy on a perceptron", source: "Finn, Abbeel, Levine 2017")
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
      "of the Gaussian policy's actions, learned from there"),
    Setting(
      "minimum_standard_deviation", \.minimumStandardDeviation, in: 1e-6...100,
      "floor of the standard deviations that are learned"
    ).addedLater(),
  ]

  /// Creates the model with its default settings.
  public init() {}

  /// The policy for actions of `actions` dimensions and observations whose values are multiplied by `scales`.
  public func policy(scales: [Double], actions: Int, layerForm: LayerForm) -> GaussianPolicy {
    GaussianPolicy(
      network: MultilayerPerceptron(
        inputSize: scales.count, hiddenSizes: hiddenSizes, outputSize: actions, activation: activation,
        // Initial means are near 0, so that at first the noise alone explores, without a preferred direction.
        outputInitializer: .orthogonal(gain: 0.1), layerForm: layerForm),
      initialStandardDeviation: initialStandardDeviation, minimumStandardDeviation: minimumStandardDeviation,
      observationScales: scales)
  }
}
