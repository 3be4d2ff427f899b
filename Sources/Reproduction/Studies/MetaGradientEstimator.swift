import PolicyLearning
import RandomStreams
import TensorCore

/// An estimator of the gradient of the return after one inner step.
struct MetaGradientEstimator: Sendable {
  /// The name in tables.
  let name: String
  private let surrogate: PolicySurrogate
  private let pastDecay: Double
  /// The term of E-MAML, if any.
  private let exploration: Exploration?

  /// The forms of E-MAML's term, the log-probabilities of the episodes before the step times the return after it.
  private enum Exploration {
    /// The sum of the log-probabilities: the derivative of how probable the episodes are (Stadie et al. 2018, eq. 4).
    case sum
    /// Their mean over episodes and time steps, as `exploration_term` has it.
    case mean
  }

  private init(
    _ name: String, _ surrogate: PolicySurrogate, pastDecay: Double = 1, exploration: Exploration? = nil
  ) {
    (self.name, self.surrogate, self.pastDecay, self.exploration) = (name, surrogate, pastDecay, exploration)
  }

  /// All estimators of policies' runs.
  static let all = [
    MetaGradientEstimator("dice", .dice), MetaGradientEstimator("dice, past_decay 0.5", .dice, pastDecay: 0.5),
    MetaGradientEstimator("lvc", .lowVariance), MetaGradientEstimator("ratio", .likelihoodRatio),
    MetaGradientEstimator("naive", .naive),
    MetaGradientEstimator("naive, E-MAML's sum", .naive, exploration: .sum),
    MetaGradientEstimator("lvc, exploration_term", .lowVariance, exploration: .mean),
  ]

  /// An inner step on the expected return, and its estimates.
  struct Problem: Sendable {
    let process: TabularProcess
    let rate: Double
    /// The number of episodes before and again after the inner step.
    let episodes: Int

    /// The expected return after an exact step.
    func exactReturn(_ parameters: Tensor<Double>) -> Double {
      process.value(parameters + Tensor(rate) * gradient(at: parameters) { process.value($0) }).scalar
    }

    /// The exact gradient of the return after an exact step.
    func exact(_ parameters: Tensor<Double>) -> Tensor<Double> {
      gradient(at: parameters) { point in
        process.value(point + Tensor(rate) * gradient(at: point) { process.value($0) })
      }
    }
  }

  /// An estimate of the gradient from episodes of its own.
  func estimate(_ problem: Problem, at parameters: Tensor<Double>, from stream: inout RandomStream) -> Tensor<Double> {
    let process = problem.process
    let before = process.episodes(problem.episodes, parameters, from: &stream)
    let sampled = process.logProbabilities(parameters, of: before)
    func adapted(_ point: Tensor<Double>) -> Tensor<Double> {
      point
        - Tensor(problem.rate)
        * gradient(at: point) {
          loss(surrogate, process.logProbabilities($0, of: before), sampled: sampled, before.advantages, pastDecay)
        }
    }
    let end = adapted(parameters)
    let after = process.episodes(problem.episodes, end, from: &stream)
    let estimate = gradient(at: parameters) { point in
      -loss(.naive, process.logProbabilities(adapted(point), of: after), sampled: nil, after.advantages, 1)
    }
    guard let exploration else { return estimate }
    // How the episodes before the step made the return after it; the baseline, which does not depend on them, is the expected
    // return after an exact step.
    let gain = after.returns.reduce(0, +) / Double(problem.episodes) - problem.exactReturn(parameters)
    return estimate
      + gradient(at: parameters) {
        let logProbabilities = process.logProbabilities($0, of: before)
        return Tensor(gain) * (exploration == .sum ? logProbabilities.sum() : logProbabilities.mean())
      }
  }

  /// The loss per time step, whose gradient is minus that of ``TabularProcess/value(_:)``.
  private func loss(
    _ surrogate: PolicySurrogate, _ logProbabilities: Tensor<Double>, sampled: Tensor<Double>?,
    _ advantages: Tensor<Double>, _ pastDecay: Double
  ) -> Tensor<Double> {
    surrogate.loss(
      logProbabilities: logProbabilities, sampled: sampled, advantages: advantages,
      mask: Tensor(repeating: 1, shape: advantages.shape),
      divisor: Tensor(Double(advantages.shape[0] * advantages.shape[1])), pastDecay: pastDecay)
  }
}
