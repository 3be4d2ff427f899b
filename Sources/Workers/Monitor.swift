import Glibc

/// A value that one thread at a time reads or changes, and whose changes other threads can wait for.
///
/// `@unchecked Sendable`: the value is accessed by the thread that holds the lock alone.
package final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  /// Creates the value.
  package init(_ value: Value) {
    self.value = value
    changed = .allocate(capacity: 1)
    changed.initialize(to: pthread_cond_t())
    // A clock that is set back makes no wait longer.
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    let failure = pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
    precondition(failure == 0, "no condition could be made: error \(failure)")
  }

  deinit {
    pthread_cond_destroy(changed)
    changed.deallocate()
  }

  /// Changes the value and wakes those that wait.
  package func change(_ body: (inout Value) -> Void) {
    lock.whileHeld {
      body(&value)
      pthread_cond_broadcast(changed)
    }
  }

  /// The result of `body`, which is run at once, and again after every change for as long as it is nil.
  package func wait<Result>(for body: (inout Value) -> Result?) -> Result {
    lock.whileHeld {
      while true {
        if let result = body(&value) { return result }
        pthread_cond_wait(changed, lock.mutex)
      }
    }
  }
  /// The result of `body` on the present value.
  package func look<Result>(_ body: (Value) -> Result) -> Result { lock.whileHeld { body(value) } }

  /// The result of `body`, which is run at once and again after every change; nil where none came within some seconds.
  package func wait<Result>(atMost seconds: Double, for body: (inout Value) -> Result?) -> Result? {
    var end = timespec()
    clock_gettime(CLOCK_MONOTONIC, &end)
    let nanoseconds = end.tv_nsec + Int(seconds * 1e9)
    end.tv_sec += nanoseconds / 1_000_000_000
    end.tv_nsec = nanoseconds % 1_000_000_000
    return lock.whileHeld {
      while true {
        if let result = body(&value) { return result }
        if pthread_cond_timedwait(changed, lock.mutex, &end) == ETIMEDOUT { return body(&value) }
      }
    }
  }
}
