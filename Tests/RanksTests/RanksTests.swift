import Parts
import Testing
import Workers

@testable import Ranks

/// The shares of ranks, and what they give each other, with ranks that are threads.
@Suite struct RanksTests {
  @Test(arguments: [1, 2, 3, 4, 8, 13]) func valuesComeInTheOrderOfTheJobs(count: Int) throws {
    for jobs in [1, 2, 5, 12] {
      let results = LocalRanks.run(count) { ranks in
        try ranks.map(jobs: jobs) { own in own.map { Double($0 * $0) } }
      }
      for result in results { #expect(try result.get() == (0..<jobs).map { Double($0 * $0) }) }
    }
  }

  @Test func everyRankThrowsTheErrorOfTheLowestThatFailed() {
    let results = LocalRanks.run(4) { ranks in
      try ranks.map(jobs: 4) { own -> [Double] in
        if ranks.number > 1 {
          throw UserError("rank \(ranks.number) failed", status: .malformedData, isDivergence: true)
        }
        return own.map { Double($0) }
      }
    }
    for result in results {
      #expect(throws: UserError("rank 2 failed", status: .malformedData, isDivergence: true)) { try result.get() }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 8, 11], [1, 3, 4]) func worksHaveTheSameResultsForAnyRanks(
    count: Int, works: Int
  ) throws {
    let alone = Self.works(works)
    try WorkerPool(count: 1).run(alone)
    let expected = alone.map(\.result)
    let results = LocalRanks.run(count) { ranks in
      let own = Self.works(works)
      try ranks.run(own, by: WorkerPool(count: 2))
      return own.map(\.result)
    }
    for result in results { #expect(try result.get() == expected) }
  }

  @Test func moreRanksThanWorksShareTheJobsOfAStage() throws {
    let results = LocalRanks.run(4) { ranks in
      let own = Self.works(2)
      try ranks.run(own, by: WorkerPool(count: 1))
      return own.map { $0.jobs.withLock { $0 } }
    }
    let made = try results.map { try $0.get() }
    // Two ranks a work, of which each did half of its 3 x 5 jobs, give or take one a stage.
    for rank in 0..<4 { #expect([6, 9].contains(made[rank][rank / 2]) && made[rank][1 - rank / 2] == 0) }
  }

  @Test func aFailingJobFailsOnAllRanksOfATeam() {
    let results = LocalRanks.run(5) { ranks in
      let own = Self.works(2)
      own[1].failingJob = 3
      try ranks.run(own, by: WorkerPool(count: 1))
    }
    for result in results {
      #expect(throws: UserError("job 3 failed", status: .malformedData)) { try result.get() }
    }
  }

  @Test func worksThatStayOnTheirRanksAreOwnedOnce() {
    for (count, works) in [(1, 3), (2, 3), (3, 3), (4, 3), (8, 3)] {
      let owned = LocalRanks.run(count) { ranks in try ranks.mapOwned(of: works) { Double($0) } }
      for result in owned { #expect((try? result.get()) == (0..<works).map { Double($0) }) }
    }
  }

  @Test func aMessageReturnsWhatWasWritten() throws {
    var message = Message()
    message.write(Int32(-3))
    message.write([1.5, -.infinity])
    message.write("über")
    message.writeOptional(Float?.none)
    message.writeOptional(Float?.some(2))
    message.write([Float]())
    var reader = MessageReader(message.bytes)
    #expect(try reader.read() as Int32 == -3)
    #expect(try reader.read() as [Double] == [1.5, -.infinity])
    #expect(try reader.readText() == "über")
    #expect(try reader.readOptional() as Float? == nil)
    #expect(try reader.readOptional() as Float? == 2)
    #expect(try reader.read() as [Float] == [])
    #expect(throws: UserError.self) { try reader.read() as UInt8 }
  }

  @Test func aMessageThatIsCutOffIsAnError() {
    var message = Message()
    message.write([1, 2, 3])
    for count in message.bytes.indices {
      var reader = MessageReader(Array(message.bytes.prefix(count)))
      #expect(throws: UserError.self) { try reader.read() as [Int] }
    }
  }

  @Test func launchersAreKnownByTheirVariables() {
    #expect(RankLaunch(environment: [:]) == nil)
    #expect(RankLaunch(environment: ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"]) == nil)
    let launch = RankLaunch(environment: ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"])
    #expect(launch?.number == 2 && launch?.count == 4)
    // A batch script of Slurm has the number of its tasks, too; a step alone starts them.
    #expect(RankLaunch(environment: ["SLURM_NTASKS": "4", "SLURM_PROCID": "0"]) == nil)
    #expect(RankLaunch(environment: ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"])?.number == 3)
  }

  @Test func ranksOfOtherVersionsAreRefused() {
    let results = LocalRanks.run(3) { ranks in
      _ = try RankMeeting(#require(ranks.connection), version: ranks.number == 2 ? "2" : "1")
    }
    for result in results {
      #expect { try result.get() } throws: { error in
        (error as? UserError)?.message.hasPrefix("rank 2 on ") == true
      }
    }
  }

  private static func works(_ count: Int) -> [SumWork] { (0..<count).map { SumWork($0) } }
}

/// A work of three stages with five jobs, each of which depends on all jobs of the stage before.
private final class SumWork: SharedWork, @unchecked Sendable {
  let jobs = Locked(0)
  var failingJob: Int?
  private(set) var result = 0.0
  private var stage = 0
  private var parts = [Double](repeating: 0, count: 5)

  init(_ number: Int) { result = Double(number) }

  var stageName: String { "sums" }

  func next(worker: Int) -> Int? {
    if stage > 0 { for part in parts { result = result * 0.3 + part } }
    stage += 1
    return stage <= 3 ? parts.count : nil
  }

  func run(job: Int, worker: Int) throws {
    if job == failingJob { throw UserError("job \(job) failed", status: .malformedData) }
    parts[job] = result / Double(job + 3)
    jobs.withLock { $0 += 1 }
  }

  func write(job: Int, to message: inout Message) { message.write(parts[job]) }

  func read(job: Int, from message: inout MessageReader) throws { parts[job] = try message.read() }

  func writeResult(to message: inout Message) { message.write(result) }

  func readResult(from message: inout MessageReader) throws { result = try message.read() }
}
