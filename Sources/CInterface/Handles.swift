import CMetaRL
import Workers

/// The objects that callers have handles of. A handle is a number that is given once, so that one which is used after its end
/// is known for what it is.
final class Handles: Sendable {
  /// Those of the process: functions of C have no other place for them.
  static let shared = Handles()

  private struct State {
    var last: UInt64 = 0
    var objects: [UInt64: Held] = [:]
  }

  /// An object and the lock that its calls hold.
  ///
  /// `@unchecked Sendable`: the object is used under the lock alone.
  private final class Held: @unchecked Sendable {
    private let lock = Locked(())
    private let object: AnyObject

    init(_ object: AnyObject) { self.object = object }

    func whileHeld<Result>(_ body: (AnyObject) throws -> Result) rethrows -> Result {
      try lock.withLock { _ in try body(object) }
    }
  }

  private let state = Locked(State())

  /// Keeps an object and returns its handle.
  func add(_ object: AnyObject) -> UInt64 {
    let held = Held(object)
    return state.withLock { state in
      state.last += 1
      state.objects[state.last] = held
      return state.last
    }
  }

  /// Lets go of an object of a kind. A call of another thread that is under way keeps it to its end.
  /// - Throws: `InterfaceFault` where the handle has no such object.
  func release<Object: AnyObject>(_ handle: UInt64, as kind: Object.Type, _ name: String) throws(InterfaceFault) {
    let held = try held(handle, name)
    guard held.whileHeld({ $0 is Object }) else { throw Self.wrongKind(handle, name) }
    state.withLock { state in state.objects[handle] = nil }
  }

  /// Runs a call with an object of a kind, while no other call uses it.
  /// - Throws: `InterfaceFault` where the handle has no such object.
  func with<Object: AnyObject, Result>(
    _ handle: UInt64, as kind: Object.Type, _ name: String, _ body: (Object) throws -> Result
  ) throws -> Result {
    try held(handle, name).whileHeld { object in
      guard let object = object as? Object else { throw Self.wrongKind(handle, name) }
      return try body(object)
    }
  }

  private func held(_ handle: UInt64, _ name: String) throws(InterfaceFault) -> Held {
    let (held, last) = state.withLock { ($0.objects[handle], $0.last) }
    guard let held else {
      let found = (1...max(last, 1)).contains(handle) && last > 0 ? "one that was released" : "none"
      throw InterfaceFault(METARL_UNKNOWN_HANDLE, "\(name) \(handle): expected a handle, found \(found)")
    }
    return held
  }

  private static func wrongKind(_ handle: UInt64, _ name: String) -> InterfaceFault {
    InterfaceFault(
      METARL_UNKNOWN_HANDLE,
      "\(name) \(handle): expected a handle of \(name == "environment" ? "an" : "a") \(name), "
        + "found one of another kind")
  }
}
