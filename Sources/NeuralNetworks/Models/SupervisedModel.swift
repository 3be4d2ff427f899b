public import Parts

/// A model that a run can choose, with the settings that describe it.
public protocol SupervisedModel: Part {
  /// The network for inputs and outputs of these sizes.
  /// - Throws: `UserError` where the model cannot map these inputs.
  func network(for problem: ModelProblem) throws(UserError) -> any Network
}

/// What a model is to map.
public struct ModelProblem: Hashable, Sendable {
  /// Numbers in an input.
  public var inputSize: Int
  /// Numbers in an output.
  public var outputSize: Int
  /// What an input is, where it is an image.
  public var image: ConvolutionalNetwork.ImageSize?
  /// What every layer does.
  public var layerForm: LayerForm

  /// Creates the description of a problem.
  public init(
    inputSize: Int, outputSize: Int, image: ConvolutionalNetwork.ImageSize? = nil, layerForm: LayerForm = .plain
  ) {
    self.inputSize = inputSize
    self.outputSize = outputSize
    self.image = image
    self.layerForm = layerForm
  }
}

extension PartKind {
  /// Models of inputs and targets.
  public static let model = PartKind("model")
}

/// The models of this module.
public enum SupervisedModels {
  /// In the order in which to list them.
  public static let all: [any SupervisedModel] = [PerceptronModel(), LinearNetworkModel(), ConvolutionalModel()]
}

/// How the weights of a model start, as a user chooses it.
public enum WeightInitializer: String, CaseIterable, Sendable {
  case truncatedNormal = "truncated-normal"
  case xavier, he

  /// The initializer.
  public var initializer: Initializer {
    switch self {
    // As in the code of MAML and MT-net (MT-net, section 6.1).
    case .truncatedNormal: .truncatedNormal(standardDeviation: 0.01)
    case .xavier: .xavier
    case .he: .he
    }
  }
}

extension Setting {
  /// The key `hidden_sizes`.
  /// - Parameter fewest: the smallest number of hidden layers.
  package static func hiddenSizes(_ path: any Path<[Int]>, atLeast fewest: Int = 0) -> Setting {
    Setting("hidden_sizes", path, each: 1...4_096, count: fewest...8, "units of each hidden layer").measured(
      in: "units"
    ).common()
  }

  /// The key `activation`.
  package static func activation(_ path: any Path<Activation>) -> Setting {
    Setting("activation", path, "function after each hidden layer").common()
  }

  static func initializer(_ path: any Path<WeightInitializer>) -> Setting {
    Setting(
      "initializer", path,
      "weights at first; truncated-normal: standard deviation 0.01; xavier, he: by the layer's size; biases start at 0"
    ).common()
  }
}
