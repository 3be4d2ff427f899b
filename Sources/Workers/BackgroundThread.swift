import Glibc

/// A thread of its own beside the workers, for what must go on while they work: it computes nothing.
package enum BackgroundThread {
  /// Holds what the thread does.
  private final class Body {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread that runs `body`, and blocks the signals that end a program, which other threads receive.
  package static func start(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(Body(body)).toOpaque()
    let failure = pthread_create(
      &thread, nil,
      { context in
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run() }
        return nil
      }, context)
    precondition(failure == 0, "no thread could be made: error \(failure)")
    pthread_detach(thread)
  }
}

/// A rest of the calling thread.
package enum Pause {
  /// Leaves the processor to others for some microseconds at least.
  package static func rest(microseconds: Int) {
    var time = timespec(tv_sec: microseconds / 1_000_000, tv_nsec: microseconds % 1_000_000 * 1_000)
    nanosleep(&time, nil)
  }
}
