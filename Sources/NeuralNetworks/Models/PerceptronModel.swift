public import Parts

/// A multilayer perceptron as a choice of a run, with its settings.
public struct PerceptronModel: SupervisedModel {
  public let card = Card("mlp", "a multilayer perceptron", source: "Finn, Abbeel, Levine 2017")
  /// The number of units of each hidden layer.
  public var hiddenSizes = [40, 40]
  /// The function after each hidden layer.
  public var activation = Activation.relu
  /// The distribution of the initial weights.
  public var initializer = WeightInitializer.truncatedNormal

  public static let settings: [Setting<Self>] = [
    .hiddenSizes(\.hiddenSizes),
    .activation(\.activation).used("with hidden layers") { !$0.hiddenSizes.isEmpty },
    .initializer(\.initializer),
  ]

  /// Creates the model with its default settings.
  public init() {}

  public func network(for problem: ModelProblem) throws(UserError) -> any Network {
    MultilayerPerceptron(problem, hiddenSizes: hiddenSizes, activation: activation, initializer: initializer)
  }
}

/// A perceptron without activations: several linear layers, whose learning differs from that of a single one (LinNet;
/// Arnold, Iqbal, Sha 2021, section 3).
public struct LinearNetworkModel: SupervisedModel {
  public let card = Card("linnet", "a linear network: layers without activation", source: "Arnold, Iqbal, Sha 2021")
  /// The number of units of each hidden layer.
  public var hiddenSizes = [40, 40]
  /// The distribution of the initial weights.
  public var initializer = WeightInitializer.truncatedNormal

  public static let settings: [Setting<Self>] = [.hiddenSizes(\.hiddenSizes), .initializer(\.initializer)]

  /// Creates the model with its default settings.
  public init() {}

  public func network(for problem: ModelProblem) throws(UserError) -> any Network {
    MultilayerPerceptron(problem, hiddenSizes: hiddenSizes, activation: nil, initializer: initializer)
  }
}

extension MultilayerPerceptron {
  fileprivate init(
    _ problem: ModelProblem, hiddenSizes: [Int], activation: Activation?, initializer: WeightInitializer
  ) {
    self.init(
      inputSize: problem.inputSize, hiddenSizes: hiddenSizes, outputSize: problem.outputSize, activation: activation,
      hiddenInitializer: initializer.initializer, outputInitializer: initializer.initializer,
      layerForm: problem.layerForm)
  }
}
