public import RandomStreams
public import Rollouts

/// Computes the advantages of a batch of episodes from returns and a baseline that is fitted to them.
///
/// Its buffers are allocated once. Only one thread at a time may use an estimator, so each worker has a separate one.
public final class AdvantageEstimator {
  /// The estimation of advantages from rewards.
  public let estimation: AdvantageEstimation
  private let baseline: any ReturnBaseline
  /// The share of the variance of the last batch's returns that the baseline explains, at most 1.
  public private(set) var explainedVariance = 0.0

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
    explainedVariance = Self.explainedVariance(of: returns, by: values, mask: batch.mask)
  }

  /// 1 - Var(returns - values) / Var(returns) over the valid time steps; 0 where all returns are equal.
  private static func explainedVariance(of returns: [Float], by values: [Float], mask: [Float]) -> Double {
    var (count, sums, squares) = (0.0, SIMD2<Double>.zero, SIMD2<Double>.zero)
    for index in returns.indices where mask[index] != 0 {
      let pair = SIMD2(Double(returns[index]), Double(returns[index]) - Double(values[index]))
      count += 1
      sums += pair
      squares += pair * pair
    }
    let variances = squares / count - (sums / count) * (sums / count)
    return variances[0] > 0 ? 1 - variances[1] / variances[0] : 0
  }
}
