import Parts
import Runs
import Workers

/// The progress of a piece of work, which several threads may report: one live line on a terminal, elsewhere a plain line
/// every ten seconds, or objects for programs. Work may take less than a millisecond a step, so that only one step per
/// interval is shown, and the last one.
final class ProgressDisplay: Sendable {
  /// How a piece of work ended.
  enum Outcome: String { case completed, interrupted, failed }

  /// What changes between two lines.
  private struct State: Sendable {
    var beginning: (done: Int, time: ContinuousClock.Instant)?
    /// The first point after the beginning, whose steps take longer than those that follow.
    var first: (made: Int, time: ContinuousClock.Instant)?
    var lastPrint: ContinuousClock.Instant?
    /// A point that has not been shown, since another one was shown just before it.
    var pending: ProgressPoint?
    var last: ProgressPoint?
    var hasLiveLine = false
  }

  private let command: String
  private let unit: ProgressUnit
  private let facts: [ProgressFact]
  private let form: ProgressOptions.Form
  private let isQuiet: Bool
  private let stream: Console.Stream
  private let state = Locked(State())
  private let clock = ContinuousClock()

  /// Creates the display of a piece of work, which begins with `begin`.
  /// - Parameters:
  ///   - command: the name of the subcommand.
  ///   - unit: what the work counts.
  ///   - facts: what the work is about, for programs.
  ///   - stream: where the lines go. Results are standard output's; only a training, which has none, has its progress
  ///     there, and leaves its last line where it is.
  init(
    _ command: String, counting unit: ProgressUnit, about facts: [ProgressFact] = [],
    options: ProgressOptions, to stream: Console.Stream = .error
  ) {
    (self.command, self.unit, self.facts, self.stream) = (command, unit, facts, stream)
    isQuiet = options.quiet
    let form = options.form
    self.form = form == .live && !stream.rewritesLines ? .lines : form
  }

  /// The least time between two lines, or between two states of the live line.
  private var interval: Duration {
    switch form {
    case .live: .milliseconds(100)
    case .json: .seconds(1)
    case .lines, .none: .seconds(10)
    }
  }

  /// Whether the last line stays when the work is done.
  private var staysAtEnd: Bool { stream == .output }

  /// Shows that the work begins, before its first step has been made.
  func begin(_ done: Int, of all: Int) {
    state.withLock { state in
      let point = ProgressPoint(done: done, all: all)
      state.beginning = (done, clock.now)
      state.last = point
      switch form {
      case .json: write(event(.start, point, in: state, facts))
      case .live where all > 0: printLine(point, &state)
      // A command that takes no ten seconds has nothing to say of how far it is.
      case .lines where staysAtEnd: printLine(point, &state)
      case .lines: state.lastPrint = clock.now
      case .live, .none: break
      }
    }
  }

  /// Shows a point where its interval has passed.
  func show(_ point: ProgressPoint) {
    guard form != .none else { return }
    state.withLock { state in
      if state.first == nil { state.first = (point.done - point.earlier, clock.now) }
      state.last = point
      if let lastPrint = state.lastPrint, clock.now - lastPrint < interval {
        state.pending = point
      } else {
        print(point, &state)
        state.lastPrint = clock.now
      }
    }
  }

  /// Prints lines that are not progress in place of the live line, which reappears with the next point.
  func interrupt(_ printLines: () -> Void) {
    state.withLock { state in
      clearLiveLine(&state)
      printLines()
    }
  }

  /// Prints a warning on standard error.
  func warn(_ line: String) { interrupt { Console.printError(line) } }

  /// Prints a remark, unless only results or objects are asked for.
  func note(_ line: String) {
    guard !isQuiet, form != .json else { return }
    interrupt { stream == .output ? Console.printLine(line) : Console.printError(line) }
  }

  /// Shows the last point, and ends the live line.
  func finish(_ outcome: Outcome) {
    state.withLock { state in
      switch form {
      case .json:
        guard let last = state.last else { return }
        if let pending = state.pending { print(pending, &state) }
        write(event(.finish, last, in: state, facts + [("outcome", outcome.rawValue)]))
      case .live where !staysAtEnd: clearLiveLine(&state)
      case .live, .lines:
        if let pending = state.pending, staysAtEnd { print(pending, &state) }
        if state.hasLiveLine { Console.write("\n", to: stream) }
        state.hasLiveLine = false
      case .none: break
      }
    }
  }

