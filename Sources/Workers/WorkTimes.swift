/// The times of works that one worker did, in seconds, from which the time of any number of workers is predicted.
public struct WorkTimes: Sendable {
  /// A stage, with the time of what comes before its jobs.
  public struct Stage: Sendable {
    /// What the jobs do.
    public var name = ""
    /// What one worker does alone before the jobs.
    public var before: Double
    /// The time of each job.
    public var jobs: [Double]
  }

  /// The stages of each work. The last one of a work has no jobs.
  public private(set) var works: [[Stage]] = []

  /// Creates the times of no work.
  public init() {}

  mutating func beginWork() { works.append([]) }

  mutating func nameStage(_ name: String) { works[works.count - 1][works[works.count - 1].count - 1].name = name }

  mutating func addJob(_ seconds: Double) {
    works[works.count - 1][works[works.count - 1].count - 1].jobs.append(seconds)
  }

  mutating func addStage(before: Double) { works[works.count - 1].append(Stage(before: before, jobs: [])) }

  /// Runs `body`, and adds its time where times are wanted.
  static func measuring(_ times: inout WorkTimes?, isJob: Bool, _ body: () throws -> Void) rethrows {
    guard times != nil else { return try body() }
    let clock = ContinuousClock()
    let start = clock.now
    try body()
    let seconds = (clock.now - start) / .seconds(1)
    if isJob { times?.addJob(seconds) } else { times?.addStage(before: seconds) }
  }

  /// The time of all works together.
  public var total: Double { works.joined().reduce(0) { $0 + $1.before + $1.jobs.reduce(0, +) } }

  /// The time that any number of workers needs at least: that of the work whose longest jobs take longest.
  public var criticalPath: Double {
    works.map { $0.reduce(0) { $0 + $1.before + ($1.jobs.max() ?? 0) } }.max() ?? 0
  }

  /// The time in which `workers` workers do all works, if each job takes as long as it took: the way in which a pool hands
  /// out jobs, played through.
  public func seconds(workers: Int) -> Double {
    var board = StageBoard(works: works.count, workers: workers)
    var stages = Array(repeating: -1, count: works.count)
    var own = Array(repeating: Int?.none, count: workers)
    var idle = Array(0..<workers)
    var running: [(end: Double, worker: Int, task: StageBoard.Task)] = []
    var now = 0.0
    while true {
      var waiting: [Int] = []
      for worker in idle {
        guard case .task(let task) = board.take(preferring: own[worker]) else {
          waiting.append(worker)
          continue
        }
        own[worker] = task.work
        if task.job == nil { stages[task.work] += 1 }
        let stage = works[task.work][stages[task.work]]
        running.append((now + (task.job.map { stage.jobs[$0] } ?? stage.before), worker, task))
      }
      guard let first = running.indices.min(by: { running[$0].end < running[$1].end }) else { return now }
      let ended = running.remove(at: first)
      now = ended.end
      if ended.task.job == nil {
        let jobs = works[ended.task.work][stages[ended.task.work]].jobs.count
        board.open(ended.task.work, jobs: jobs == 0 ? nil : jobs)
      } else {
        board.endJob(of: ended.task.work)
      }
      idle = [ended.worker] + waiting
    }
  }
}

/// Collects the times of what a pool of one worker does.
public final class WorkRecorder: Sendable {
  private let recorded = Locked<[WorkTimes]>([])

  /// Creates a recorder without times.
  public init() {}

  func add(_ times: WorkTimes) { recorded.withLock { $0.append(times) } }

  /// The times that were recorded since the last call: an element for each time that the pool was given work.
  public func take() -> [WorkTimes] {
    recorded.withLock { times in
      defer { times = [] }
      return times
    }
  }
}
