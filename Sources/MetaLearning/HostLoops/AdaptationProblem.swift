public import NeuralNetworks
public import TensorCore

/// The losses of tasks that adapt at once, in the form that loops on the host use: functions of a model's parameters and
/// of samples that are written for each batch.
public struct AdaptationProblem<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// The names and shapes of the meta-parameters.
  public let layout: MetaParameters<Scalar>
  /// The number of tasks; nil for one, without the tasks axis.
  public let tasks: Int?
  /// The samples that tasks adapt to. Only their shapes are used.
  public let support: Samples
  /// The samples of the outer loss. Only their shapes are used.
  public let query: Samples
  /// The losses `[tasks]`, or the values of another objective, of each task on its support.
  public let supportLosses:
    @Sendable (_ model: Parameters<Scalar>, _ samples: Samples, _ objective: Adaptation.Objective) -> Tensor<Scalar>
  /// The loss of each task `[tasks]` on its query samples.
  public let queryLosses: @Sendable (_ model: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>
  /// A score of each task `[tasks]` beside its loss, such as the accuracy of a classifier on the query samples; nil for
  /// none.
  public var queryScores: (@Sendable (_ model: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>)?
  /// The minibatch of a step, which has so many samples of each task; steps count from 0 and take the samples in turn. It is
  /// nil where samples are not cut, as episodes are not, of which every step has its own.
  public var minibatch: (@Sendable (_ samples: Samples, _ step: Int, _ size: Int) -> Samples)?

  /// Creates a problem from the shapes of its samples and from its losses.
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

extension AdaptationProblem {
  /// The losses of the steps of an inner loop, in order, each on its minibatch and summed over the tasks.
  /// - Parameters:
  ///   - adaptation: the inner loop.
  ///   - steps: the number of steps.
  ///   - support: the samples that the tasks adapt to.
  public func stepLosses(
    _ adaptation: Adaptation, steps: Int, on support: Samples
  ) -> [Adaptation.Loss<Scalar>] {
    (0..<steps).map { step in
      let samples = samples(ofStep: step, of: adaptation, from: support)
      return { supportLosses($0, samples, adaptation.objective(ofStep: step)).sum() }
    }
  }

  /// The samples that step `number` of an inner loop sees, counted from 0.
  func samples(ofStep number: Int, of adaptation: Adaptation, from support: Samples) -> Samples {
    guard let size = adaptation.minibatch else { return support }
    guard let minibatch else { preconditionFailure("no minibatches of \(size) can be cut from \(Samples.self)") }
    return minibatch(support, number, size)
  }
}