  /// Shows the progress of `body` from its beginning to its end.
  /// - Parameters:
  ///   - all: the number of all that the work counts; 0 where that is not known before its first point.
  ///   - isComplete: returns whether a result is that of work which no signal stopped.
  ///   - body: does the work, and passes its points to its argument.
  func watching<Result>(
    _ all: Int, isComplete: (Result) -> Bool = { _ in true },
    _ body: (_ show: @escaping @Sendable (ProgressPoint) -> Void) throws -> Result
  ) rethrows -> Result {
    begin(0, of: all)
    var outcome = Outcome.failed
    defer { finish(outcome) }
    let result = try body { self.show($0) }
    outcome = isComplete(result) ? .completed : .interrupted
    return result
  }

  /// The time since the work began.
  var seconds: Double { state.withLock { seconds(since: $0) } }

  /// Whether the command's own lines of text would stand among objects.
  var isForPrograms: Bool { form == .json && stream == .output }
}

// Lines and objects; the state's lock is held.
extension ProgressDisplay {
  private func print(_ point: ProgressPoint, _ state: inout State) {
    state.pending = nil
    if form == .json { write(event(.progress, point, in: state, facts)) } else { printLine(point, &state) }
  }

  private func printLine(_ point: ProgressPoint, _ state: inout State) {
    let parts = parts(of: point, in: state)
    if form == .live {
      let line = Self.fitted(parts, columns: stream.width - 1)
      Console.write(Console.Stream.emptiedLine + line, to: stream)
      state.hasLiveLine = true
    } else {
      Console.write(parts.joined(separator: Self.gap) + "\n", to: stream)
    }
  }

  private func clearLiveLine(_ state: inout State) {
    if state.hasLiveLine { Console.write(Console.Stream.emptiedLine, to: stream) }
    state.hasLiveLine = false
  }

  private func write(_ event: ProgressEvent) {
    if let text = try? JSONText.compact(event) { Console.write(text + "\n", to: stream) }
  }

  private func event(
    _ kind: ProgressEvent.Kind, _ point: ProgressPoint, in state: State, _ facts: [ProgressFact]
  ) -> ProgressEvent {
    ProgressEvent(
      kind: kind, command: command, unit: unit, done: point.done, all: point.all, seconds: seconds(since: state),
      remaining: remaining(after: point, in: state), facts: facts, metrics: point.details().metrics)
  }

  private func parts(of point: ProgressPoint, in state: State) -> [String] {
    let counts = "\(ReadableNumber.grouped(point.done))/\(ReadableNumber.grouped(point.all))"
    var times = [ReadableNumber.duration(seconds(since: state))]
    if point.done < point.all, let remaining = remaining(after: point, in: state) {
      times.append("\(ReadableNumber.duration(remaining)) left")
    }
    let hasTimes = point.done > state.beginning?.done ?? 0
    let details = point.details()
    return ["\(unit.rawValue) \(counts)"] + details.highlights + (hasTimes ? [times.joined(separator: ", ")] : [])
      + details.asides
  }

  private static let gap = "  "

  /// Returns the parts that fit into a line, the first in any case: without the number of all where that is too long, and cut
  /// where that is not enough.
  static func fitted(_ parts: [String], columns: Int) -> String {
    var kept = parts
    while kept.count > 1, kept.joined(separator: gap).count > columns { kept.removeLast() }
    var line = kept.joined(separator: gap)
    // Half of a number would be another number.
    if line.count > columns, let slash = line.firstIndex(of: "/") { line = String(line[..<slash]) }
    return String(line.prefix(max(0, columns)))
  }

  private func seconds(since state: State) -> Double {
    state.beginning.map { (clock.now - $0.time) / .seconds(1) } ?? 0
  }

  /// Returns the time that the rest takes by the pace until now.
  private func remaining(after point: ProgressPoint, in state: State) -> Double? {
    guard point.done < point.all else { return 0 }
    let made = point.done - point.earlier
    func pace(from done: Int, _ time: ContinuousClock.Instant) -> Double? {
      made > done ? (clock.now - time) / .seconds(Double(made - done)) : nil
    }
    var perStep = state.first.flatMap { pace(from: $0.made, $0.time) }
    // A short first step, most of which is spent on what happens once, says nothing of the others.
    if perStep == nil, seconds(since: state) >= 1 { perStep = state.beginning.flatMap { pace(from: $0.done, $0.time) } }
    return perStep.map { $0 * Double(point.all - point.done) }
  }
}
