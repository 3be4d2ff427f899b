import Glibc

/// A value that one thread at a time reads or changes, and whose changes other threads can wait for.
///
/// `@unchecked Sendable`: the value is accessed by the thread that holds the lock alone.
final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  init(_ value: Value) {
    self.value = value
    lock = .allocate(capacity: 1)
    lock.initialize(to: pthread_mutex_t())
    changed = .allocate(capacity: 1)
    changed.initialize(to: pthread_cond_t())
    let failure = pthread_mutex_init(lock, nil) != 0 || pthread_cond_init(changed, nil) != 0
    precondition(!failure, "no lock could be made")
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(lock)
    changed.deallocate()
    lock.deallocate()
  }

  /// Changes the value and wakes those that wait.
  func change(_ body: (inout Value) -> Void) {
    pthread_mutex_lock(lock)
    body(&value)
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(lock)
  }

  /// The result of `body`, which is run at once, and again after every change for as long as it is nil.
  func wait<Result>(for body: (inout Value) -> Result?) -> Result {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while true {
      if let result = body(&value) { return result }
      pthread_cond_wait(changed, lock)
    }
  }
}
