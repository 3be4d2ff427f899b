import RandomStreams
import Testing

@Suite struct RandomStreamTests {
  @Test func interiorUniformNumbersAreNeverABound() {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    let numbers = (0..<100_000).map { _ in stream.interiorUniform() }
    let extremes = (numbers.min() ?? 0, numbers.max() ?? 1)
    // With 2^23 parts some of 10^5 numbers lie within 10^-4 of a bound: the chance that none does is e^-10.
    #expect(extremes.0 > 0 && extremes.0 < 1e-4 && extremes.1 < 1 && extremes.1 > 1 - 1e-4)
    // The mean has a standard deviation of 0.29 / sqrt(10^5) = 0.0009.
    #expect(abs(numbers.reduce(0, +) / 100_000 - 0.5) < 0.005)
  }

  private func address(
    seed: UInt64 = 1, iteration: Int = 0, step: Int = 0, task: Int = 0, episode: Int = 0, time: Int = 0
  ) -> RandomAddress {
    RandomAddress(
      seed: seed, purpose: .test, iteration: iteration, adaptationStep: step, task: task, episode: episode,
      timeStep: time)
  }

  @Test func sameAddressGivesTheSameNumbers() {
    var first = address(task: 3).stream
    var second = address(task: 3).stream
    for _ in 0..<100 { #expect(first.next() == second.next()) }
  }

  @Test func everyPartOfTheAddressChangesTheNumbers() {
    let addresses = [
      address(), address(seed: 2), address(seed: 1 << 40), address(iteration: 1), address(step: 1), address(task: 1),
      address(episode: 1), address(time: 1), RandomAddress(seed: 1, purpose: .actionNoise),
    ]
    let firsts = addresses.map { address in
      var stream = address.stream
      return stream.next()
    }
    #expect(Set(firsts).count == addresses.count)
  }

  // 100,000 draws: the standard error of the mean is 0.0032, of the variance 0.0045; five of each are allowed.
  @Test func normalsHaveMeanZeroAndVarianceOne() {
    var stream = address().stream
    let draws = (0..<100_000).map { _ in stream.normal() }
    let mean = draws.reduce(0, +) / 100_000
    let variance = draws.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 100_000
    #expect(abs(mean) < 0.016)
    #expect(abs(variance - 1) < 0.023)
  }

  @Test func uniformsStayInTheirRange() {
    var stream = address().stream
    for _ in 0..<10_000 { #expect((-0.1..<0.1).contains(stream.uniform(in: -0.1...0.1))) }
  }
}
