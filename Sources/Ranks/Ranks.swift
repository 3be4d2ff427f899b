import Parts
package import Workers

/// The processes that do the same work together, each a part of it: the ranks of MPI.
///
/// Every rank calls the same functions in the same order. What a rank has computed it gives to all others, so that each has
/// all parts and adds them in the order of the parts: the bits are those of one process, whatever the number of ranks.
package struct Ranks: Sendable {
  /// The ranks that share the work of what is being made; one where nothing is shared.
  @TaskLocal package static var current = Ranks.alone

  /// One process that works alone.
  package static let alone = Ranks(nil)

  let connection: (any RankConnection)?
  /// The number of workers of this rank where the settings give none; nil for one per processor.
  package let workers: Int?

  /// Creates ranks; nil for one process alone.
  package init(_ connection: (any RankConnection)?, workers: Int? = nil) {
    (self.connection, self.workers) = (connection, workers)
  }

  /// What this rank has sent and received until now.
  private let counted = Locked(RankTraffic())

  /// What this rank has sent and received until now.
  package var traffic: RankTraffic { counted.withLock { $0 } }

  /// The number of this rank, from 0. Rank 0 alone writes files and speaks to the user.
  package var number: Int { connection?.number ?? 0 }

  /// The number of ranks.
  package var count: Int { connection?.count ?? 1 }

  /// Whether there are other ranks.
  package var areSeveral: Bool { count > 1 }

  /// Gives all ranks a message, and receives theirs in the order of the ranks. Every rank calls this together.
  package func exchange(_ message: Message) throws -> [MessageReader] {
    try exchange(message, among: 0..<count)
  }

  private func exchange(_ message: Message, among members: Range<Int>) throws -> [MessageReader] {
    guard let connection else { return [MessageReader(message.bytes)] }
    let start = ContinuousClock.now
    let received = try connection.exchange(message.bytes, among: members)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    counted.withLock { traffic in
      traffic.exchanges += 1
      traffic.sent += message.bytes.count
      traffic.received += received.reduce(0) { $0 + $1.count } - message.bytes.count
      traffic.seconds += seconds
    }
    return received.map { MessageReader($0) }
  }
}

/// How much a rank has sent and received.
package struct RankTraffic: Equatable, Sendable {
  /// The number of exchanges.
  package var exchanges = 0
  /// The bytes that this rank gave, each to all others, and those that it received.
  package var (sent, received) = (0, 0)
  /// The seconds of the exchanges, the wait for slower ranks included.
  package var seconds = 0.0

  /// What was added since an earlier time.
  package static func - (later: RankTraffic, earlier: RankTraffic) -> RankTraffic {
    var traffic = RankTraffic()
    traffic.exchanges = later.exchanges - earlier.exchanges
    traffic.sent = later.sent - earlier.sent
    traffic.received = later.received - earlier.received
    traffic.seconds = later.seconds - earlier.seconds
    return traffic
  }
}

/// What carries the messages of a rank to others.
package protocol RankConnection: Sendable {
  /// The number of this rank, from 0.
  var number: Int { get }
  /// The number of ranks.
  var count: Int { get }
  /// Gives each of some neighbouring ranks, of which this is one, the same bytes, and receives theirs in the order of the
  /// ranks. Each of them calls this together.
  /// - Throws: `RankLoss` where a rank has been lost.
  func exchange(_ bytes: [UInt8], among members: Range<Int>) throws -> [[UInt8]]
}

/// An error for a rank that does not answer any more, or whose connection has failed.
package struct RankLoss: Error, CustomStringConvertible {
  /// What is known of it, in a line.
  package let description: String

  /// Creates an error.
  package init(_ description: String) { self.description = description }
}

// Shares of work.
extension Ranks {
  /// The jobs of a rank, which are neighbours. Where there are more ranks than jobs, some have none.
  package static func share(of jobs: Int, rank: Int, among count: Int) -> Range<Int> {
    jobs * rank / count..<jobs * (rank + 1) / count
  }

  /// The values of all jobs in their order, of which each rank makes its share.
  /// - Parameter make: makes the values of some of the jobs. Its errors should be those of the user: other ranks know the
  ///   text of another error alone.
  /// - Throws: the error of the lowest jobs that failed, on every rank.
  package func map<Value: RankValue>(jobs: Int, _ make: (Range<Int>) throws -> [Value]) throws -> [Value] {
    guard areSeveral else { return try make(0..<jobs) }
    let own = Self.share(of: jobs, rank: number, among: count)
    return try gather { try own.isEmpty ? [] : make(own) }
  }

