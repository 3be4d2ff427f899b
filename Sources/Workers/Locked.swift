import Glibc

/// A value that one thread at a time reads or changes, protected by a lock of the C library.
///
/// The standard library's `Mutex` is not used because the thread sanitizer does not support it on Linux and reports races
/// on the values that it protects.
///
/// `@unchecked Sendable`: only `withLock` accesses the value, and it does so while it holds the lock.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  // A lock must not move in memory. It is the first member: where the value has size 0, the next member has its address,
  // and the sanitizer would confuse the two.
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// Creates the value with its lock, which is not held.
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

  /// Runs `body` on the value while no other thread does; `body` must not take the same lock.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return try body(&value)
  }
}
