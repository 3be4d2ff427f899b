import Testing
import Workers

@Suite struct LockedTests {
  /// Without the lock, additions of several threads get lost.
  @Test func additionsOfSeveralThreadsAllCount() throws {
    let sum = Locked(0)
    try WorkerPool(count: 4).run(jobs: 8) { _, _ in
      for _ in 0..<5_000 { sum.withLock { $0 += 1 } }
    }
    #expect(sum.withLock { $0 } == 40_000)
  }

  @Test func lockIsOpenAgainAfterAnError() {
    struct Failure: Error {}
    let value = Locked(1)
    #expect(throws: Failure.self) { try value.withLock { _ in throw Failure() } }
    #expect(value.withLock { $0 } == 1)
  }
}
