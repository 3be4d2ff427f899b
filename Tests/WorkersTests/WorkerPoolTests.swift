import Testing
import Workers

@Suite struct WorkerPoolTests {
  struct Failure: Error, Equatable { var job: Int }

  @Test(arguments: [1, 2, 3, 8]) func resultsStandInTheOrderOfTheJobs(workers: Int) throws {
    let results = try WorkerPool(count: workers).map(jobs: 100) { job, _ in job * job }
    #expect(results == (0..<100).map { $0 * $0 })
  }

  @Test func noTwoRunningJobsShareAWorker() throws {
    let pool = WorkerPool(count: 4)
    let busy = WorkerLocal(pool) { Flag() }
    try pool.run(jobs: 1000) { _, worker in
      let flag = busy[worker]
      #expect(!flag.raised)
      flag.raised = true
      for _ in 0..<50 { _ = Int.random(in: 0..<10) }
      flag.raised = false
    }
  }

  @Test func anErrorOfAJobReachesTheCaller() {
    #expect(throws: Failure(job: 7)) {
      try WorkerPool(count: 2).run(jobs: 20) { job, _ in if job == 7 { throw Failure(job: job) } }
    }
  }

  @TaskLocal static var inherited = 0

  @Test(arguments: [1, 3]) func everyJobRunsInItsSurrounding(workers: Int) throws {
    let pool = WorkerPool(count: workers) { job in try Self.$inherited.withValue(7) { try job() } }
    #expect(try pool.map(jobs: 20) { _, _ in Self.inherited } == Array(repeating: 7, count: 20))
    #expect(Self.inherited == 0)
    #expect(throws: Failure(job: 3)) { try pool.run(jobs: 5) { job, _ in if job == 3 { throw Failure(job: job) } } }
  }

  /// Raised while a job runs; a race on it is what the test looks for.
  final class Flag { var raised = false }
}
