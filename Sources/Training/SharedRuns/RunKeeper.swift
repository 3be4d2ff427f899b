import Parts
import Runs
import Workers

/// The last whole iteration of a run that several ranks make, which is saved where a rank is lost in the middle of the next.
final class RunKeeper: Sendable {
  private let store: CheckpointStore
  private let state: Locked<(held: Checkpoint?, saved: Int?)>

  /// - Parameters:
  ///   - saved: the iteration of the newest checkpoint; nil without one.
  ///   - leader: saves what is held where a rank is lost.
  init(_ store: CheckpointStore, saved: Int?, _ leader: RankLeader) {
    (self.store, state) = (store, Locked((held: nil, saved: saved)))
    leader.keep { [self] in keepWork() }
  }

  /// Holds the checkpoint of the iteration that has just ended.
  func hold(_ checkpoint: Checkpoint) { state.withLock { $0.held = checkpoint } }

  /// Saves a checkpoint as part of the run, while nothing else saves one.
  func save(_ checkpoint: Checkpoint) throws(UserError) {
    let result = state.withLock { state in
      let result = Result { () throws(UserError) in try store.save(checkpoint) }
      if case .success = result { state.saved = checkpoint.iteration }
      return result
    }
    try result.get()
  }

  /// Saves the checkpoint that is held.
  /// - Returns: a line about it.
  func keepWork() -> String {
    state.withLock { state in
      guard let held = state.held else {
        return state.saved.map(Self.line) ?? "no iteration was complete; --resume starts again"
      }
      do {
        if state.saved != held.iteration { try store.save(held) }
        state.saved = held.iteration
        return Self.line(held.iteration)
      } catch {
        return "its last iteration could not be saved: \(error)"
      }
    }
  }

  private static func line(_ iteration: Int) -> String {
    "the checkpoint of iteration \(iteration) is kept; --resume goes on"
  }
}
