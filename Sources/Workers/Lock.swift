import Glibc

/// A lock of the C library.
///
/// The standard library's `Mutex` is not used because the thread sanitizer does not support it on Linux and reports races
/// on the values that it protects.
///
/// `@unchecked Sendable`: the functions of the C library may be called by several threads at the same time.
struct Lock: ~Copyable, @unchecked Sendable {
  /// The lock itself, which must not move in memory.
  let mutex: UnsafeMutablePointer<pthread_mutex_t>

  /// Creates a lock that is not held.
  init() {
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    let failure = pthread_mutex_init(mutex, nil)
    precondition(failure == 0, "no lock could be made: error \(failure)")
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Runs `body` while no other thread holds the lock; `body` must not take the same lock.
  borrowing func whileHeld<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }
}
