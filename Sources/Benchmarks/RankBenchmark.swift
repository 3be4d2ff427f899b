import Parts
import Ranks
import Runs
package import Training

/// What ranks cost: the time of an exchange, and what the iterations of a training exchange by each outer step.
package struct RankBenchmark: Encodable, Sendable {
  /// A training's iteration.
  package struct Iteration: Encodable, Sendable {
    /// The name of what is trained, with its outer step.
    package let name: String
    /// The median time of an iteration in seconds.
    package let seconds: Double
    /// The median time that rank 0 is in exchanges, the wait for slower ranks included.
    package let exchangeSeconds: Double
    /// The exchanges of an iteration, and the bytes that a rank gives all others in it.
    package let exchanges: Int
    package let bytes: Int
  }

  /// An exchange in which each rank gives all others some bytes.
  package struct Exchange: Encodable, Sendable {
    package let bytes: Int
    /// The median time in seconds.
    package let seconds: Double
  }

  package private(set) var ranks: Int
  package private(set) var exchanges: [Exchange] = []
  package private(set) var iterations: [Iteration] = []

  /// What is trained: the default run of each outer step on lanes, and the sinusoids of a meta-batch of 25.
  private static let trainings: [(name: String, settings: [String])] =
    ["trpo", "ppo", "adam"].map { step in
      ("cheetah-dir, maml, \(step)", ["task=cheetah-dir", "physics=lanes", "outer_step=\(step)"])
    } + [
      ("sinusoid, maml", ["task=sinusoid", "meta_batch_size=25"])
    ]

  /// The iterations that are measured, after the first ones, which allocate memory.
  private static let (first, measured) = (2, 9)

  /// Measures with all ranks of a leader.
  package init(_ leader: RankLeader) throws {
    ranks = leader.ranks.count
    for bytes in [8, 1_000, 100_000, 10_000_000] {
      let times = try leader.exchangeTimes(bytes > 1_000_000 ? 9 : 99, bytes: bytes)
      exchanges.append(Exchange(bytes: bytes, seconds: times.median))
    }
    for training in Self.trainings {
      let configuration = try RunConfiguration(
        settings: training.settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
      var trainer = try Catalog.standard.makeTrainer(configuration)
      var (seconds, traffic): ([Double], [RankTraffic]) = ([], [])
      for iteration in 1...Self.first + Self.measured {
        let (start, before) = (ContinuousClock.now, leader.ranks.traffic)
        _ = try trainer.iterate(iteration)
        seconds.append((ContinuousClock.now - start) / .seconds(1))
        traffic.append(leader.ranks.traffic - before)
      }
      traffic.removeFirst(Self.first)
      iterations.append(
        Iteration(
          name: training.name, seconds: Array(seconds.dropFirst(Self.first)).median,
          exchangeSeconds: traffic.map(\.seconds).median,
          exchanges: Int(traffic.map { Double($0.exchanges) }.median),
          bytes: Int(traffic.map { Double($0.sent) }.median)))
    }
  }
}
