import CMPI
package import Parts
import Workers

/// The connection of a rank that `mpirun` or `srun` has started, by MPI.
///
/// One thread makes all calls of MPI. While the ranks compute, it tells rank 0 that this one is alive, so that a rank that
/// has died, or whose host has gone away, is found out while others still wait for nothing.
package final class MPIConnection: RankConnection {
  package let number: Int
  package let count: Int
  private let state: Monitor<State>

  /// The seconds between two signs of life, those after which a silent rank counts as lost, and those that a rank has to
  /// answer when a signal has come that may tell of a lost one.
  private static let (interval, patience, answerTime) = (1.0, 12.0, 0.8)

  /// The signals between ranks.
  private enum Signal: Int32 {
    /// A sign of life; that a signal has asked rank 0 to stop, which is to be answered; the answer.
    case isAlive, stop, here
  }

  /// What the thread and its user tell each other.
  private struct State: Sendable {
    var numbers: (own: Int, count: Int)?
    var fault: String?
    var request: Exchange?
    var answer: [[UInt8]]?
    var loss: RankLoss?
    /// What is done when a rank is lost.
    var onLoss: (@Sendable (RankLoss) -> Void)?
    /// What is done when a signal has come that may end the process at once.
    var onStop: (@Sendable () -> Void)?
    /// Whether rank 0 has been asked to stop.
    var shouldStop = false
    var isEnding = false
    var hasEnded = false
  }

  private struct Exchange: Sendable {
    let bytes: [UInt8]
    let members: Range<Int>
  }

  /// What a signal asks of a process: to stop, or to be ready for its end, which a cluster announces minutes before.
  package enum StopRequest: Sendable {
    case stop, warning
  }

  /// Whether this program was built with MPI.
  package static var isBuilt: Bool { metarl_mpi_is_built() == 1 }

  /// Starts MPI, with all other ranks.
  /// - Parameter stopRequest: what a signal has asked of this process.
  /// - Throws: `UserError` where MPI cannot be started.
  package init(stopRequest: @escaping @Sendable () -> StopRequest?) throws(UserError) {
    let state = Monitor(State())
    self.state = state
    BackgroundThread.start { Postman(state, stopRequest).work() }
    let started: Result<(own: Int, count: Int), UserError> = state.wait { state in
      if let fault = state.fault { return .failure(UserError("MPI: \(fault)", status: .unavailable)) }
      return state.numbers.map { .success($0) }
    }
    (number, count) = try started.get()
  }

  package func exchange(_ bytes: [UInt8], among members: Range<Int>) throws -> [[UInt8]] {
    state.change { $0.request = Exchange(bytes: bytes, members: members) }
    let answer: Result<[[UInt8]], RankLoss> = state.wait { state in
      if let loss = state.loss { return .failure(loss) }
      guard let answer = state.answer else { return nil }
      state.answer = nil
      return .success(answer)
    }
    return try answer.get()
  }

  /// Says what is done when a rank is lost, by the thread of the messages, whatever the others do then.
  package func whenLost(_ body: @escaping @Sendable (RankLoss) -> Void) { state.change { $0.onLoss = body } }

  /// Says what is done when a signal has asked this process to stop and other ranks are all there: whoever sends such a
  /// signal to all ranks may end them soon after.
  package func whenStopped(_ body: (@Sendable () -> Void)?) { state.change { $0.onStop = body } }

  /// Whether rank 0 has been asked to stop, on the other ranks.
  package var shouldStop: Bool { state.look(\.shouldStop) }

  /// Ends MPI, with all other ranks.
  package func end() {
    state.change { $0.isEnding = true }
    state.wait { $0.hasEnded || $0.loss != nil ? () : nil }
  }

  /// The work of the thread that makes all calls of MPI.
  private final class Postman {
    private let state: Monitor<State>
    private let stopRequest: @Sendable () -> StopRequest?
    private let clock = ContinuousClock()
    private var (own, count): (Int32, Int32) = (0, 0)
    /// The times at which each rank was last heard of: of all by rank 0, of rank 0 by the others.
    private var heard: [ContinuousClock.Instant] = []
    private var lastSign: ContinuousClock.Instant
    /// The ranks that are to be told to stop, or that this rank is here: while a signal is on its way no other is sent.
    private var untold: Set<Int32> = []
    /// The time at which a signal had come, and whether all ranks have been looked for since.
    private var stop: (time: ContinuousClock.Instant, isChecked: Bool)?

    init(_ state: Monitor<State>, _ stopRequest: @escaping @Sendable () -> StopRequest?) {
      (self.state, self.stopRequest) = (state, stopRequest)
      lastSign = clock.now
    }

    func work() {
      do {
        try checked(metarl_mpi_start(&own, &count))
      } catch {
        return state.change { $0.fault = error.description }
      }
      heard = Array(repeating: clock.now, count: Int(count))
      let numbers = (own: Int(own), count: Int(count))
      state.change { $0.numbers = numbers }
      do {
        try serve()
      } catch {
        lose(error)
      }
    }

    private func serve() throws(RankLoss) {
      while true {
        // Without a request there are the signs of life alone.
        let next: (request: Exchange?, isEnding: Bool)? = state.wait(atMost: 0.02) { state in
          guard state.request != nil || state.isEnding else { return nil }
          defer { state.request = nil }
          return (state.request, state.isEnding)
        }
        if let request = next?.request {
          let answer = try answer(to: request)
          state.change { $0.answer = answer }
        } else if next?.isEnding == true {
          try checked(metarl_mpi_finish())
          return state.change { $0.hasEnded = true }
        }
        try watch()
      }
    }

    private func answer(to request: Exchange) throws(RankLoss) -> [[UInt8]] {
      let (first, end) = (Int32(request.members.lowerBound), Int32(request.members.upperBound))
      // Where a rank is lost this memory stays: requests that have not ended may write to it.
      let counts = UnsafeMutablePointer<Int64>.allocate(capacity: request.members.count)
      let own = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, request.bytes.count))
      request.bytes.withUnsafeBufferPointer { bytes in
        if let start = bytes.baseAddress { own.update(from: start, count: bytes.count) }
      }
      try checked(metarl_mpi_begin_counts(first, end, Int64(request.bytes.count), counts))
      try awaitEnd()
      let sizes = (0..<request.members.count).map { Int(counts[$0]) }
      let all = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, sizes.reduce(0, +)))
      try checked(metarl_mpi_begin_bytes(first, end, own, counts, all))
      try awaitEnd()
      var offset = 0
      let answers = sizes.map { size in
        defer { offset += size }
        return Array(UnsafeBufferPointer(start: all + offset, count: size))
      }
      for memory in [UnsafeMutableRawPointer(counts), UnsafeMutableRawPointer(own), UnsafeMutableRawPointer(all)] {
        memory.deallocate()
      }
      return answers
    }

    /// Waits until the exchange has ended: at first busily, since most take microseconds, and then so that the processor is
    /// free for ranks that still compute.
    private func awaitEnd() throws(RankLoss) {
      let start = clock.now
      while true {
        let status = metarl_mpi_test()
        if status == 1 { return }
        try checked(status)
        let waited = clock.now - start
        if waited < .microseconds(50) { continue }
        Pause.rest(microseconds: waited < .milliseconds(2) ? 10 : waited < .seconds(1) ? 200 : 2_000)
        if waited > .milliseconds(2) { try watch() }
      }
    }

    /// Sends and receives signs of life.
    private func watch() throws(RankLoss) {
      var (sender, code): (Int32, Int32) = (0, 0)
      while true {
        let status = metarl_mpi_heard(&sender, &code)
        try checked(status)
        if status == 0 { break }
        heard[Int(sender)] = clock.now
        if code == Signal.stop.rawValue {
          state.change { $0.shouldStop = true }
          untold.insert(sender)
        }
      }
      for rank in untold {
        let status = metarl_mpi_signal(rank, (own == 0 ? Signal.stop : Signal.here).rawValue)
        try checked(status)
        if status == 1 { untold.remove(rank) }
      }
      let now = clock.now
      if now - lastSign > .seconds(MPIConnection.interval) {
        lastSign = now
        for rank in watched { try checked(metarl_mpi_signal(Int32(rank), Signal.isAlive.rawValue)) }
      }
      if let silent = watched.first(where: { now - heard[$0] > .seconds(MPIConnection.patience) }) {
        throw RankLoss("rank \(silent) has not answered for \(Int(MPIConnection.patience)) s")
      }
      if own == 0, let request = stopRequest() { try lookAfterStop(now, isUrgent: request == .stop) }
    }

    private var watched: [Int] { own == 0 ? Array(1..<Int(count)) : [0] }

    /// Tells the others to stop. A launcher that has lost a rank asks all others to stop, and ends them a second later; so
    /// does a user. A warning of a cluster leaves more time.
    private func lookAfterStop(_ now: ContinuousClock.Instant, isUrgent: Bool) throws(RankLoss) {
      guard let stop else {
        self.stop = (now, false)
        untold = Set(watched.map { Int32($0) })
        if isUrgent { state.look(\.onStop)?() }
        return
      }
      guard isUrgent, !stop.isChecked, now - stop.time > .seconds(MPIConnection.answerTime) else { return }
      self.stop?.isChecked = true
      if let silent = watched.first(where: { heard[$0] < stop.time }) {
        throw RankLoss("rank \(silent) does not answer")
      }
    }

    private func lose(_ loss: RankLoss) {
      state.look(\.onLoss)?(loss)
      state.change { $0.loss = loss }
    }

    private func checked(_ status: Int32) throws(RankLoss) {
      if status < 0 { throw RankLoss("a call of MPI has failed: \(String(cString: metarl_mpi_fault()))") }
    }
  }
}
