import Environments
import Foundation
import RandomStreams
import Rollouts
import Testing

/// Actions that are choices, in batches.
@Suite struct ChoiceSamplingTests {
  /// A fixed distribution over choices, whose logits are those of the row's observation times `slope` besides.
  private final class FixedChoices: ActionDistribution {
    let logits: [Float]
    let slope: Float

    init(_ logits: [Float], slope: Float = 0) { (self.logits, self.slope) = (logits, slope) }

    func writeOutputs(for observations: Span<Float>, into outputs: inout MutableSpan<Float>) {
      for index in 0..<outputs.count {
        outputs[index] =
          logits[index % logits.count] + (index % logits.count == 0 ? slope * observations[index / logits.count] : 0)
      }
    }

    func writeStandardDeviations(into deviations: inout MutableSpan<Float>) {
      precondition(deviations.isEmpty, "choices have no deviations")
    }
  }

  private let task = EnvironmentTask(name: "any", parameters: [])

  private func collect(_ policy: FixedChoices, count: Int, horizon: Int = 50, first: Int = 0) throws -> EpisodeBatch {
    let collector = EpisodeCollector(
      environment: ChoiceLine(count: count, horizon: horizon, choices: policy.logits.count))
    var batch = EpisodeBatch(size: collector.size)
    try collector.collect(
      into: &batch, task: task, policy: policy, at: RandomAddress(seed: 3, purpose: .test, task: 2, episode: first))
    return batch
  }

  @Test func frequenciesAreThoseOfTheSoftmax() throws {
    let logits: [Float] = [0.5, -1, 2, 0]
    let batch = try collect(FixedChoices(logits), count: 200)
    let weights = logits.map { Foundation.exp(Double($0)) }
    for choice in logits.indices {
      let probability = weights[choice] / weights.reduce(0, +)
      let share = Double(batch.actions.count { $0 == Float(choice) }) / 10_000
      // Five standard errors of a share of 10,000.
      #expect(abs(share - probability) < 5 * (probability * (1 - probability) / 10_000).squareRoot())
    }
    #expect(batch.outputs.count == 4 * 10_000 && batch.deviations.isEmpty)
  }

  @Test func choicesInvertTheDistributionFunctionAtTheirOwnAddresses() throws {
    let batch = try collect(FixedChoices([0, Foundation.log(Float(3))]), count: 3, horizon: 4, first: 10)
    for time in 0..<4 {
      for episode in 0..<3 {
        var stream = RandomAddress(
          seed: 3, purpose: .actionNoise, task: 2, episode: 10 + episode, timeStep: time
        ).stream
        // The first choice has the probability 1 / 4.
        #expect(batch.actions[time * 3 + episode] == (stream.uniform() < 0.25 ? 0 : 1))
      }
    }
  }

  @Test func anEpisodeDoesNotDependOnItsNeighbours() throws {
    let policy = FixedChoices([0.5, -1, 2], slope: 0.3)
    let together = try collect(policy, count: 5, first: 4)
    for episode in 0..<5 {
      let alone = try collect(policy, count: 1, first: 4 + episode)
      #expect(alone.actions == together.episodes(episode..<episode + 1).actions)
      #expect(alone.outputs == together.episodes(episode..<episode + 1).outputs)
    }
  }

  @Test func choicesOfProbabilityZeroAreNeverTaken() throws {
    let batch = try collect(FixedChoices([0, -1_000, 0, -1_000]), count: 100)
    #expect(batch.actions.allSatisfy { $0 == 0 || $0 == 2 })
  }

  @Test func outputsThatAreNotFiniteAreReported() {
    let error = #expect(throws: NonFiniteValueError.self) { try collect(FixedChoices([0, .nan]), count: 2) }
    #expect(error?.quantity == .action)
  }

  /// sum of p (log p - log q) by the definition, of the time steps that are compared.
  @Test(arguments: [1, 3]) func divergenceAndEntropyAreThoseOfChoices(stride: Int) throws {
    let (own, other) = (FixedChoices([0.5, -1, 2]), FixedChoices([0, 1, 0.3]))
    let batch = try collect(own, count: 4, horizon: 7)
    func probabilities(_ policy: FixedChoices) -> [Double] {
      let weights = policy.logits.map { Foundation.exp(Double($0)) }
      return weights.map { $0 / weights.reduce(0, +) }
    }
    let (p, q) = (probabilities(own), probabilities(other))
    let expected = zip(p, q).map { $0 * Foundation.log($0 / $1) }.reduce(0, +)
    let found = batch.divergence(from: other, everyStep: stride)
    #expect(found.timeSteps == 4 * (stride == 1 ? 7 : 3))
    // Float's logits are exact here; sums of some dozens of terms in Double.
    #expect(abs(found.sum / Double(found.timeSteps) - expected) < 1e-7)
    #expect(abs(batch.divergence(from: own, everyStep: stride).sum) < 1e-12)
    let entropy = -p.map { $0 * Foundation.log($0) }.reduce(0, +)
    #expect(abs(try #require(batch.meanChoiceEntropy) - entropy) < 1e-7)
  }
}

/// A point on a line that moves by the number of its choice.
private final class ChoiceLine: BatchedEnvironment {
  let specification: EnvironmentSpecification
  let count: Int
  private var (positions, time): ([Float], Int)

  init(count: Int, horizon: Int, choices: Int) {
    self.count = count
    (positions, time) = (Array(repeating: 0, count: count), 0)
    specification = EnvironmentSpecification(
      name: "choices", observations: [.init(name: "position", unit: "m")], choices: (0..<choices).map { "\($0)" },
      rewardParts: ["position"], horizon: horizon)
  }

  func reset(task: EnvironmentTask, at address: RandomAddress, observations: inout MutableSpan<Float>) {
    time = 0
    for row in 0..<count { (positions[row], observations[row]) = (0, 0) }
  }

  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    time += 1
    for row in 0..<count {
      positions[row] += 0.01 * actions[row]
      (observations[row], rewards[row]) = (positions[row], positions[row])
      ends[row] = time == specification.horizon ? .truncated : []
    }
  }

  func readRewardParts(into parts: inout MutableSpan<Float>) {
    for row in 0..<count { parts[row] = positions[row] }
  }
}
