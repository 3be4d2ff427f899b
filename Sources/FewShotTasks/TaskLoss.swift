public import TensorCore

/// The loss that compares predictions with targets.
public enum TaskLoss: Hashable, Sendable {
  /// The mean squared error over examples and target elements.
  case meanSquaredError
  /// The mean absolute error over examples and target elements, which is robust to a few outliers.
  case meanAbsoluteError
  /// The cross-entropy of a logit and a label of 0 or 1, averaged over examples.
  case logistic
  /// The cross-entropy of one logit for each class and a one-hot target, averaged over examples.
  case softmax

  /// Whether targets are labels, so that an accuracy is defined.
  public var isClassification: Bool { self == .logistic || self == .softmax }

  /// The loss of each task `[tasks]` for predictions and targets `[tasks, rows, targetSize]`.
  public func callAsFunction<Scalar>(_ predictions: Tensor<Scalar>, _ targets: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .meanSquaredError: square(predictions - targets).mean(axes: 1, 2)
    case .meanAbsoluteError: abs(predictions - targets).mean(axes: 1, 2)
    // -log sigmoid(z) for the label 1 and -log(1 - sigmoid(z)) for 0, in one form that does not overflow.
    case .logistic: binaryCrossEntropy(logits: predictions, targets: targets).mean(axes: 1, 2)
    // -log softmax(z) of the label.
    case .softmax: softmaxCrossEntropy(logits: predictions, targets: targets).mean(axes: 1)
    }
  }

  /// The accuracy for each task `[tasks]`: the share of examples whose label the logits predict, by the sign of a single
  /// logit or by the largest of several. Where several logits are the largest, each counts as a fraction, as if one of
  /// them were drawn.
  public func accuracy<Scalar>(_ logits: Tensor<Scalar>, _ labels: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .meanSquaredError, .meanAbsoluteError: preconditionFailure("numbers that are no labels have no accuracy")
    case .logistic: return ((logits .> 0) .== labels).mean(axes: 1, 2)
    case .softmax:
      let isLargest = logits .== logits.maximum(axes: 2, keepingAxes: true)
      return ((isLargest * labels).sum(axes: 2) / isLargest.sum(axes: 2)).mean(axes: 1)
    }
  }
}
