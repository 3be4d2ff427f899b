public import RandomStreams
public import Rollouts

/// Turns a batch of episodes into advantages: returns, the baseline fitted to them, and the difference.
///
/// Its buffers are allocated once. One thread at a time uses an estimator, so each worker has its own.
public final class AdvantageEstimator {
  /// How rewards become advantages.
  public let estimation: AdvantageEstimation
  private let baseline: any ReturnBaseline

  /// `[horizon, episodes]`: the discounted returns of the last batch.
  public private(set) var returns: [Float]
  /// `[horizon, episodes]`: the baseline's values for the last batch.
  public private(set) var values: [Float]
  /// `[horizon, episodes]`: the advantages of the last batch; 0 where its mask is.
  public private(set) var advantages: [Float]

  /// Creates an estimator for batches of `size`.
  public convenience init(estimation: AdvantageEstimation, baseline: BaselineKind, size: EpisodeBatchSize) {
    self.init(estimation: estimation, baseline: baseline.makeBaseline(size: size), size: size)
  }

  /// Creates an estimator with a baseline of its own for batches of `size`.
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
  ///   - address: the batch's; the baseline draws its random numbers there.
  /// - Throws: `BaselineError` where the baseline finds no finite fit.
  public func estimate(_ batch: EpisodeBatch, at address: RandomAddress) throws(BaselineError) {
    estimation.writeReturns(of: batch, into: &returns)
    try baseline.fit(batch, returns: returns, at: address, values: &values)
    estimation.writeAdvantages(of: batch, values: values, into: &advantages)
  }
}
