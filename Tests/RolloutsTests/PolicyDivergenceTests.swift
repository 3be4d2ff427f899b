import Environments
import RandomStreams
import Rollouts
import Testing

@Suite struct PolicyDivergenceTests {
  /// KL(N(a, s^2) || N(b, r^2)) = log(r / s) + (s^2 + (a - b)^2) / (2 r^2) - 1/2, summed over the chosen time steps of the
  /// episodes that still run.
  @Test(arguments: [1, 3]) func divergenceIsThatOfNormalDistributions(stride: Int) throws {
    let collector = EpisodeCollector(environment: LineEnvironment(count: 3, horizon: 7, end: 2.2))
    var batch = EpisodeBatch(size: collector.size)
    let own = SimplePolicy(deviation: 0.2) { 0.3 * $0 + 0.5 }
    try collector.collect(
      into: &batch, task: EnvironmentTask(name: "any", parameters: []), policy: own,
      at: RandomAddress(seed: 3, purpose: .test))
    #expect(batch.mask.contains(0) && batch.mask.contains(1))
    let found = batch.divergence(from: SimplePolicy(deviation: 0.5) { 0.5 - 0.1 * $0 }, everyStep: stride)
    var (sum, count) = (0.0, 0)
    for time in Swift.stride(from: 0, to: 7, by: stride) {
      for episode in 0..<3 where batch.mask[time * 3 + episode] != 0 {
        let difference = 0.4 * Double(batch.observations[time * 3 + episode])
        sum += 0.9162907318741551 + (0.04 + difference * difference) / 0.5 - 0.5
        count += 1
      }
    }
    #expect(found.timeSteps == count)
    #expect(abs(found.sum - sum) < 1e-5 * sum)
    #expect(abs(batch.divergence(from: own, everyStep: stride).sum) < 1e-9)
  }
}
