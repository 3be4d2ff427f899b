public import TensorCore

/// A function of the policy's log-probabilities whose derivatives estimate those of the expected return.
///
/// All surrogates have the same, exact expected gradient, the policy gradient. They differ from the second
/// derivative on, which a meta-gradient through an inner step needs: the distribution of the samples depends on the
/// parameters too, and the second derivative of an ordinary loss omits this dependence.
///
/// As the loss after the last adaptation step, where nothing is differentiated twice, all have one gradient, and only the
/// value of `naive` can be interpreted: it says how much more likely better actions are than worse ones. TRPO and clipped
/// PPO evaluate losses away from the parameters that sampled the data, which `likelihoodRatio` alone is made for.
public enum PolicySurrogate: String, CaseIterable, Sendable {
  /// Loaded DiCE, which is exact at every order: `sum over t of (box(w_t) - box(w_(t-1))) A_t`, where `w_t` is the sum of
  /// log pi up to time t and `box(x) = exp(x - stopGradient(x))`.
  ///
  /// Sources: Foerster et al., "DiCE: the infinitely differentiable Monte Carlo estimator" (ICML 2018), with the
  /// advantages of Farquhar, Whiteson and Foerster, "Loaded DiCE" (NeurIPS 2019).
  case dice
  /// Low-variance curvature: `sum over t of box(log pi_t) A_t`. Its second derivative drops the products of score terms at
  /// different times, which reduces the variance and adds some bias.
  ///
  /// Source: Rothfuss et al., "ProMP: proximal meta-policy search" (ICLR 2019).
  case lowVariance = "lvc"
  /// The surrogate of plain REINFORCE, `sum over t of log pi_t A_t`. Its second derivative drops every product of score
  /// terms and has a large bias; it serves for comparison.
  case naive
  /// The likelihood ratio, `sum over t of pi_t / pi_t(sampled) A_t`, in which the log-probabilities at sampling time are
  /// data. At the parameters that sampled it has the derivatives of `lowVariance`; elsewhere it estimates, step by step,
  /// what the same actions are worth there.
  ///
  /// Sources: Schulman et al., "Trust region policy optimization" (ICML 2015), eq. 14; inside an adaptation, Rothfuss et
  /// al., "ProMP" (ICLR 2019), eq. 9.
  case likelihoodRatio = "ratio"

  /// The surrogate as a scalar loss to minimise.
  ///
  /// The value of `dice` and `lowVariance` is minus the (normalised) sum of the advantages: with standardised advantages
  /// it is about 0 for every policy. Only the derivatives carry information; report returns instead of this value.
  /// - Parameters:
  ///   - logProbabilities: `[horizon, episodes]`, of the actions taken; any finite value where the mask is 0.
  ///   - sampled: `[horizon, episodes]`, the log-probabilities of the same actions when they were sampled, which
  ///     `likelihoodRatio` alone reads; nil for the values of `logProbabilities`.
  ///   - advantages: `[horizon, episodes]`, constants.
  ///   - mask: `[horizon, episodes]`, 1 at valid time steps, 0 after an episode's end.
  ///   - divisor: the divisor of the sum over episodes and time, a scalar (``SurrogateNormalization``).
  ///   - pastDecay: for `dice`, the factor of an earlier action's score for each time step between the two actions, in
  ///     0...1. 1 is exact; less reduces the variance of second derivatives and adds some bias, and 0 is `lowVariance`
  ///     (lambda of Farquhar et al. 2019).
  public func loss<Scalar>(
    logProbabilities: Tensor<Scalar>, sampled: Tensor<Scalar>? = nil, advantages: Tensor<Scalar>, mask: Tensor<Scalar>,
    divisor: Tensor<Scalar>, pastDecay: Double = 1
  ) -> Tensor<Scalar> {
    precondition((0...1).contains(pastDecay), "a decay of the past of \(pastDecay) does not lie in 0...1")
    precondition(
      logProbabilities.shape.rank == 2 && logProbabilities.shape == advantages.shape
        && logProbabilities.shape == mask.shape && logProbabilities.shape == (sampled ?? mask).shape,
      "log-probabilities \(logProbabilities.shape) and \((sampled ?? mask).shape), advantages \(advantages.shape) and mask \(mask.shape) must be [horizon, episodes]"
    )
    let weights = advantages * mask
    let sum = (factor(logProbabilities, sampled ?? stopGradient(logProbabilities), mask, pastDecay) * weights).sum()
    return -sum / divisor
  }

  /// The factor of the advantage of each time step.
  private func factor<Scalar>(
    _ logProbabilities: Tensor<Scalar>, _ sampled: Tensor<Scalar>, _ mask: Tensor<Scalar>, _ pastDecay: Double
  ) -> Tensor<Scalar> {
    switch self {
    case .likelihoodRatio:
      return exp((logProbabilities - sampled) * mask)
    case .naive:
      return logProbabilities
    case .lowVariance:
      return Self.magicBox(logProbabilities)
    case .dice:
      let upToNow = Self.decayedSum(logProbabilities, decay: pastDecay)
      let before = upToNow - logProbabilities
      // Loaded DiCE's difference has the value 0; the added 1 makes the value that of `lowVariance` and has no derivative.
      return Self.magicBox(upToNow) - Self.magicBox(before) + 1
    }
  }

  /// The decayed sum over earlier time steps, `sum over t' <= t of decay^(t - t') x_t'`, along the first axis of
  /// `[horizon, episodes]`.
  private static func decayedSum<Scalar>(_ x: Tensor<Scalar>, decay: Double) -> Tensor<Scalar> {
    guard decay < 1 else { return x.cumulativeSum(axis: 0) }
    let horizon = x.shape[0]
    var powers = Array(repeating: Scalar(0), count: horizon * horizon)
    for time in 0..<horizon {
      var power = 1.0
      for earlier in stride(from: time, through: 0, by: -1) {
        powers[time * horizon + earlier] = Scalar(power)
        power *= decay
      }
    }
    return matmul(Tensor(shape: [horizon, horizon], scalars: powers), x)
  }

  /// The magic box of Foerster et al. 2018: its value is 1, and its derivative is that of x times itself.
  private static func magicBox<Scalar>(_ x: Tensor<Scalar>) -> Tensor<Scalar> { exp(x - stopGradient(x)) }
}
