import Glibc
import Synchronization

/// A request to stop after the current iteration, by Ctrl-C or by the system. A second one ends the program at once.
struct Interruption {
  /// A signal handler is a C function without a context: its flag can only be global.
  private static let isRequested = Atomic<Bool>(false)
  private static let signals = [SIGINT, SIGTERM]

  /// Begins to listen.
  init() {
    // The flag is made here, outside the handler, where memory may be allocated.
    Self.isRequested.store(false, ordering: .relaxed)
    for number in Self.signals {
      signal(number) { _ in
        Interruption.isRequested.store(true, ordering: .relaxed)
        // From now on either signal has its usual effect.
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
      }
    }
  }

  /// Whether a signal has come.
  var isRequested: Bool { Self.isRequested.load(ordering: .relaxed) }
}
