import Workers

/// Counts the tasks of an evaluation that have been scored, over all checkpoints and references, whose tasks are the same.
final class EvaluationTally: Sendable {
  private struct Counts {
    /// The rounds that are over: a checkpoint or a reference each.
    var rounds = 0
    /// The tasks of the present round that are scored, and all of them.
    var scored = 0
    var tasks = 0
  }

  private let rounds: Int
  private let report: @Sendable (_ tasks: Int, _ all: Int) -> Void
  private let counts = Locked(Counts())

  /// - Parameters:
  ///   - rounds: the number of checkpoints and references.
  ///   - report: receives the number of tasks that are scored, and that of all.
  init(rounds: Int, report: @escaping @Sendable (_ tasks: Int, _ all: Int) -> Void) {
    (self.rounds, self.report) = (rounds, report)
  }

  /// Notes that tasks of the present round have been scored.
  func note(_ tasks: Int, of all: Int) {
    change {
      $0.scored += tasks
      $0.tasks = all
    }
  }

  /// Notes that the present round is over, whether or not it has told of its tasks.
  func endRound() {
    change {
      $0.rounds += 1
      $0.scored = 0
    }
  }

  private func change(_ body: (inout Counts) -> Void) {
    counts.withLock { counts in
      body(&counts)
      report(counts.rounds * counts.tasks + counts.scored, rounds * counts.tasks)
    }
  }
}
