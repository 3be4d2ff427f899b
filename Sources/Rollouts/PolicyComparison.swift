import RealModule

// Comparisons of the distributions that sampled a batch with those of other policies.
extension EpisodeBatch {
  /// The sum over time steps and actions of the Kullback-Leibler divergence KL(p || q) of the distributions p that sampled
  /// the actions from those of another policy, q, on the same observations, in nats; with the number of time steps that the
  /// sum is over.
  /// - Parameters:
  ///   - other: the policy q.
  ///   - stride: takes every `stride`-th time step, from the first on, of the episodes that run at it.
  public func divergence(
    from other: some ActionDistribution, everyStep stride: Int
  ) -> (sum: Double, timeSteps: Int) {
    let (row, width) = (size.episodes * size.observationSize, size.episodes * size.outputSize)
    let terms = normalTerms(of: other)
    var otherOutputs = Array(repeating: Float(0), count: width)
    var (sum, timeSteps) = (0.0, 0)
    for time in Swift.stride(from: 0, to: size.horizon, by: stride) {
      var target = otherOutputs.mutableSpan
      other.writeOutputs(for: observations.span.extracting(time * row..<(time + 1) * row), into: &target)
      for episode in 0..<size.episodes where mask[time * size.episodes + episode] != 0 {
        timeSteps += 1
        let places = episode * size.outputSize..<(episode + 1) * size.outputSize
        let own = outputs.span.extracting(time * width + places.lowerBound..<time * width + places.upperBound)
        switch size.actionForm {
        case .choice: sum += own.choiceDivergence(from: otherOutputs.span.extracting(places))
        case .vector:
          for action in 0..<size.actionSize {
            let difference = Double(own[action] - otherOutputs[places.lowerBound + action])
            sum += terms[action].constant + terms[action].factor * difference * difference
          }
        }
      }
    }
    return (sum, timeSteps)
  }

  /// What the standard deviations contribute to the divergence of each element of a vector, KL(p || q) of normal
  /// distributions: a constant, and the factor of the square of the difference between the means.
  private func normalTerms(of other: some ActionDistribution) -> [(constant: Double, factor: Double)] {
    var otherDeviations = Array(repeating: Float(1), count: size.actionForm.deviationCount)
    var target = otherDeviations.mutableSpan
    other.writeStandardDeviations(into: &target)
    return zip(deviations, otherDeviations).map { own, other in
      (
        constant: Double.log(Double(other / own)) + Double(own * own) / (2 * Double(other * other)) - 0.5,
        factor: 1 / (2 * Double(other * other))
      )
    }
  }

  /// The mean over the valid time steps of the entropy in nats of the distributions that sampled choices; nil for vectors,
  /// whose entropy does not depend on the observation.
  public var meanChoiceEntropy: Double? {
    guard case .choice(let count) = size.actionForm else { return nil }
    var (sum, timeSteps) = (0.0, 0)
    for step in 0..<size.timeSteps where mask[step] != 0 {
      sum += outputs.span.extracting(step * count..<(step + 1) * count).choiceEntropy
      timeSteps += 1
    }
    return sum / Double(max(timeSteps, 1))
  }
}
