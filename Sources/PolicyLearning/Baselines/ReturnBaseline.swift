public import RandomStreams
public import Rollouts

/// A predictor of the return from observations, whose prediction is subtracted from returns before they weight the
/// actions. This reduces the variance, and adds no bias as long as the prediction does not depend on the action.
///
/// A baseline is fitted to the episodes that it is then used on, as in garage: those of one task and adaptation step. It
/// keeps no state between batches, so its values depend on the batch and the address alone. Only one thread at a time may
/// use a baseline; its buffers are allocated once.
public protocol ReturnBaseline: AnyObject {
  /// Fits the baseline to the valid time steps of `batch` and writes the fitted values.
  /// - Parameters:
  ///   - batch: the episodes, of which only time steps with a mask of 1 are used.
  ///   - returns: `[horizon, episodes]`, the discounted returns.
  ///   - address: the address of random numbers, which is used with the purpose `.baseline`.
  ///   - values: `[horizon, episodes]`; elements where the mask is 0 have no meaning.
  /// - Throws: `BaselineError` where no finite fit is found.
  func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError)
}

/// An error for a baseline that could not be fitted.
public struct BaselineError: Error, Hashable, CustomStringConvertible {
  /// The kind of the baseline.
  public let baseline: BaselineKind
  /// The reason of the failure, with the values.
  public let reason: String

  public var description: String { "the \(baseline.rawValue) baseline cannot be fitted: \(reason)" }
}

/// A kind of baseline.
public enum BaselineKind: String, CaseIterable, Sendable {
  /// Least squares on features of the observation and the time.
  case linear
  /// A small value network.
  case network

  /// A baseline of this kind, with its default settings, for batches of `size`.
  public func makeBaseline(size: EpisodeBatchSize) -> any ReturnBaseline {
    switch self {
    case .linear: LinearFeatureBaseline(size: size)
    case .network: ValueNetworkBaseline(size: size)
    }
  }
}
