import Glibc

/// A value that one thread at a time reads or changes, behind a lock of the C library.
///
/// The standard library's `Mutex` would do, but that the thread sanitizer sees nothing of it on Linux and takes whatever it
/// guards for a race.
///
/// `@unchecked Sendable`: nothing but `withLock` touches the value, and it does so while it holds the lock.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  // A lock must not move in memory. It stands first: where the value is of no size, what follows has its address, and the
  // sanitizer would take the one for the other.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// Creates the value and its lock, open.
  public init(_ value: Value) {
    self.value = value
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    let failure = pthread_mutex_init(lock, nil)
    precondition(failure == 0, "no lock could be made: error \(failure)")
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
  }

  /// Runs `body` on the value while no other thread does; `body` must not ask for the same lock.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value)
  }
}