  /// The values that all ranks make, in the order of the ranks. A rank that fails tells the others.
  private func gather<Value: RankValue>(among members: Range<Int>? = nil, _ make: () throws -> [Value]) throws
    -> [Value]
  {
    var message = Message()
    var failure: (any Error)?
    do {
      let values = try make()
      message.write(false)
      message.write(values.count)
      for value in values { value.write(to: &message) }
    } catch let loss as RankLoss {
      throw loss
    } catch {
      failure = error
      message.write(true)
      (error as? UserError ?? UserError("\(error)", status: .internalFault)).write(to: &message)
    }
    let members = members ?? 0..<count
    var received = try exchange(message, among: members)
    var values: [Value] = []
    for index in received.indices {
      guard try received[index].read(Bool.self) else {
        for _ in 0..<(try received[index].read(Int.self)) { values.append(try Value(from: &received[index])) }
        continue
      }
      if let failure, members.lowerBound + index == number { throw failure }
      throw try UserError(from: &received[index])
    }
    return values
  }
}

// Work in stages.
extension Ranks {
  /// Does all of `works`, of which each rank does its share, or where there are more ranks than works a part of one. After
  /// it every rank has the results of all works; a work's own memory is there on the ranks that `owned` names alone.
  /// - Parameter explained: makes errors of the user of the errors of the works.
  package func run<Work: SharedWork>(
    _ works: [Work], by pool: WorkerPool, explained: (() throws -> Void) throws -> Void = { try $0() }
  ) throws {
    guard areSeveral else { return try explained { try pool.run(works) } }
    let own = owned(of: works.count)
    let results: [RawValue] = try gather {
      if count <= works.count {
        try explained { try pool.run(Array(works[own])) }
      } else {
        try runTogether(works[own.lowerBound], number: own.lowerBound, of: works.count, by: pool, explained)
        // One of those that have the work gives its result.
        guard team(of: own.lowerBound, among: works.count).lowerBound == number else { return [] }
      }
      return own.map { RawValue(of: works[$0]) }
    }
    for (index, result) in results.enumerated() where !own.contains(index) {
      var reader = MessageReader(result.bytes)
      try works[index].readResult(from: &reader)
    }
  }

  /// The values of all works in their order, of which each rank makes those of the works whose memory it has.
  package func mapOwned<Value: RankValue>(of works: Int, _ make: (Int) throws -> Value) throws -> [Value] {
    guard areSeveral else { return try (0..<works).map(make) }
    let own = owned(of: works)
    return try gather {
      let isFirst = count <= works || team(of: own.lowerBound, among: works).lowerBound == number
      return isFirst ? try own.map(make) : []
    }
  }

  /// The works whose memory is on this rank: its share, or where there are more ranks than works the one of its team.
  package func owned(of works: Int) -> Range<Int> {
    guard count > works else { return Self.share(of: works, rank: number, among: count) }
    let work = number * works / count
    return work..<work + 1
  }

  /// The ranks that do a work together, where there are more of them than works.
  private func team(of work: Int, among works: Int) -> Range<Int> {
    // The ranks r with r * works / count = work.
    (work * count + works - 1) / works..<((work + 1) * count + works - 1) / works
  }

  /// Does a work stage by stage: each rank of the team does some of the jobs of a stage and receives what the others' jobs
  /// have made.
  private func runTogether<Work: SharedWork>(
    _ work: Work, number workNumber: Int, of works: Int, by pool: WorkerPool,
    _ explained: (() throws -> Void) throws -> Void
  ) throws {
    let team = team(of: workNumber, among: works)
    guard team.count > 1 else { return try explained { try pool.run([work]) } }
    while true {
      var stage: Int?
      var own = 0..<0
      let made: [RawValue] = try gather(among: team) {
        try explained {
          // What happens between two stages is the same on every rank of the team.
          try pool.surrounded { stage = try work.next(worker: 0) }
          own = Self.share(of: stage ?? 0, rank: number - team.lowerBound, among: team.count)
          let first = own.lowerBound
          try pool.run(jobs: own.count) { job, worker in try work.run(job: first + job, worker: worker) }
        }
        return own.map { job in RawValue { work.write(job: job, to: &$0) } }
      }
      guard let jobs = stage else { return }
      for job in 0..<jobs where !own.contains(job) {
        var reader = MessageReader(made[job].bytes)
        try work.read(job: job, from: &reader)
      }
    }
  }
}

/// Work in stages that several ranks do together.
package protocol SharedWork: StagedWork {
  /// Writes what a job of the present stage has made.
  func write(job: Int, to message: inout Message)
  /// Takes what a job of the present stage has made on another rank.
  func read(job: Int, from message: inout MessageReader) throws
  /// Writes the result of the work, which has ended.
  func writeResult(to message: inout Message)
  /// Takes the result of the work, which has ended on another rank.
  func readResult(from message: inout MessageReader) throws
}

/// Bytes that are written and read elsewhere.
private struct RawValue: RankValue {
  let bytes: [UInt8]

  init(_ write: (inout Message) -> Void) {
    var message = Message()
    write(&message)
    bytes = message.bytes
  }

  init(of work: some SharedWork) { self.init { work.writeResult(to: &$0) } }

  init(from message: inout MessageReader) throws { bytes = try message.read() }

  func write(to message: inout Message) { message.write(bytes) }
}
