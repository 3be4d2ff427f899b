/// The number of workers that do jobs fastest, found by trying: a few microseconds of work are done sooner by one worker
/// than it takes to wake the others.
///
/// Only what takes less than `trialLimit` with all of them is tried with fewer. The choice has no effect on results.
final class WorkerChoice: Sendable {
  /// The longest work, in seconds, that is worth trying with fewer workers.
  static let trialLimit = 0.002
  /// The first runs, which allocate memory, are not counted.
  static let firstRuns = 10
  /// The runs with each number of workers in a trial.
  static let runs = 41
  /// The runs between two trials.
  static let period = 4_096

  fileprivate struct Trial {
    let workers: Int
    var seconds: [Double] = []

    var median: Double { seconds.sorted()[seconds.count / 2] }
  }

  fileprivate struct State {
    /// The times with each number of workers that the trial has come to; the last one is being tried.
    var times: [Trial] = []
    var chosen: Int?
    var runs = 0
  }

  /// The trials of each kind of work.
  private let states = Locked<[Int: State]>([:])

  /// Runs `body` with the number of workers that it is to be done by, and notes its time.
  /// - Parameters:
  ///   - kind: says which work takes the same time as earlier work: the number of jobs.
  ///   - most: the largest number of workers.
  func measuring(_ kind: Int, most: Int, _ body: (_ workers: Int) throws -> Void) rethrows {
    let workers = workers(for: kind, most: most)
    let clock = ContinuousClock()
    let start = clock.now
    try body(workers)
    note((clock.now - start) / .seconds(1), kind, workers: workers)
  }

  /// The number of workers by which the next work of a kind is to be done.
  func workers(for kind: Int, most: Int) -> Int { states.withLock { $0[kind, default: State()].workers(of: most) } }

  /// Notes the time in seconds of work of a kind that was done by `workers` workers.
  func note(_ seconds: Double, _ kind: Int, workers: Int) {
    states.withLock { $0[kind, default: State()].note(seconds, workers: workers) }
  }
}

extension WorkerChoice.State {
  fileprivate func workers(of all: Int) -> Int { chosen ?? times.last?.workers ?? all }

  fileprivate mutating func note(_ seconds: Double, workers: Int) {
    runs += 1
    if chosen != nil {
      if runs % WorkerChoice.period == 0 { (times, chosen) = ([], nil) }
      return
    }
    // Work that was begun before the trial went on tells nothing of the number that is tried now.
    guard runs > WorkerChoice.firstRuns, times.last.map({ $0.workers == workers }) ?? true else { return }
    if times.isEmpty { times.append(WorkerChoice.Trial(workers: workers)) }
    times[times.count - 1].seconds.append(seconds)
    guard times[times.count - 1].seconds.count == WorkerChoice.runs else { return }
    if workers > 1, times.count > 1 || times[0].median < WorkerChoice.trialLimit {
      times.append(WorkerChoice.Trial(workers: workers / 2))
    } else {
      chosen = times.min { $0.median < $1.median }?.workers
    }
  }
}
