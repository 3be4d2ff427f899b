/// The cross-entropy between the softmax of logits `[..., classes]` and target probabilities of the same shape, which must
/// sum to 1. For a one-hot target it is -log of the label's probability. The result has the shape `[...]`.
public func softmaxCrossEntropy<Scalar>(logits: Tensor<Scalar>, targets: Tensor<Scalar>) -> Tensor<Scalar> {
  precondition(
    logits.shape == targets.shape, "logits \(logits.shape) need targets of their shape, not \(targets.shape)")
  return logits.logSumExp(axis: -1) - (targets * logits).sum(axes: -1)
}

/// The cross-entropy of two classes: -log of the probability that the sigmoid of each logit gives to its target, which is
/// from 0 to 1. The form that is computed overflows on neither side.
public func binaryCrossEntropy<Scalar>(logits: Tensor<Scalar>, targets: Tensor<Scalar>) -> Tensor<Scalar> {
  // -t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)) = softplus(z) - t z.
  softplus(logits) - targets * logits
}
