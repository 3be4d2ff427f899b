public import TensorCore

/// Running means and variances of every block's channels over many batches, for batch normalisation that does not depend
/// on the other rows of a batch.
///
/// They are kept beside the weights and not among them: no gradient changes them. The names are `block1.mean`,
/// `block1.variance`, ...; every tensor is `[filters]`.
public struct RunningStatistics<Scalar: TensorScalar>: Sendable {
  /// The running averages.
  public let averages: Parameters<Scalar>
  /// The weight of the previous average when one more batch is added.
  public let decay: Double

  /// Creates the initial statistics: means of 0 and variances of 1.
  public init(for network: ConvolutionalNetwork, decay: Double = 0.9) {
    precondition((0..<1).contains(decay), "a decay is at least 0 and less than 1, not \(decay)")
    let size: Shape = [network.filters]
    averages = Parameters(
      network.layerNames.dropLast().flatMap { name -> [(name: String, tensor: Tensor<Scalar>)] in
        [("\(name).mean", .zeros(size)), ("\(name).variance", .ones(size))]
      })
    self.decay = decay
  }

  private init(_ averages: Parameters<Scalar>, decay: Double) {
    self.averages = averages
    self.decay = decay
  }

  /// The same statistics with other averages, of the same names and shapes.
  public func replacingAverages(_ averages: Parameters<Scalar>) -> RunningStatistics {
    precondition(
      averages.names == self.averages.names && averages.shapes == self.averages.shapes,
      "\(averages.names) of \(averages.shapes) cannot stand for \(self.averages.names) of \(self.averages.shapes)")
    return RunningStatistics(averages, decay: decay)
  }

  /// The same statistics in another precision.
  func converted<Other>() -> RunningStatistics<Other> {
    let tensors = averages.tensors.map { Tensor(shape: $0.shape, scalars: $0.scalars.map { Other($0) }) }
    return RunningStatistics<Other>(Parameters<Other>(names: averages.names, tensors: tensors), decay: decay)
  }

  /// The averages after one more batch. Of several tasks' statistics, the mean is used.
  public func updated(with batch: Parameters<Scalar>) -> RunningStatistics {
    let next = Parameters.combining(averages, batch) { average, batch in
      Tensor(Scalar(decay)) * average
        + Tensor(Scalar(1 - decay))
        * batch.reshaped(to: [batch.shape.count / average.shape.count, average.shape.count])
        .mean(axes: 0)
    }
    return RunningStatistics(next, decay: decay)
  }
}

extension ConvolutionalNetwork {
  /// The outputs with each channel normalised by running statistics.
  public func callAsFunction<Scalar>(
    _ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>, statistics: RunningStatistics<Scalar>
  ) -> Tensor<Scalar> {
    outputs(parameters, inputs, addingBiases: true) { name, signal, isRectified in
      let normalized = normalization(
        signal, from: signal.shape.rank - 4, mean: statistics.averages["\(name).mean"],
        variance: statistics.averages["\(name).variance"], scale: parameters["\(name).scale"],
        shift: parameters["\(name).shift"], epsilon: Scalar(Self.epsilon))
      return isRectified ? relu(normalized) : normalized
    }
  }

  /// The mean and variance of each block's channels on `inputs`, in the form that `RunningStatistics.updated(with:)`
  /// takes.
  public func batchStatistics<Scalar>(
    _ parameters: Parameters<Scalar>, _ inputs: Tensor<Scalar>
  ) -> Parameters<Scalar> {
    var entries: [(name: String, tensor: Tensor<Scalar>)] = []
    _ = outputs(parameters, inputs, addingBiases: true) { name, signal, isRectified in
      let (mean, variance) = channelMoments(of: signal, from: signal.shape.rank - 4)
      entries += [("\(name).mean", mean), ("\(name).variance", variance)]
      return batchNormalized(signal, parameters, name, isRectified: isRectified)
    }
    return Parameters(entries)
  }
}
