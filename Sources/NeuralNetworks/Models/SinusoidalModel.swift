public import Parts

/// A linear layer on fixed sinusoids as a choice of a run: recovery in a known basis.
public struct SinusoidalModel: SupervisedModel {
  public let card = Card(
    "sinusoids", "a linear layer on fixed cosines and sines, a known basis", source: "Lou, Zhao, Wang 2021, section 4.1"
  )
  /// The highest frequency of the basis.
  public var frequencies = 32
  /// The distribution of the initial weights.
  public var initializer = WeightInitializer.truncatedNormal

  public static let settings: [Setting<Self>] = [
    Setting(
      "frequencies", \.frequencies, in: 1...1_024,
      "the basis: a cosine and a sine of 1, 2, ... up to so many periods a unit of the input"
    ).measured(in: "periods"),
    .initializer(\.initializer),
  ]

  /// Creates the model with its default settings.
  public init() {}

  public func network(for problem: ModelProblem) throws(UserError) -> any Network {
    guard problem.inputSize == 1 else {
      throw UserError(
        "model sinusoids: expected a task of one input, found one of \(problem.inputSize)", status: .usage)
    }
    return SinusoidalNetwork(
      frequencies: frequencies, outputSize: problem.outputSize, outputInitializer: initializer.initializer,
      layerForm: problem.layerForm)
  }
}
