public import NeuralNetworks
public import TensorCore

/// An update rule whose steps lead to the minimum of the task's loss and a penalty of the rule's own.
///
/// There the gradient of the two together vanishes on the numbers that the minimum leaves free. That equation says how
/// the minimum depends on everything else, whatever way led to it: the implicit meta-gradient needs no more.
public protocol PenalizedRule: UpdateRule {
  /// The penalty as terms, whose sum over a task's numbers is added to its loss.
  func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar>

  /// 1 for each number that the minimum leaves free and 0 for each that it holds where it is; nil where all are free.
  func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>?

  /// How strongly the penalty draws each number to where the inner loop started; nil where it does not.
  func attraction<Scalar>(ruleParameters: Parameters<Scalar>) -> Tensor<Scalar>?
}

extension PenalizedRule {
  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? { nil }

  public func attraction<Scalar>(ruleParameters: Parameters<Scalar>) -> Tensor<Scalar>? { nil }
}
