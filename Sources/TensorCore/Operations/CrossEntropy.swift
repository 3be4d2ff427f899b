extension Tensor {
  /// The logarithms of the probabilities that logits along `axis` give, without overflow.
  public func logSoftmax(axis: Int) -> Tensor { self - logSumExp(axis: axis, keepingAxes: true) }
}

/// -log of the probability that logits `[..., classes]` give to the labels `[...]`, numbers from 0 to classes - 1.
public func softmaxCrossEntropy<Scalar>(logits: Tensor<Scalar>, labels: Tensor<Scalar>) -> Tensor<Scalar> {
  let classes = logits.shape.sizes.last ?? 0
  precondition(
    classes > 0 && logits.shape.sizes.dropLast().elementsEqual(labels.shape.sizes),
    "logits \(logits.shape) need labels of all axes but the last, not \(labels.shape)")
  let numbers = Tensor((0..<classes).map { Scalar($0) })
  let isLabel = labels.insertingAxis(labels.shape.rank) .== numbers
  // The labelled logit is read by a mask: a class number has no gradient, and every row is read alike.
  return logits.logSumExp(axis: -1) - select(isLabel, logits, 0).sum(axes: -1)
}

/// -log of the probability that each logit gives to its target, a number from 0 to 1: the cross-entropy of two classes,
/// in one form that overflows on neither side.
public func binaryCrossEntropy<Scalar>(logits: Tensor<Scalar>, targets: Tensor<Scalar>) -> Tensor<Scalar> {
  // -t log sigmoid(z) - (1 - t) log(1 - sigmoid(z)) = softplus(z) - t z.
  softplus(logits) - targets * logits
}
