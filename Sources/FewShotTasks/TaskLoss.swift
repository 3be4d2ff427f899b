public import TensorCore

/// How predictions are compared with targets.
public enum TaskLoss: Hashable, Sendable {
  /// The mean squared error over examples and target numbers.
  case meanSquaredError
  /// The mean absolute error over examples and target numbers, which a few wild targets hardly move.
  case meanAbsoluteError
  /// The cross-entropy of a logit against a label of 0 or 1, mean over examples.
  case logistic
  /// The cross-entropy of a logit a class against a target of 1 for the label and 0 for the others, mean over examples.
  case softmax

  /// Whether targets are labels, so that there is an accuracy.
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

  /// The share of examples of each task `[tasks]` whose label the logits give: by the sign of one, by the largest of many.
  /// Where several are largest, each counts as a part, as if one of them were drawn.
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
