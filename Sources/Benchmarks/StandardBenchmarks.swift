import RandomStreams
import TensorCore

extension Benchmark {
  /// All benchmarks of this version.
  public static let standard: [Benchmark] = policies + phases + supervised + convolutions + [.randomNumbers] + memory

  /// The normal random numbers of sampled actions.
  static let randomNumbers = Benchmark(
    name: "random-normals", summary: "the standard normal numbers of sampled actions", threads: 1,
    measure: .rate(unit: "numbers/s"), shapes: "1000 time steps x 40 episodes x 6 numbers",
    prepare: {
      let means = [Float](repeating: 0, count: 40 * 6), deviations = [Float](repeating: 1, count: 6)
      var samples = means
      var iteration = 0
      return {
        iteration += 1
        var address = RandomAddress(seed: 1, purpose: .benchmark, iteration: iteration)
        var sum: Float = 0
        for time in 0..<1_000 {
          address.timeStep = UInt32(time)
          var room = samples.mutableSpan
          Float.kernels(.fastest).sampleNormals(
            key: address.key, counter: address.counter, means: means.span, deviations: deviations.span, into: &room)
          sum += samples[0]
        }
        precondition(sum.isFinite, "a sum of normal numbers is \(sum)")
        return Double(1_000 * samples.count)
      }
    })
}
