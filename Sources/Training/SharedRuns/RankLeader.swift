import Parts
package import Ranks
import Runs
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
  package func keepWork() -> String {
    state.withLock(\.keep)?() ?? "what was finished is kept, and the same command goes on"
  }

  /// The seconds of each of some exchanges, in which every rank gives all others some bytes.
  package func exchangeTimes(_ count: Int, bytes: Int) throws -> [Double] {
    try give(.exchanges(count: count, bytes: bytes))
    return try Self.times(of: count, bytes: bytes, ranks)
  }

  static func times(of count: Int, bytes: Int, _ ranks: Ranks) throws -> [Double] {
    var message = Message()
    message.write([UInt8](repeating: 1, count: bytes))
    return try (0..<count).map { _ in
      let before = ranks.traffic
      _ = try ranks.exchange(message)
      return (ranks.traffic - before).seconds
    }
  }

  /// Gives all other ranks an order.
  /// - Parameter trainer: the trainer whose state after the iteration before all ranks should have.
  /// - Returns: the error for a rank that has another state, which the caller throws when the order has been obeyed.
  @discardableResult
  func give(_ order: RankOrder, stateOf trainer: (any MetaTrainer)? = nil) throws -> UserError? {
    var message = Message()
    order.write(to: &message)
    var own: String?
    for (rank, answer) in try ranks.exchange(message).enumerated().dropFirst() where answer.count > 0 {
      var answer = answer
      let iteration = try answer.read(Int.self)
      guard let trainer else { continue }
      let expected = own ?? trainer.checkpoint.fingerprint.description
      own = expected
      guard try answer.readText() != expected else { continue }
      return UserError(
        "rank \(rank): expected the state of rank 0 after iteration \(iteration), found another one: its libraries compute "
          + "other bits; start every rank on the same system", status: .internalFault)
    }
    return nil
  }

  /// Whether the ranks compare their states after an iteration, which takes longer than to send it.
  static func comparesState(after iteration: Int) -> Bool { iteration > 0 && iteration.isMultiple(of: 10) }

  fileprivate func newTrainer() -> Int {
    state.withLock { state in
      state.trainers += 1
      return state.trainers
    }
  }

  /// Lets all ranks have a trainer, where they have not.
  fileprivate func giveTrainer(_ number: Int, _ configuration: RunConfiguration, _ trainer: any MetaTrainer) throws {
    guard state.withLock(\.shared) != number else { return }
    // Where one refuses it, none has any.
    state.withLock { $0.shared = nil }
    try give(.trainer(configuration.packed(), trainer.checkpoint))
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
    try leader.giveTrainer(number, configuration, subject)
    let difference = try leader.give(.iteration(iteration), stateOf: subject)
    let row = try subject.iterate(iteration)
    if let difference { throw difference }
    return row
  }

  func heldOutScore() throws -> Double {
    try leader.giveTrainer(number, configuration, subject)
    let difference = try leader.give(.look, stateOf: subject)
    let score = try subject.heldOutScore()
    if let difference { throw difference }
    return score
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
    var request = request
    if let scored = request.scored {
      // The others have scored as many in the same time.
      let (told, count) = (Locked(0), leader.ranks.count)
      request.scored = { tasks, all in
        let more = told.withLock { told in
          let more = min(tasks * count, all - told)
          told += more
          return more
        }
        scored(more, all)
      }
    }
    try leader.give(.evaluation(configuration.packed(), reference: reference, request))
    try RankFollower.agree(leader.ranks) {}
    return try Ranks.$current.withValue(leader.ranks) { try subject.evaluate(request) }
  }
}
