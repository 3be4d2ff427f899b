public import RandomStreams
public import Rollouts

/// Computes the advantages of a batch of episodes from returns and a baseline that is fitted to them.
///
/// Its buffers are allocated once. Only one thread at a time may use an estimator, so each worker has a separate one.
public final class AdvantageEstimator {
  /// The estimation of advantages from rewards.
  public let estimation: AdvantageEstimation
  private let baseline: any ReturnBaseline

  /// The discounted returns of the last batch, `[horizon, episodes]`.
  public private(set) var returns: [Float]
  /// The baseline's values for the last batch, `[horizon, episodes]`.
  public private(set) var values: [Float]
  /// The advantages of the last batch, `[horizon, episodes]`; 0 where its mask is 0.
  public private(set) var advantages: [Float]

  /// Creates an estimator for batches of `size`.
  public convenience init(estimation: AdvantageEstimation, baseline: BaselineKind, size: EpisodeBatchSize) {
    self.init(estimation: estimation, baseline: baseline.makeBaseline(size: size), size: size)
  }

  /// Creates an estimator with a given baseline for batches of `size`.
  public init(estimation: AdvantageEstimation, baseline: any ReturnBaseline, size: EpisodeBatchSize) {
    self.estimation = estimation
    self.baseline = baseline
    returns = Array(repeating: 0, count: size.timeSteps)
    values = returns
    advantages = returns
  }

  /// Computes `returns`, `values` and `advantages` for `batch`.
  /// - Parameters:
  ///   - batch: episodes of the sizes that the estimator was made for.
  ///   - address: the address of the batch, from which the baseline draws its random numbers.
  /// - Throws: `BaselineError` where the baseline finds no finite fit.
  public func estimate(_ batch: EpisodeBatch, at address: RandomAddress) throws(BaselineError) {
    estimation.writeReturns(of: batch, into: &returns)
    try baseline.fit(batch, returns: returns, at: address, values: &values)
    estimation.writeAdvantages(of: batch, values: values, into: &advantages)
  }
}
