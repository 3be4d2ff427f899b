public import RandomStreams
public import Rollouts

/// A guess of the return from what was observed, taken from returns before they weigh the actions: less variance, and no
/// bias as long as it does not know the action.
///
/// A baseline is fitted to the episodes that it is then used on, as garage does: those of the same task and adaptation
/// step. It remembers nothing from one batch to the next, so its values depend on the batch and the address alone. One
/// thread at a time uses a baseline; its buffers are allocated once.
public protocol ReturnBaseline: AnyObject {
  /// Fits to the valid time steps of `batch` and writes the fitted values.
  /// - Parameters:
  ///   - batch: the episodes, of which only time steps with a mask of 1 count.
  ///   - returns: `[horizon, episodes]`, the discounted returns.
  ///   - address: where random numbers come from, with the purpose `.baseline`.
  ///   - values: `[horizon, episodes]`; what stands where the mask is 0 has no meaning.
  /// - Throws: `BaselineError` where no finite fit is found.
  func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError)
}

/// A baseline that could not be fitted.
public struct BaselineError: Error, Hashable, CustomStringConvertible {
  /// The baseline's name.
  public let baseline: BaselineKind
  /// What went wrong, with the values.
  public let reason: String

  public var description: String { "the \(baseline.rawValue) baseline cannot be fitted: \(reason)" }
}

/// The baselines there are.
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
