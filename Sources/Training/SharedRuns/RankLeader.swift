import Parts
package import Ranks
import Runs
import TensorCore
import Workers

/// Rank 0 towards the others, which do what it asks: what a command trains and evaluates, all ranks train and evaluate, and
/// rank 0 alone knows of commands, folders and users.
package final class RankLeader: Sendable {
  /// The leader of the process's ranks; nil in a process that works alone.
  @TaskLocal package static var current: RankLeader?

  /// All ranks.
  package let ranks: Ranks

  private struct State: Sendable {
    /// The trainer that all ranks have, and the number of all so far.
    var shared: Int?
    var trainers = 0
    /// Saves what would be lost with this process, and returns a line about it.
    var keep: (@Sendable () -> String)?
  }

  private let state = Locked(State())

  /// Creates the leader of ranks, of which this is number 0.
  package init(_ ranks: Ranks) {
    precondition(ranks.number == 0, "rank \(ranks.number) cannot lead")
    self.ranks = ranks
  }

  /// Lets the other ranks end.
  package func end() throws { try give(.end) }

  /// Says how to save what would be lost with this process, on any thread; nil for nothing.
  package func keep(by body: (@Sendable () -> String)?) { state.withLock { $0.keep = body } }

  /// Saves what would be lost with this process.
  /// - Returns: a line about what is kept.
  package func keepWork() -> String { state.withLock(\.keep)?() ?? "nothing was written" }

  fileprivate func give(_ order: RankOrder) throws {
    var message = Message()
    order.write(to: &message)
    _ = try ranks.exchange(message)
  }

  fileprivate func newTrainer() -> Int {
    state.withLock { state in
      state.trainers += 1
      return state.trainers
    }
  }

  /// Lets all ranks have a trainer.
  fileprivate func share(_ number: Int, _ configuration: RunConfiguration, _ trainer: any MetaTrainer) throws {
    guard state.withLock(\.shared) != number else { return }
    try give(.trainer(PackedConfiguration(configuration, kernels: configuration.kernels.name), trainer.checkpoint))
    try RankFollower.agree(ranks) {}
    state.withLock { $0.shared = number }
  }
}

/// A trainer of rank 0 whose iterations all ranks make together.
struct SharedTrainer: MetaTrainer {
  private var subject: any MetaTrainer
  private let configuration: RunConfiguration
  private let leader: RankLeader
  /// The number by which the leader knows whether the others have this trainer with this state.
  private var number: Int

  /// - Parameter make: makes the trainer, which shares its work among `Ranks.current`.
  init(_ configuration: RunConfiguration, _ leader: RankLeader, _ make: () throws -> any MetaTrainer) rethrows {
    (self.configuration, self.leader, number) = (configuration, leader, leader.newTrainer())
    subject = try Ranks.$current.withValue(leader.ranks, operation: make)
  }

  mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    try leader.share(number, configuration, subject)
    try leader.give(.iteration(iteration))
    return try subject.iterate(iteration)
  }

  func heldOutScore() throws -> Double {
    try leader.share(number, configuration, subject)
    try leader.give(.look)
    return try subject.heldOutScore()
  }

  mutating func restore(_ checkpoint: CheckpointContents) throws {
    number = leader.newTrainer()
    try subject.restore(checkpoint)
  }

  var checkpoint: CheckpointContents { subject.checkpoint }
  var learnedPrefixes: [String] { subject.learnedPrefixes }
  var warnings: [String] { subject.warnings }
  var watches: [MetricWatch] { subject.watches }
  var heldOutLooks: HeldOutLooks? { subject.heldOutLooks }
  var progressColumn: ProgressColumn? { subject.progressColumn }
}

/// An evaluator of rank 0 whose tasks all ranks score together.
struct SharedEvaluator: AdaptationEvaluator {
  private let subject: any AdaptationEvaluator
  private let configuration: RunConfiguration
  private let leader: RankLeader
  private let reference: String?

  /// - Parameter reference: the name of the reference line that it evaluates; nil for what was trained.
  init(
    _ configuration: RunConfiguration, _ leader: RankLeader, reference: String? = nil,
    _ subject: any AdaptationEvaluator
  ) {
    (self.configuration, self.leader, self.reference, self.subject) = (configuration, leader, reference, subject)
  }

  var stepCount: Int { subject.stepCount }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    try leader.give(
      .evaluation(
        PackedConfiguration(configuration, kernels: configuration.kernels.name), reference: reference, request))
    try RankFollower.agree(leader.ranks) {}
    return try Ranks.$current.withValue(leader.ranks) { try subject.evaluate(request) }
  }
}
