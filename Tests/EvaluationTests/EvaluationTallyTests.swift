import Testing
import Workers
@testable import Evaluation

@Suite struct EvaluationTallyTests {
  /// A reference that does not tell of its tasks counts when it is over.
  @Test func tasksAreCountedOverAllRounds() {
    let reports = Locked<[[Int]]>([])
    let tally = EvaluationTally(rounds: 3) { tasks, all in reports.withLock { $0.append([tasks, all]) } }
    tally.note(3, of: 4)
    tally.note(1, of: 4)
    tally.endRound()
    tally.endRound()
    tally.note(2, of: 4)
    tally.endRound()
    #expect(reports.withLock { $0 } == [[3, 12], [4, 12], [4, 12], [8, 12], [10, 12], [12, 12]])
  }
}
