/// One value for each worker of a pool, such as a workspace, which is made at the worker's first access.
///
/// `@unchecked Sendable`: slot `w` is accessed only by the job that runs as worker `w`, and a pool never runs two jobs as
/// the same worker at the same time.
public final class WorkerLocal<Value>: @unchecked Sendable {
  private let make: @Sendable () -> Value
  private var slots: [Value?]
  // Not `Locked(())`: a value of size 0 has the address of its object, which the thread sanitizer reports as a race.
  private let lock = Locked(0)

  /// Creates empty slots for the workers of `pool`; `make` fills a slot on its first use.
  public init(_ pool: WorkerPool, make: @escaping @Sendable () -> Value) {
    self.make = make
    slots = Array(repeating: nil, count: pool.count)
  }

  /// The value of `worker`, which must be the index that the pool gave to the running job.
  public subscript(worker: Int) -> Value {
    if let value = lock.withLock({ _ in slots[worker] }) { return value }
    let value = make()
    lock.withLock { _ in slots[worker] = value }
    return value
  }
}
