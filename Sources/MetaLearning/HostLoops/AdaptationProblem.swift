public import NeuralNetworks
public import TensorCore

/// Tasks that adapt at once, as loops on the host see them: losses as functions of a model's parameters and of samples that
/// are filled in for each batch.
public struct AdaptationProblem<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// The names and shapes of the meta-parameters.
  public let layout: MetaParameters<Scalar>
  /// How many tasks there are; nil for one, without the tasks axis.
  public let tasks: Int?
  /// What tasks adapt to, of which the shapes count alone.
  public let support: Samples
  /// What their adaptation is judged by, of which the shapes count alone.
  public let query: Samples
  /// Each task's own loss `[tasks]`, or another objective, on its support.
  public let supportLosses:
    @Sendable (_ model: Parameters<Scalar>, _ samples: Samples, _ objective: Adaptation.Objective) -> Tensor<Scalar>
  /// Each task's own loss `[tasks]` on its query.
  public let queryLosses: @Sendable (_ model: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>
  /// What is told of each task beside its loss `[tasks]`, such as the accuracy of a classifier on its query; nil for
  /// nothing.
  public var queryScores: (@Sendable (_ model: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>)?

  /// Creates a problem.
  public init(
    layout: MetaParameters<Scalar>, tasks: Int?, support: Samples, query: Samples,
    supportLosses:
      @escaping @Sendable (_ model: Parameters<Scalar>, _ samples: Samples, _ objective: Adaptation.Objective)
      -> Tensor<Scalar>,
    queryLosses: @escaping @Sendable (_ model: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>
  ) {
    self.layout = layout
    self.tasks = tasks
    self.support = support
    self.query = query
    self.supportLosses = supportLosses
    self.queryLosses = queryLosses
  }
}
