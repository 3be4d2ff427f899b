public import NeuralNetworks
public import TensorCore

/// The outer objective of an inner loop, and its gradient with respect to the meta-parameters.
public struct MetaObjective: Sendable {
  /// The inner loop.
  public var adaptation: Adaptation
  /// The source of the outer gradient.
  public var metaGradient: MetaGradient

  /// Creates the objective of an inner loop.
  public init(_ adaptation: Adaptation, _ metaGradient: MetaGradient = .differentiated) {
    (self.adaptation, self.metaGradient) = (adaptation, metaGradient)
  }

  /// The outer objective of one task, or of several that adapt at once, as a traced or known computation: the loss after
  /// adaptation, except for joint training, whose objective is the loss before it.
  /// - Parameters:
  ///   - parameters: the meta-parameters theta.
  ///   - supportLosses: the losses of the inner steps.
  ///   - queryLoss: the loss of the adapted parameters.
  ///   - noise: random numbers between 0 and 1 in place of the placeholders of `Adaptation.noise(for:tasks:)`.
  ///   - tasks: the number of tasks that adapt at once, whose losses are then summed; nil for one, without a tasks axis.
  public func outerLoss<Scalar>(
    _ parameters: MetaParameters<Scalar>, supportLosses: [Adaptation.Loss<Scalar>], queryLoss: Adaptation.Loss<Scalar>,
    noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> Tensor<Scalar> {
    if metaGradient == .unadapted {
      precondition(!supportLosses.isEmpty, "joint training needs the loss of one inner step at least")
      return supportLosses[0](parameters.model)
    }
    return queryLoss(adaptation(parameters, losses: supportLosses, noise: noise, tasks: tasks))
  }

  /// The outer loss and its gradient with respect to the meta-parameters, both summed over the tasks that adapt at once.
  ///
  /// The result consists of differentiable operations alone and can be traced. The implicit meta-gradient cannot be
  /// traced, since its solvers decide by values: `ImplicitMetaGradient` computes it.
  public func outerLossAndGradient<Scalar>(
    _ parameters: MetaParameters<Scalar>, supportLosses: [Adaptation.Loss<Scalar>], queryLoss: Adaptation.Loss<Scalar>,
    noise: [Parameters<Scalar>]? = nil, tasks: Int? = nil
  ) -> (loss: Tensor<Scalar>, gradient: MetaParameters<Scalar>) {
    switch metaGradient {
    case .differentiated, .unadapted:
      let (loss, gradient) = valueAndGradient(at: parameters) {
        outerLoss($0, supportLosses: supportLosses, queryLoss: queryLoss, noise: noise, tasks: tasks)
      }
      return (loss, gradient)
    case .implicit: preconditionFailure("ImplicitMetaGradient differentiates implicitly")
    case .displacement:
      let end = adaptation(parameters, losses: supportLosses, noise: noise, tasks: tasks)
      var gradient = parameters.zeros
      gradient.model = displacement(from: parameters.model, to: end)
      return (queryLoss(end), gradient)
    case .none:
      let end = adaptation(parameters, losses: supportLosses, noise: noise, tasks: tasks)
      return (queryLoss(end), parameters.zeros)
    }
  }

  /// The displacement theta - phi, summed over the tasks where phi has the tasks axis.
  private func displacement<Scalar>(
    from start: Parameters<Scalar>, to end: Parameters<Scalar>
  ) -> Parameters<Scalar> {
    .combining(start, end) { start, end in
      let way = start - end
      return way.shape == start.shape ? way : way.sum(axes: 0)
    }
  }
}
