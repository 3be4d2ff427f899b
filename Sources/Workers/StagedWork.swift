import Dispatch

/// Work in stages. A stage is a number of jobs that may run at the same time; what happens between two stages does not.
///
/// A pool calls `next` first, then `run` once for each job of the stage, and `next` again when all of them have ended.
/// Which workers make the calls is not defined.
public protocol StagedWork: AnyObject, Sendable {
  /// What the jobs of the current stage do, in a word or two for reports.
  var stageName: String { get }

  /// Ends a stage, or prepares the first one.
  /// - Returns: the number of jobs of the next stage, at least 1; nil if the work is done.
  func next(worker: Int) throws -> Int?

  /// Runs a job of the stage.
  func run(job: Int, worker: Int) throws
}

extension WorkerPool {
  /// Does all of `works` and returns when they have ended.
  ///
  /// Several workers advance a window of works together: a job of the work that has the fewest stages behind it comes
  /// first, and among these one of the work that the worker did last, whose data are in its cache. So no work is left for
  /// the end, when too few jobs would be left for all workers. One worker does one work after another.
  /// - Throws: the error of the lowest-numbered work that threw. Nothing is started after an error.
  public func run(_ works: [some StagedWork]) throws {
    // Told apart from as many single jobs.
    try choice.measuring(-works.count, most: count) { workers in
      if workers == 1 { try runAlone(works) } else { try run(works, by: workers) }
    }
  }

  private func run(_ works: [some StagedWork], by workers: Int) throws {
    let board = Monitor(StageBoard(works: works.count, workers: workers))
    let failure = Locked<(work: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      var own: Int?
      while case .task(let task) = board.wait(for: { $0.take(preferring: own).unlessWaiting }) {
        own = task.work
        do {
          if let job = task.job {
            try surrounding { try works[task.work].run(job: job, worker: worker) }
            board.change { $0.endJob(of: task.work) }
          } else {
            var jobs: Int?
            try surrounding { jobs = try works[task.work].next(worker: worker) }
            board.change { $0.open(task.work, jobs: jobs) }
          }
        } catch {
          failure.withLock { if $0.map({ task.work < $0.work }) ?? true { $0 = (task.work, error) } }
          board.change { $0.stop() }
        }
      }
    }
    if let failure = failure.withLock({ $0 }) { throw failure.error }
  }

  private func runAlone(_ works: [some StagedWork]) throws {
    var times = recorder.map { _ in WorkTimes() }
    for work in works {
      times?.beginWork()
      while true {
        var jobs: Int?
        try WorkTimes.measuring(&times, isJob: false) { try surrounding { jobs = try work.next(worker: 0) } }
        guard let jobs else { break }
        times?.nameStage(work.stageName)
        for job in 0..<jobs {
          try WorkTimes.measuring(&times, isJob: true) { try surrounding { try work.run(job: job, worker: 0) } }
        }
      }
    }
    if let times { recorder?.add(times) }
  }
}

/// What is left to do of some works, and which of it a worker does next.
struct StageBoard {
  /// A job of a work's stage; nil for what comes between the stages.
  struct Task: Equatable {
    let work: Int
    let job: Int?
  }

  /// What a worker does next.
  enum Turn: Equatable {
    /// A task, which has started then.
    case task(Task)
    /// Nothing until others have ended what they do.
    case wait
    /// Nothing, since nothing is left to do.
    case nothingLeft

    /// The turn, or nil where a worker must wait for another one.
    var unlessWaiting: Turn? { self == .wait ? nil : self }
  }

  private struct Stage {
    /// The number of stages of the work so far.
    var number = 0
    var jobs = 0
    var started = 0
    var ended = 0
    /// Whether the stage is over and nobody prepares the next one yet.
    var isOver = false
  }

  private var stages: [Stage]
  /// The largest number of works that are begun and not done, whose data are in memory.
  private let window: Int
  private var begun = 0
  /// The number of works that have ended.
  private var done = 0
  private var isStopped = false

  init(works: Int, workers: Int) {
    stages = Array(repeating: Stage(), count: works)
    window = 2 * workers
  }

  /// The turn of a worker.
  /// - Parameter own: the work that the worker did last.
  mutating func take(preferring own: Int?) -> Turn {
    if isStopped || done == stages.count { return .nothingLeft }
    if begun < stages.count, begun - done < window {
      begun += 1
      return .task(Task(work: begun - 1, job: nil))
    }
    var chosen: Int?
    for work in 0..<begun where stages[work].isOver || stages[work].started < stages[work].jobs {
      guard let best = chosen else {
        chosen = work
        continue
      }
      let (number, least) = (stages[work].number, stages[best].number)
      if number < least || (number == least && work == own) { chosen = work }
    }
    return chosen.map { .task(start($0)) } ?? .wait
  }

  private mutating func start(_ work: Int) -> Task {
    if stages[work].isOver {
      stages[work].isOver = false
      return Task(work: work, job: nil)
    }
    stages[work].started += 1
    return Task(work: work, job: stages[work].started - 1)
  }

  /// Opens a stage of `jobs` jobs; nil ends the work.
  mutating func open(_ work: Int, jobs: Int?) {
    precondition(jobs.map { $0 >= 1 } ?? true, "a stage needs at least one job, not \(jobs ?? 0)")
    stages[work] = Stage(number: stages[work].number + 1, jobs: jobs ?? 0)
    if jobs == nil { done += 1 }
  }

  /// Notes that a job has ended.
  mutating func endJob(of work: Int) {
    stages[work].ended += 1
    if stages[work].ended == stages[work].jobs { stages[work].isOver = true }
  }

  /// Starts nothing more.
  mutating func stop() { isStopped = true }
}
