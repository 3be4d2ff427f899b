import Testing
@testable import Workers

@Suite struct StagedWorkTests {
  private struct Failure: Error, Equatable { let number: Int }

  /// Stages of given numbers of jobs, which note who ran what.
  private final class Work: StagedWork {
    struct State: Sendable {
      var stage = -1
      var running = 0
      var ended: [Int] = []
      var overlaps = false
    }

    let stageName = "jobs"
    let number: Int
    let stages: [Int]
    let failing: Int?
    let state = Locked(State())

    init(_ number: Int, _ stages: [Int], failing: Int? = nil) {
      (self.number, self.stages, self.failing) = (number, stages, failing)
    }

    func next(worker: Int) throws -> Int? {
      try state.withLock { state in
        if state.running > 0 || (state.stage >= 0 && state.ended.count != stages[state.stage]) { state.overlaps = true }
        state.stage += 1
        state.ended = []
        if state.stage == failing { throw Failure(number: number) }
        return state.stage < stages.count ? stages[state.stage] : nil
      }
    }

    func run(job: Int, worker: Int) {
      state.withLock { $0.running += 1 }
      state.withLock { state in
        state.running -= 1
        state.ended.append(job)
        if Set(state.ended).count != state.ended.count { state.overlaps = true }
      }
    }
  }

  @Test(arguments: [1, 2, 7]) func everyJobRunsOnceAndStagesDoNotOverlap(workers: Int) throws {
    for _ in 0..<20 {
      let works = (0..<9).map { Work($0, [3, 1, 5]) }
      try WorkerPool(count: workers).run(works)
      for work in works {
        let state = work.state.withLock { $0 }
        #expect(state.stage == 3)
        #expect(!state.overlaps)
      }
    }
  }

  @Test(arguments: [1, 3]) func theErrorOfAWorkIsThrown(workers: Int) {
    let works = (0..<5).map { Work($0, [2, 2], failing: $0 == 2 ? 1 : nil) }
    #expect(throws: Failure(number: 2)) { try WorkerPool(count: workers).run(works) }
  }

  @Test func noWorkIsDoneAtOnce() throws {
    try WorkerPool(count: 3).run([Work]())
  }

  @Test func worksAdvanceTogetherAndAWorkerPrefersItsOwn() {
    var board = StageBoard(works: 4, workers: 1)
    func task(_ work: Int, _ job: Int?) -> StageBoard.Turn { .task(.init(work: work, job: job)) }
    // A window of two works.
    #expect(board.take(preferring: nil) == task(0, nil))
    board.open(0, jobs: 2)
    #expect(board.take(preferring: 0) == task(1, nil))
    board.open(1, jobs: 2)
    #expect(board.take(preferring: 1) == task(1, 0))
    #expect(board.take(preferring: nil) == task(0, 0))
    #expect(board.take(preferring: 1) == task(1, 1))
    for _ in 0..<2 { board.endJob(of: 1) }
    #expect(board.take(preferring: 1) == task(1, nil))
    board.open(1, jobs: 3)
    // The other work has fewer stages behind it.
    #expect(board.take(preferring: 1) == task(0, 1))
    #expect(board.take(preferring: 1) == task(1, 0))
    for _ in 0..<2 { board.endJob(of: 0) }
    #expect(board.take(preferring: 1) == task(0, nil))
    board.open(0, jobs: nil)
    // There is room for another one.
    #expect(board.take(preferring: 0) == task(2, nil))
    #expect(board.take(preferring: 2) == task(1, 1))
    #expect(board.take(preferring: 2) == task(1, 2))
    #expect(board.take(preferring: 2) == .wait)
    board.stop()
    #expect(board.take(preferring: 2) == .nothingLeft)
  }
}

@Suite struct WorkTimesTests {
  /// Works of two stages: 1 alone, four jobs of 2, 1 alone.
  private func times(works: Int) -> WorkTimes {
    var times = WorkTimes()
    for _ in 0..<works {
      times.beginWork()
      times.addStage(before: 1)
      for _ in 0..<4 { times.addJob(2) }
      times.addStage(before: 1)
    }
    return times
  }

  @Test func oneWorkerTakesTheWholeTimeAndManyTakeTheCriticalPath() {
    #expect(times(works: 3).total == 30)
    #expect(times(works: 3).seconds(workers: 1) == 30)
    #expect(times(works: 3).criticalPath == 4)
    #expect(times(works: 3).seconds(workers: 12) == 4)
  }

  @Test func workersThatHaveNoWorkOfTheirOwnHelp() {
    // Alone 1, two rounds of two jobs, alone 1.
    #expect(times(works: 1).seconds(workers: 2) == 6)
    // Each of two workers does a work of its own.
    #expect(times(works: 2).seconds(workers: 2) == 10)
  }

  @Test func recordedTimesAreThoseOfTheWork() throws {
    let recorder = WorkRecorder()
    let pool = WorkerPool(count: 1, recorder: recorder)
    _ = try pool.map(jobs: 3) { job, _ in job }
    let times = recorder.take()
    #expect(times.count == 1)
    #expect(times[0].works.count == 3)
    #expect(recorder.take().isEmpty)
  }
}

@Suite struct WorkerChoiceTests {
  /// The number of workers that are used at the end, where `time` is what each number takes, and those that were tried.
  private func chosen(of most: Int, runs: Int = 400, _ time: (Int) -> Double) -> (workers: Int, tried: Set<Int>) {
    let choice = WorkerChoice()
    var tried = Set<Int>()
    for _ in 0..<runs {
      let workers = choice.workers(for: 1, most: most)
      tried.insert(workers)
      choice.note(time(workers), 1, workers: workers)
    }
    return (choice.workers(for: 1, most: most), tried)
  }

  @Test func smallWorkIsDoneByTheNumberOfWorkersThatIsFastest() {
    #expect(chosen(of: 8) { 1e-4 * Double($0) }.workers == 1)
    #expect(chosen(of: 8) { 1e-3 / Double($0) }.workers == 8)
    #expect(chosen(of: 8) { $0 == 4 ? 1e-4 : 1e-3 }.workers == 4)
    #expect(chosen(of: 7) { 1e-4 * Double($0) }.tried == [7, 3, 1])
  }

  @Test func longWorkIsNeverDoneByFewer() {
    let found = chosen(of: 8) { $0 == 8 ? 4e-3 : 1e-4 }
    #expect(found.workers == 8)
    #expect(found.tried == [8])
  }

  @Test func oneSlowRunDecidesNothing() {
    var runs = 0
    let found = chosen(of: 2) { workers in
      runs += 1
      return runs % 5 == 0 ? 1 : 1e-4 * Double(workers)
    }
    #expect(found.workers == 1)
  }
}
