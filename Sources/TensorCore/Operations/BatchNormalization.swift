/// The gradient rule of batch normalisation, with or without ReLU after it. As an operation it returns its first operand.
/// The rule is shorter than the rules of the forward operations together: one walk for both sums, one pass for the result.
///
/// Operands: the value; then x `[outer, reduced, channels]`, the scale and the shift from which the value was computed;
/// and, `[outer, 1, channels]` each, the mean and 1 / deviation of x, and the gain and the offset with which the value is
/// x gain + offset. The last four are functions of x, scale and shift, and the rule includes their contributions.
struct BatchNormalizationRule: Operation {
  let isRectified: Bool

  var name: String { "batchNormalization" }

  func resultShape(_ operands: [Shape]) -> Shape { operands[0] }

  func lowering(operands: [Shape], result: Shape) -> Lowering { .view }

  func pullback<Scalar>(
    _ cotangent: Tensor<Scalar>, operands: [Tensor<Scalar>], result: Tensor<Scalar>
  ) -> [Tensor<Scalar>?] {
    let (x, scale, shift, mean, rate) = (operands[1], operands[2], operands[3], operands[4], operands[5])
    let (gain, offset) = (operands[6], operands[7])
    let sums = Tensor.applying(
      CenteredSums(isRectified: isRectified), to: [cotangent, x, mean] + (isRectified ? [gain, offset] : []))
    let ofShift = sums.sliced(axis: 1, 0..<1)
    // The sum of the cotangent times the standardised x.
    let ofScale = rate * sums.sliced(axis: 1, 1..<2)
    // Ioffe and Szegedy 2015, section 3, with the sums over the batch written out: gain (g - (sum of g) / n - (x - mean)
    // rate^2 (sum of g (x - mean)) / n); what is the same for a channel is put together first.
    let share = Tensor(1 / Scalar(x.shape[1]))
    let slope = gain * rate * (share * ofScale)
    let constant = gain * (share * ofShift) - mean * slope
    let ofX = Tensor.applying(
      ChannelLineGradient(isRectified: isRectified), to: [cotangent, x, gain, offset, slope, constant])
    return [nil, ofX, ofScale.sum(to: scale.shape), ofShift.sum(to: shift.shape), nil, nil, nil, nil]
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

/// Batch normalisation with the statistics of the batch itself: each channel, the last axis, is standardised over all axes
/// from `firstAxis` on and given the mean `shift` and the deviation `scale`.
///
/// A constant that all elements of a channel share, such as a preceding bias, cancels.
/// - Parameters:
///   - x: `[..., channels]`.
///   - firstAxis: the first of the axes that the statistics are taken over.
///   - scale: `[channels]`, or `[outer, channels]` with one row for each element of the axes before `firstAxis`.
///   - shift: of the shape of `scale`.
///   - epsilon: added to the variance, so that a constant channel is not divided by zero.
public func batchNormalization<Scalar>(
  _ x: Tensor<Scalar>, from firstAxis: Int, scale: Tensor<Scalar>, shift: Tensor<Scalar>, epsilon: Scalar
) -> Tensor<Scalar> {
  batchNormalization(x, firstAxis, scale, shift, epsilon, isRectified: false)
}

/// ReLU of ``batchNormalization(_:from:scale:shift:epsilon:)``, with a gradient that needs less memory than the
/// composition.
public func rectifiedBatchNormalization<Scalar>(
  _ x: Tensor<Scalar>, from firstAxis: Int, scale: Tensor<Scalar>, shift: Tensor<Scalar>, epsilon: Scalar
) -> Tensor<Scalar> {
  batchNormalization(x, firstAxis, scale, shift, epsilon, isRectified: true)
}

private func batchNormalization<Scalar>(
  _ x: Tensor<Scalar>, _ firstAxis: Int, _ scale: Tensor<Scalar>, _ shift: Tensor<Scalar>, _ epsilon: Scalar,
  isRectified: Bool
) -> Tensor<Scalar> {
  let rows = x.rowsOfChannels(from: firstAxis)
  let (mean, variance) = channelMoments(of: x, from: firstAxis)
  let (scale, shift) = (scale.alignedToChannels(), shift.alignedToChannels())
  let rate = reciprocal(sqrt(variance + Tensor(epsilon)))
  let (gain, offset) = line(mean: mean, rate: rate, scale: scale, shift: shift)
  let value = Tensor.applying(ChannelLine(isRectified: isRectified), to: [rows, gain, offset])
  let operands = [value, rows, scale, shift, mean, rate, gain, offset]
  return .applying(BatchNormalizationRule(isRectified: isRectified), to: operands).reshaped(to: x.shape)
}

/// Batch normalisation with given statistics `[outer, 1, channels]` or `[channels]`, such as running averages.
public func normalization<Scalar>(
  _ x: Tensor<Scalar>, from firstAxis: Int, mean: Tensor<Scalar>, variance: Tensor<Scalar>, scale: Tensor<Scalar>,
  shift: Tensor<Scalar>, epsilon: Scalar
) -> Tensor<Scalar> {
  let rate = reciprocal(sqrt(variance + Tensor(epsilon)))
  let (gain, offset) = line(
    mean: mean, rate: rate, scale: scale.alignedToChannels(), shift: shift.alignedToChannels())
  return (x.rowsOfChannels(from: firstAxis) * gain + offset).reshaped(to: x.shape)
}

/// (x - mean) rate scale + shift as x gain + offset: two operations on each element. The elements already carry a rounding
/// error of this size, so that not subtracting the mean first loses no accuracy.
private func line<Scalar>(
  mean: Tensor<Scalar>, rate: Tensor<Scalar>, scale: Tensor<Scalar>, shift: Tensor<Scalar>
) -> (gain: Tensor<Scalar>, offset: Tensor<Scalar>) {
  let gain = scale * rate
  return (gain, shift - mean * gain)
}

extension Tensor {
  /// The tensor as `[outer, reduced, channels]`: the axes before `firstAxis`, those from `firstAxis` on, and the last
  /// axis.
  fileprivate func rowsOfChannels(from firstAxis: Int) -> Tensor {
    precondition(
      (0..<shape.rank).contains(firstAxis), "a tensor of shape \(shape) has no axes from \(firstAxis) to its channels")
    let (outer, reduced, channels) = shape.split(around: firstAxis..<shape.rank - 1)
    return reshaped(to: [outer, reduced, channels])
  }

  /// A tensor `[channels]` or `[outer, channels]` as `[1 or outer, 1, channels]`.
  fileprivate func alignedToChannels() -> Tensor {
    precondition((1...2).contains(shape.rank), "expected [channels] or [outer, channels], not \(shape)")
    return reshaped(to: [shape.rank == 2 ? shape[0] : 1, 1, shape[shape.rank - 1]])
  }
}
