/// The gradient rule of batch normalisation, which is shorter than what the parts of the forward computation would give:
/// one walk for both sums, one pass for the result. As a value it is its first operand.
///
/// Operands: the normalised value, then x `[outer, reduced, channels]`, the scale and the shift that it was made of, the
/// mean and 1 / deviation of x `[outer, 1, channels]`. The last two are functions of x, whose share the rule includes.
struct BatchNormalizationRule: Operation {
  var name: String { "batchNormalization" }

  func resultShape(_ operands: [Shape]) -> Shape { operands[0] }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .view }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let (x, scale, shift, mean, rate) = (operands[1], operands[2], operands[3], operands[4], operands[5])
    let sums = Tensor.applying(CenteredSums(), to: [cotangent, x, mean])
    let ofShift = sums.sliced(axis: 1, 0..<1)
    // The sum of the cotangent times the standardised x.
    let ofScale = rate * sums.sliced(axis: 1, 1..<2)
    let share = Tensor(1 / Scalar(x.shape[1]))
    // Ioffe and Szegedy 2015, section 3, with the sums over the batch written out.
    let ofX = (cotangent - share * ofShift - (x - mean) * (share * rate * ofScale)) * (scale * rate)
    return [nil, ofX, ofScale.sum(to: scale.shape), ofShift.sum(to: shift.shape), nil, nil]
  }
}

/// The mean and the variance of each channel, the last axis, over all axes from `firstAxis` on: `[outer, 1, channels]`,
/// where the outer axes, such as the tasks, are those before `firstAxis`.
public func channelMoments<Scalar>(
  of x: Tensor<Scalar>, from firstAxis: Int
) -> (mean: Tensor<Scalar>, variance: Tensor<Scalar>) {
  let moments = Tensor.applying(Moments(), to: [x.rowsOfChannels(from: firstAxis)])
  return (moments.sliced(axis: 1, 0..<1), moments.sliced(axis: 1, 1..<2))
}

/// Each channel, the last axis, moved and stretched to the mean `shift` and the deviation `scale` over all axes from
/// `firstAxis` on: batch normalisation with the statistics of the batch itself.
///
/// What all elements of a channel have in common, such as a bias before it, cancels.
/// - Parameters:
///   - scale: `[channels]`, or `[outer, channels]` with one row for each element of the axes before `firstAxis`.
///   - shift: as `scale`.
///   - epsilon: added to the variance, so that a constant channel divides by no zero.
public func batchNormalization<Scalar>(
  _ x: Tensor<Scalar>, from firstAxis: Int, scale: Tensor<Scalar>, shift: Tensor<Scalar>, epsilon: Scalar
) -> Tensor<Scalar> {
  let rows = x.rowsOfChannels(from: firstAxis)
  let (mean, variance) = channelMoments(of: x, from: firstAxis)
  let (scale, shift) = (scale.alignedToChannels(), shift.alignedToChannels())
  let rate = reciprocal(sqrt(variance + Tensor(epsilon)))
  let value = (rows - mean) * (scale * rate) + shift
  return .applying(BatchNormalizationRule(), to: [value, rows, scale, shift, mean, rate]).reshaped(to: x.shape)
}

/// The same with statistics that are given, `[outer, 1, channels]` or `[channels]`, as running averages are.
public func normalization<Scalar>(
  _ x: Tensor<Scalar>, from firstAxis: Int, mean: Tensor<Scalar>, variance: Tensor<Scalar>, scale: Tensor<Scalar>,
  shift: Tensor<Scalar>, epsilon: Scalar
) -> Tensor<Scalar> {
  let rate = reciprocal(sqrt(variance + Tensor(epsilon)))
  let value = (x.rowsOfChannels(from: firstAxis) - mean) * (scale.alignedToChannels() * rate)
  return (value + shift.alignedToChannels()).reshaped(to: x.shape)
}

extension Tensor {
  /// `[outer, reduced, channels]`: the axes before `firstAxis`, those between, and the last.
  fileprivate func rowsOfChannels(from firstAxis: Int) -> Tensor {
    precondition(
      (0..<shape.rank).contains(firstAxis), "a tensor of shape \(shape) has no axes from \(firstAxis) to its channels")
    let (outer, reduced, channels) = shape.split(around: firstAxis..<shape.rank - 1)
    return reshaped(to: [outer, reduced, channels])
  }

  /// `[channels]` or `[outer, channels]` as `[1 or outer, 1, channels]`.
  fileprivate func alignedToChannels() -> Tensor {
    precondition((1...2).contains(shape.rank), "expected [channels] or [outer, channels], not \(shape)")
    return reshaped(to: [shape.rank == 2 ? shape[0] : 1, 1, shape[shape.rank - 1]])
  }
}
