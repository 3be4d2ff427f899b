import ArgumentParser
import Glibc
import Synchronization

/// A request to stop after the current iteration: Ctrl-C, a signal of the system, a terminal that was closed. A second
/// one ends the program at once, which a run survives as it survives a kill.
struct Interruption {
  /// A signal handler is a C function without a context: what it writes can only be global.
  private static let signalReceived = Atomic<Int32>(0)
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Begins to listen.
  init() {
    // The number is made here, outside the handler, where memory may be allocated.
    Self.signalReceived.store(0, ordering: .relaxed)
    var unblocked = sigset_t()
    sigemptyset(&unblocked)
    for number in Self.signals {
      let previous = signal(number, Self.handle)
      // Under nohup a run outlives its terminal.
      if number == SIGHUP, Self.isIgnored(previous) { signal(number, SIG_IGN) }
      sigaddset(&unblocked, number)
    }
    // A program that starts this one may leave signals blocked.
    pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
  }

  private static func isIgnored(_ handler: sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN as sighandler_t?, to: Int.self)
  }

  private static let handle: @convention(c) (Int32) -> Void = { number in
    if Interruption.signalReceived.exchange(number, ordering: .relaxed) != 0 {
      // Only what is safe in a handler: no memory, no locks.
      let line: StaticString = "\nmetarl: stopped at once; the last checkpoint is kept\n"
      _ = write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
      _exit(128 + number)
    }
  }

  /// Whether a signal has come.
  var isRequested: Bool { Self.signalReceived.load(ordering: .relaxed) != 0 }

  /// What a process ends with that a signal has stopped, by the shells' convention.
  var exitCode: ExitCode { ExitCode(128 + Self.signalReceived.load(ordering: .relaxed)) }
}
