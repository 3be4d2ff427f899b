import ArgumentParser
import Glibc
import Parts
import Synchronization

/// A request to stop after the current iteration: Ctrl-C, a signal of the system, a closed terminal, or a cluster's warning
/// of the time limit. A second signal, unless it is such a warning, ends the program at once, which a run survives as it
/// survives a kill.
struct Interruption {
  /// The first signal that arrived; global, since a signal handler is a C function without a context.
  private static let signalReceived = Atomic<Int32>(0)
  /// Whether a signal arrived that requests the end and is not only a warning.
  private static let isStopRequested = Atomic<Bool>(false)
  /// The addresses of the lines that end the program, as C strings with its name: allocated before any signal is handled,
  /// and never freed.
  private static let stopLine = Atomic<UInt>(0)
  private static let quitLine = Atomic<UInt>(0)
  private static let abandonedLine = Atomic<UInt>(0)
  private static let stops = [SIGINT, SIGTERM, SIGHUP]
  /// The signals that clusters send some time before the end; the system repeats SIGXCPU every second.
  private static let warnings = [SIGUSR1, SIGUSR2, SIGXCPU]

  /// The environment variable that has the process of a program which starts this one and is its parent: the work ends with
  /// that process, however it ends.
  private static let parentVariable = "METARL_ENDS_WITH_PARENT"

  /// The variables for a program that this process starts and that shall not outlive it.
  static var endsWithThisProcess: [String: String] { [parentVariable: String(getpid())] }

  /// The process with which this one ends; nil without one.
  private let parent: pid_t?

  /// Prepares the signals for every command: it unblocks signals that the parent process left blocked, and makes SIGQUIT
  /// end the program with a line, where the runtime would print the state of every thread and continue. The lines contain
  /// the present name of the program.
  static func prepare() {
    // The atomic is initialized here, outside the handler, where memory may be allocated.
    signalReceived.store(0, ordering: .relaxed)
    isStopRequested.store(false, ordering: .relaxed)
    keep("stopped at once; what was saved is kept", in: stopLine)
    keep("quit at once by SIGQUIT; what was saved is kept", in: quitLine)
    keep("stopped; no file was written", in: abandonedLine)
    signal(SIGQUIT, quit)
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for number in stops + warnings + [SIGQUIT] { sigaddset(&unblocked, number) }
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }

  private static func keep(_ line: String, in address: borrowing Atomic<UInt>) {
    address.store(UInt(bitPattern: strdup("\n\(ProgramName.current): \(line)\n")), ordering: .releasing)
  }

  /// Does work that writes no file before it is done: a signal ends the program at once, with a line that says so.
  static func abandoning<Result>(_ work: () throws -> Result) rethrows -> Result {
    for number in stops where isIgnored(signal(number, abandon)) { signal(number, SIG_IGN) }
    // What comes after the work writes files, each whole or not at all.
    defer { for number in stops where isIgnored(signal(number, SIG_DFL)) { signal(number, SIG_IGN) } }
    return try work()
  }

  /// Installs the handlers of the signals.
  init() {
    parent = getenv(Self.parentVariable).flatMap { pid_t(String(cString: $0)) }
    Self.signalReceived.store(0, ordering: .relaxed)
    Self.isStopRequested.store(false, ordering: .relaxed)
    for number in Self.stops + Self.warnings {
      let previous = signal(number, Self.warnings.contains(number) ? Self.warn : Self.stop)
      // Under nohup a run outlives its terminal.
      if number == SIGHUP, Self.isIgnored(previous) { signal(number, SIG_IGN) }
    }
  }

  /// Ignores all signals that ask for an end: a rank but 0 ends when rank 0 tells it to.
  static func ignore() { for number in stops + warnings { signal(number, SIG_IGN) } }

  /// Whether a signal has arrived that requests the end and is not only a warning.
  static var hasStopArrived: Bool { isStopRequested.load(ordering: .relaxed) }

  /// Whether a signal has arrived.
  static var hasArrived: Bool { signalReceived.load(ordering: .relaxed) != 0 }

  private static func isIgnored(_ handler: sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN as sighandler_t?, to: Int.self)
  }

  // Handlers only make calls that are safe in them: they allocate no memory and take no locks.

  private static let stop: @convention(c) (Int32) -> Void = { number in
    _ = Interruption.signalReceived.compareExchange(expected: 0, desired: number, ordering: .relaxed)
    if Interruption.isStopRequested.exchange(true, ordering: .relaxed) {
      Interruption.end(Interruption.stopLine.load(ordering: .acquiring), number)
    }
  }

  private static let warn: @convention(c) (Int32) -> Void = { number in
    _ = Interruption.signalReceived.compareExchange(expected: 0, desired: number, ordering: .relaxed)
  }

  private static let abandon: @convention(c) (Int32) -> Void = { number in
    Interruption.end(Interruption.abandonedLine.load(ordering: .acquiring), number)
  }

  private static let quit: @convention(c) (Int32) -> Void = { number in
    Interruption.end(Interruption.quitLine.load(ordering: .acquiring), number)
  }

  private static func end(_ address: UInt, _ number: Int32) {
    if let line = UnsafePointer<CChar>(bitPattern: address) { _ = write(STDERR_FILENO, line, strlen(line)) }
    _exit(128 + number)
  }

  /// Whether a signal has arrived, or the parent has ended, which counts as a warning.
  var isRequested: Bool {
    // A process whose parent has ended has another one. Swift cannot call prctl, which would send a signal.
    if let parent, getppid() != parent { Self.warn(SIGUSR1) }
    return Self.signalReceived.load(ordering: .relaxed) != 0
  }

  /// The exit status of a process that a signal has stopped, by the shells' convention.
  var exitCode: ExitCode { ExitCode(128 + Self.signalReceived.load(ordering: .relaxed)) }
}
