import Environments
import PolicyLearning
import RandomStreams
import Rollouts
import Testing

/// Episodes that their task ends, from the environment to the advantages.
@Suite struct EndedEpisodeTests {
  /// A point that always moves by the whole step along x.
  private final class Straight: ActionDistribution {
    func writeOutputs(for observations: Span<Float>, into outputs: inout MutableSpan<Float>) {
      for index in 0..<outputs.count { outputs[index] = index % 2 == 0 ? 1 : 0 }
    }

    func writeStandardDeviations(into deviations: inout MutableSpan<Float>) {
      for index in 0..<deviations.count { deviations[index] = 0 }
    }
  }

  private func episode(to x: Double) throws -> EpisodeBatch {
    var family = PointNavigationFamily()
    family.horizon = 3
    let collector = EpisodeCollector(environment: try family.environments().environment(count: 1))
    var batch = EpisodeBatch(size: collector.size)
    try collector.collect(
      into: &batch, task: EnvironmentTask(name: "goal", parameters: [x, 0]), policy: Straight(),
      at: RandomAddress(seed: 1, purpose: .test))
    return batch
  }

  private func advantages(_ batch: EpisodeBatch, values: [Float]) -> [Float] {
    let estimation = AdvantageEstimation(discount: 0.5, decay: 0, normalization: .none)
    var advantages: [Float] = [7, 7, 7]
    estimation.writeAdvantages(of: batch, values: values, into: &advantages)
    return advantages
  }

  private func near(_ found: [Float], _ expected: [Float]) -> Bool {
    // Float's rounding of numbers below 1.
    zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
  }

  /// By hand: steps of 0.1 towards 0.2 earn -0.1 and 0, and end there; TD errors are -0.1 + 0.25 / 2 - 0.5 and -0.25, without a value of the
  /// state after the end, whatever the baseline says of the padding.
  @Test func valueAfterATerminationIsZero() throws {
    let batch = try episode(to: 0.2)
    #expect(batch.ends == [.terminated] && batch.mask == [1, 1, 0] && batch.validTimeSteps == 2)
    #expect(near(batch.rewards, [-0.1, 0, 0]))
    let expected: [Float] = [-0.475, -0.25, 0]
    #expect(near(advantages(batch, values: [0.5, 0.25, 9]), expected))
    var returns: [Float] = [7, 7, 7]
    AdvantageEstimation(discount: 0.5).writeReturns(of: batch, into: &returns)
    #expect(near(returns, [-0.1, 0, 0]))
    #expect(SurrogateNormalization.timeSteps.divisor(of: batch) == 2)
  }

  /// The horizon belongs to the task: returns end there, too, and the baselines know the time.
  @Test func valueAfterTheHorizonIsZeroToo() throws {
    let batch = try episode(to: 0.5)
    #expect(batch.ends == [.truncated] && batch.mask == [1, 1, 1])
    #expect(near(batch.rewards, [-0.4, -0.3, -0.2]))
    // -0.4 + 0.25 / 2 - 0.5, -0.3 + 0.125 / 2 - 0.25, and -0.2 - 0.125.
    let expected: [Float] = [-0.775, -0.4875, -0.325]
    #expect(near(advantages(batch, values: [0.5, 0.25, 0.125]), expected))
  }
}
