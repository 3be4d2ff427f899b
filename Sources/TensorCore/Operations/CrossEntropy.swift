/// The cross-entropy of the probabilities that logits `[..., classes]` give against target probabilities of the same
/// shape, which add up to 1: for a 1 at a label, -log of the probability of the label. Of shape `[...]`.
public func softmaxCrossEntropy<Scalar>(logits: Tensor<Scalar>, targets: Tensor<Scalar>) -> Tensor<Scalar> {
  precondition(
    logits.shape == targets.shape, "logits \(logits.shape) need targets of their shape, not \(targets.shape)")
  return logits.logSumExp(axis: -1) - (targets * logits).sum(axes: -1)
}

/// -log of the probability that each logit gives to its target, a number from 0 to 1: the cross-entropy of two classes,
/// in one form that overflows on neither side.
public func binaryCrossEntropy<Scalar>(logits: Tensor<Scalar>, targets: Tensor<Scalar>) -> Tensor<Scalar> {
  // -t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)) = softplus(z) - t z.
  softplus(logits) - targets * logits
}
