public import Parts

/// A Gaussian policy on a perceptron, as a user sets it.
public struct PolicyModel: Part {
  public let card = Card("policy", "a Gaussian policy on a perceptron", source: "Finn, Abbeel, Levine 2017")
  /// Units of each hidden layer.
  public var hiddenSizes = [64, 64]
  /// The function after each hidden layer.
  public var activation = Activation.tanh
  /// What every standard deviation starts as, in units of the action.
  public var initialStandardDeviation = 1.0

  public static let settings: [Setting<Self>] = [
    .hiddenSizes(\.hiddenSizes, atLeast: 1),
    .activation(\.activation),
    Setting(
      "initial_standard_deviation", \.initialStandardDeviation, in: 1e-5...100,
      "of the Gaussian policy's actions, learned from there"),
  ]

  /// Creates the model.
  public init() {}

  /// The policy for observed numbers that are multiplied by `scales`, and `actions` numbers of an action.
  public func policy(scales: [Double], actions: Int, layerForm: LayerForm) -> GaussianPolicy {
    GaussianPolicy(
      network: MultilayerPerceptron(
        inputSize: scales.count, hiddenSizes: hiddenSizes, outputSize: actions, activation: activation,
        // Means near 0 at first: the noise alone explores, towards no direction more than another.
        outputInitializer: .orthogonal(gain: 0.1), layerForm: layerForm),
      initialStandardDeviation: initialStandardDeviation, observationScales: scales)
  }
}
