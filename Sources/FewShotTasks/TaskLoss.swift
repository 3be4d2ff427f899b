public import TensorCore

/// How predictions are compared with targets.
public enum TaskLoss: Hashable, Sendable {
  /// The mean squared error over examples and target numbers.
  case meanSquaredError
  /// The mean absolute error over examples and target numbers, which a few wild targets hardly move.
  case meanAbsoluteError
  /// The cross-entropy of a logit against a label of 0 or 1, mean over examples.
  case logistic

  /// The loss of each task `[tasks]` for predictions and targets `[tasks, rows, targetSize]`.
  public func callAsFunction<Scalar>(_ predictions: Tensor<Scalar>, _ targets: Tensor<Scalar>) -> Tensor<Scalar> {
    switch self {
    case .meanSquaredError: square(predictions - targets).mean(axes: 1, 2)
    case .meanAbsoluteError: abs(predictions - targets).mean(axes: 1, 2)
    // -log sigmoid(z) for the label 1 and -log(1 - sigmoid(z)) for 0, in one form that does not overflow.
    case .logistic: (softplus(predictions) - targets * predictions).mean(axes: 1, 2)
    }
  }

  /// The share of examples of each task `[tasks]` on whose label a logit's sign decides rightly.
  public static func accuracy<Scalar>(_ logits: Tensor<Scalar>, _ labels: Tensor<Scalar>) -> Tensor<Scalar> {
    ((logits .> 0) .== labels).mean(axes: 1, 2)
  }
}
