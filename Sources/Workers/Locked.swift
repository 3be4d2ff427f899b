/// A value that one thread at a time reads or changes, protected by a lock.
///
/// `@unchecked Sendable`: only `withLock` accesses the value, and it does so while it holds the lock.
public final class Locked<Value: Sendable>: @unchecked Sendable {
  // The lock is the first member: where the value has size 0, the next member has its address, and the thread sanitizer
  // would confuse the two.
  private let lock = Lock()
  private var value: Value

  /// Creates the value with its lock, which is not held.
  public init(_ value: Value) { self.value = value }

  /// Runs `body` on the value while no other thread does; `body` must not take the same lock.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    try lock.whileHeld { try body(&value) }
  }
}
