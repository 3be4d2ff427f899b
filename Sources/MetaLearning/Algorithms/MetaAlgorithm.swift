public import NeuralNetworks
public import TensorCore

/// A meta-learning algorithm: adapted parameters x update rule x meta-gradient, under a name.
public struct MetaAlgorithm: Sendable {
  /// The name on the command line.
  public let name: String
  /// One line that says what it does.
  public let summary: String
  /// Where it comes from.
  public let source: String
  /// The inner loop.
  public var adaptation: Adaptation

  init(name: String, summary: String, source: String, adaptation: Adaptation) {
    self.name = name
    self.summary = summary
    self.source = source
    self.adaptation = adaptation
  }

  /// One task's share of the outer objective: the loss after adaptation, as a traced or known computation.
  /// - Parameters:
  ///   - parameters: the meta-parameters theta.
  ///   - supportLosses: the losses of the inner steps.
  ///   - queryLoss: the loss that the adapted parameters are judged by.
  public func outerLoss<Scalar>(
    _ parameters: Parameters<Scalar>, supportLosses: [Adaptation.Loss<Scalar>], queryLoss: Adaptation.Loss<Scalar>
  ) -> Tensor<Scalar> {
    queryLoss(adaptation(parameters, losses: supportLosses))
  }

  /// One task's outer loss and its gradient with respect to the meta-parameters.
  public func outerLossAndGradient<Scalar>(
    _ parameters: Parameters<Scalar>, supportLosses: [Adaptation.Loss<Scalar>], queryLoss: Adaptation.Loss<Scalar>
  ) -> (loss: Tensor<Scalar>, gradient: Parameters<Scalar>) {
    let (loss, slope) = valueAndGradient(at: parameters.tensors) { tensors in
      outerLoss(parameters.replacingTensors(tensors), supportLosses: supportLosses, queryLoss: queryLoss)
    }
    return (loss, parameters.replacingTensors(slope))
  }
}

/// The numbers that algorithms are made with.
public struct InnerLoopSettings: Hashable, Sendable {
  /// The inner learning rate alpha.
  public var rate: Double
  /// The weight lambda of an L1 norm, for the algorithms that have one.
  public var l1Strength: Double

  /// Creates settings.
  public init(rate: Double, l1Strength: Double = 0) {
    self.rate = rate
    self.l1Strength = l1Strength
  }
}

extension MetaAlgorithm {
  /// Every algorithm, in the order in which to list them, made with `settings`.
  public static func all(_ settings: InnerLoopSettings) -> [MetaAlgorithm] {
    [maml(settings), fomaml(settings), anil(settings), l1MAML(settings), mlsr(settings)]
  }
}
