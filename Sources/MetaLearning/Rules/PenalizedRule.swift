public import NeuralNetworks

/// An update rule whose steps lead to the minimum of the task's loss plus the rule's penalty.
///
/// At the minimum the gradient of the sum vanishes on the free elements. This equation determines how the minimum depends
/// on everything else, whatever path led to it, which is all that the implicit meta-gradient needs.
public protocol PenalizedRule: UpdateRule {
  /// The terms of the penalty. Their sum over a task's elements is added to its loss.
  func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar>

  /// A mask of the elements: 1 for each that is free at the minimum and 0 for each that is held fixed; nil where all are
  /// free.
  func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>?

  /// The strength with which the penalty attracts each element to its value at the start of the inner loop; nil where it
  /// does not.
  /// - Parameters:
  ///   - parameters: the adapted parameters. Only their names and shapes matter.
  ///   - ruleParameters: the rule's meta-parameters.
  func attraction<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>
  ) -> Attraction<Scalar>?
}

extension PenalizedRule {
  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? { nil }

  public func attraction<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>
  ) -> Attraction<Scalar>? { nil }
}
