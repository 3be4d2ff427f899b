public import Parts

/// A supervised model that a run can choose, with the settings that describe it.
public protocol SupervisedModel: Part {
  /// The network for inputs and outputs of these sizes.
  /// - Throws: `UserError` where the model cannot map these inputs.
  func network(for problem: ModelProblem) throws(UserError) -> any Network
}

/// The inputs and outputs that a model maps between, and the form of its layers.
public struct ModelProblem: Hashable, Sendable {
  /// The number of elements of an input.
  public var inputSize: Int
  /// The number of elements of an output.
  public var outputSize: Int
  /// The size of an input image; nil where inputs are not images.
  public var image: ConvolutionalNetwork.ImageSize?
  /// The form of every layer, the output layer included.
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
  /// The kind of parts that are models of inputs and targets.
  public static let model = PartKind("model")
}

/// The supervised models of this module.
public enum SupervisedModels {
  /// All models, in the order in which they are listed.
  public static let all: [any SupervisedModel] = [
    PerceptronModel(), LinearNetworkModel(), ConvolutionalModel(), SinusoidalModel(),
  ]
}

/// The distribution of a model's initial weights, as a user chooses it.
public enum WeightInitializer: String, CaseIterable, Sendable {
  case truncatedNormal = "truncated-normal"
  case xavier, he

  /// The initializer of this choice.
  public var initializer: Initializer {
    switch self {
    // The value of the code of MAML and MT-net (MT-net, section 6.1).
    case .truncatedNormal: .truncatedNormal(standardDeviation: 0.01)
    case .xavier: .xavier
    case .he: .he
    }
  }
}

extension Setting {
  /// The setting `hidden_sizes`.
  /// - Parameter fewest: the smallest number of hidden layers.
  package static func hiddenSizes(_ path: any Path<[Int]>, atLeast fewest: Int = 0) -> Setting {
    Setting("hidden_sizes", path, each: 1...4_096, count: fewest...8, "units of each hidden layer").measured(
      in: "units"
    ).common()
  }

  /// The setting `activation`.
  package static func activation(_ path: any Path<Activation>) -> Setting {
    Setting("activation", path, "function after each hidden layer").common()
  }

  /// The setting `initializer`.
  package static func initializer(_ path: any Path<WeightInitializer>) -> Setting {
    Setting(
      "initializer", path,
      "weights at first; truncated-normal: standard deviation 0.01; xavier, he: by the layer's size; biases start at 0"
    ).common()
  }
}
