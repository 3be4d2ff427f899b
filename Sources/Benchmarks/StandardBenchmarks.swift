import RandomStreams

extension Benchmark {
  /// All benchmarks of this version.
  public static let standard: [Benchmark] = policies + phases + supervised + convolutions + [.randomNumbers] + memory

  /// The generator of normal random numbers, which every sampled action uses.
  static let randomNumbers = Benchmark(
    name: "random-normals", summary: "standard normal numbers from one counter-based stream", threads: 1,
    measure: .rate(unit: "numbers/s"), shapes: "4096 streams x 16 numbers",
    prepare: {
      var iteration = 0
      return {
        iteration += 1
        var sum = 0.0
        for task in 0..<4_096 {
          var stream = RandomAddress(seed: 1, purpose: .benchmark, iteration: iteration, task: task).stream
          for _ in 0..<16 { sum += stream.normal() }
        }
        precondition(sum.isFinite, "a sum of normal numbers is \(sum)")
        return 4_096 * 16
      }
    })
}
