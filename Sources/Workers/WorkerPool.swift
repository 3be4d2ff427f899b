import Dispatch
import Synchronization

/// A fixed number of workers that share a range of jobs. No other type of the project creates threads.
///
/// Which worker runs which job is not defined; a caller that stores each job's result under the job's index, and combines
/// results in index order, gets the same bits from any number of workers.
public struct WorkerPool: Sendable {
  /// The number of jobs that run at the same time, at least 1.
  public let count: Int

  let surrounding: @Sendable (_ job: () throws -> Void) throws -> Void
  /// What notes the times of jobs, where the pool has one worker; nil for nothing.
  let recorder: WorkRecorder?
  let choice = WorkerChoice()

  /// Creates a pool of `count` workers.
  /// - Parameters:
  ///   - count: the number of workers, at least 1.
  ///   - surrounding: runs the job that it is given, on the thread of the job's worker. Thread-local and task-local values
  ///     of the pool's caller are not visible there.
  ///   - recorder: notes the times of the jobs of a pool of one worker; nil for none.
  public init(
    count: Int, recorder: WorkRecorder? = nil,
    surrounding: @escaping @Sendable (_ job: () throws -> Void) throws -> Void = { try $0() }
  ) {
    precondition(count >= 1, "a worker pool needs at least one worker, not \(count)")
    self.count = count
    self.surrounding = surrounding
    self.recorder = count == 1 ? recorder : nil
  }

  /// Runs `body` on the caller's thread as a job of a worker would run.
  package func surrounded(_ body: () throws -> Void) throws { try surrounding(body) }

  /// Runs `body(job, worker)` for every job in `0..<jobs` and returns when all have ended.
  ///
  /// `worker` is in `0..<count` and no two jobs that run at the same time share it, so that it can index a workspace.
  /// - Throws: the error of the lowest-numbered job that threw; jobs that have not started by then are skipped.
  public func run(jobs: Int, _ body: @Sendable (_ job: Int, _ worker: Int) throws -> Void) throws {
    if isSerial(jobs) { return try runAlone(jobs: jobs) { try body($0, 0) } }
    try choice.measuring(jobs, most: min(count, jobs)) { workers in
      if workers == 1 {
        try runAlone(jobs: jobs) { try body($0, 0) }
      } else {
        try run(jobs: jobs, by: workers, body)
      }
    }
  }

  private func runAlone(jobs: Int, _ body: (_ job: Int) throws -> Void) throws {
    var times = recorder.map { _ in WorkTimes() }
    for job in 0..<jobs {
      times?.beginWork()
      try WorkTimes.measuring(&times, isJob: false) { try surrounding { try body(job) } }
    }
    if let times { recorder?.add(times) }
  }

  private func run(jobs: Int, by workers: Int, _ body: @Sendable (_ job: Int, _ worker: Int) throws -> Void) throws {
    let next = Atomic<Int>(0)
    let failure = Locked<(job: Int, error: any Error)?>(nil)
    @Sendable func loop(_ worker: Int) {
      while true {
        let job = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard job < jobs else { return }
        do {
          try surrounding { try body(job, worker) }
        } catch {
          next.store(jobs, ordering: .relaxed)
          failure.withLock { if $0.map({ job < $0.job }) ?? true { $0 = (job, error) } }
        }
      }
    }
    DispatchQueue.concurrentPerform(iterations: workers, execute: loop)
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  /// Whether jobs run one after another on the caller's thread.
  private func isSerial(_ jobs: Int) -> Bool { count == 1 || jobs <= 1 }

  /// Runs `body(job, worker)` for every job and returns the results in the order of the jobs.
  public func map<Result: Sendable>(
    jobs: Int, _ body: @Sendable (_ job: Int, _ worker: Int) throws -> Result
  ) throws -> [Result] {
    if isSerial(jobs) {
      var results: [Result] = []
      try runAlone(jobs: jobs) { results.append(try body($0, 0)) }
      return results
    }
    let slots = Locked<[Result?]>(Array(repeating: nil, count: jobs))
    try run(jobs: jobs) { job, worker in
      let result = try body(job, worker)
      slots.withLock { $0[job] = result }
    }
    return slots.withLock { $0.compactMap { $0 } }
  }
}
