import Glibc

/// A value that one thread at a time reads or changes, and whose changes other threads can wait for.
///
/// `@unchecked Sendable`: the value is accessed by the thread that holds the lock alone.
final class Monitor<Value: Sendable>: @unchecked Sendable {
  private let lock = Lock()
  private let changed: UnsafeMutablePointer<pthread_cond_t>
  private var value: Value

  init(_ value: Value) {
    self.value = value
    changed = .allocate(capacity: 1)
    changed.initialize(to: pthread_cond_t())
    let failure = pthread_cond_init(changed, nil)
    precondition(failure == 0, "no condition could be made: error \(failure)")
  }

  deinit {
    pthread_cond_destroy(changed)
    changed.deallocate()
  }

  /// Changes the value and wakes those that wait.
  func change(_ body: (inout Value) -> Void) {
    lock.whileHeld {
      body(&value)
      pthread_cond_broadcast(changed)
    }
  }

  /// The result of `body`, which is run at once, and again after every change for as long as it is nil.
  func wait<Result>(for body: (inout Value) -> Result?) -> Result {
    lock.whileHeld {
      while true {
        if let result = body(&value) { return result }
        pthread_cond_wait(changed, lock.mutex)
      }
    }
  }
}
