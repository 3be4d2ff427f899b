public import Rollouts

/// The estimation of the advantages of a batch's actions from the rewards.
public struct AdvantageEstimation: Hashable, Sendable {
  /// The discount factor of rewards for each time step, in 0...1.
  public var discount: Double
  /// The decay of generalised advantage estimation, in 0...1. With 1 the advantage is the discounted return minus the
  /// baseline.
  public var decay: Double
  /// The normalisation of a task's advantages.
  public var normalization: Normalization

  /// A normalisation of the advantages of one task.
  public enum Normalization: String, CaseIterable, Sendable {
    /// Advantages stay as they are.
    case none
    /// Advantages are shifted and scaled to mean 0 and standard deviation 1 over the task's valid time steps.
    case standardized
  }

  /// Creates an estimation; the defaults are garage's for MAML on cheetah-dir.
  public init(discount: Double = 0.99, decay: Double = 1, normalization: Normalization = .standardized) {
    precondition(
      (0...1).contains(discount) && (0...1).contains(decay),
      "a discount of \(discount) and an advantage decay of \(decay) must lie in 0...1")
    self.discount = discount
    self.decay = decay
    self.normalization = normalization
  }

  /// Writes the discounted sum of the rewards from each time step to the end of its episode; 0 where the mask is 0.
  /// - Parameters:
  ///   - batch: episodes with their rewards and mask.
  ///   - returns: `[horizon, episodes]`.
  public func writeReturns(of batch: EpisodeBatch, into returns: inout [Float]) {
    Self.requireTimeSteps(returns.count, of: batch)
    let (rewards, mask) = (batch.rewards, batch.mask)
    let episodes = batch.size.episodes
    for index in stride(from: returns.count - 1, through: 0, by: -1) {
      let next = index + episodes < returns.count ? returns[index + episodes] : 0
      returns[index] = mask[index] == 0 ? 0 : rewards[index] + Float(discount) * next
    }
  }

  /// Writes the normalised advantage of each action; 0 where the mask is 0.
  ///
  /// Source: Schulman et al., "High-dimensional continuous control using generalized advantage estimation" (ICLR 2016),
  /// eq. 16. The value after an episode's last step is 0 also for truncated episodes, as in garage: the horizon belongs to
  /// the task, and the baselines know the time.
  /// - Parameters:
  ///   - batch: the episodes, with their rewards and mask.
  ///   - values: `[horizon, episodes]`, the baseline before each action.
  ///   - advantages: `[horizon, episodes]`.
  public func writeAdvantages(
    of batch: EpisodeBatch, values: [Float], into advantages: inout [Float]
  ) {
    Self.requireTimeSteps(advantages.count, of: batch)
    Self.requireTimeSteps(values.count, of: batch)
    let (rewards, mask) = (batch.rewards, batch.mask)
    let episodes = batch.size.episodes
    for index in stride(from: advantages.count - 1, through: 0, by: -1) {
      guard mask[index] != 0 else {
        advantages[index] = 0
        continue
      }
      let next = index + episodes
      let continues = next < advantages.count && mask[next] != 0
      let nextValue = continues ? values[next] : 0
      let temporalDifference = rewards[index] + Float(discount) * nextValue - values[index]
      advantages[index] = temporalDifference + (continues ? Float(discount * decay) * advantages[next] : 0)
    }
    if normalization == .standardized { Self.standardize(&advantages, mask: mask) }
  }

  /// Shifts and scales the valid elements to mean 0 and standard deviation 1.
  private static func standardize(_ advantages: inout [Float], mask: [Float]) {
    var (count, sum) = (0.0, 0.0)
    for index in 0..<advantages.count where mask[index] != 0 {
      count += 1
      sum += Double(advantages[index])
    }
    guard count > 0 else { return }
    let mean = sum / count
    var squares = 0.0
    for index in 0..<advantages.count where mask[index] != 0 {
      let difference = Double(advantages[index]) - mean
      squares += difference * difference
    }
    // The small constant avoids 0 / 0 where all advantages of a task are equal.
    let scale = 1 / ((squares / count).squareRoot() + 1e-8)
    for index in 0..<advantages.count where mask[index] != 0 {
      advantages[index] = Float((Double(advantages[index]) - mean) * scale)
    }
  }

  private static func requireTimeSteps(_ count: Int, of batch: EpisodeBatch) {
    precondition(
      count == batch.size.timeSteps, "\(count) numbers were given for \(batch.size.timeSteps) time steps")
  }
}
