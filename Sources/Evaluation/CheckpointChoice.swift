public import Parts
import Runs

/// The checkpoint of a run that is evaluated.
public enum CheckpointChoice: Hashable, Sendable {
  /// The newest one that is whole.
  case newest
  /// That of an iteration.
  case iteration(Int)
  /// That which scored best on the held-out tasks of the training, which are others than those of an evaluation.
  case best
}

extension CheckpointChoice {
  /// Creates the choice that a text names.
  /// - Parameters:
  ///   - text: an iteration, or `best`; nil for the newest.
  ///   - other: a further word that the option takes, for the message of an error.
  /// - Throws: `UserError` where the text is neither.
  public init(option text: String?, other: String? = nil) throws(UserError) {
    switch text {
    case nil: self = .newest
    case "best": self = .best
    case let text?:
      guard let iteration = Int(text), (1...1_000_000_000).contains(iteration) else {
        let words = other.map { ", best or \($0)" } ?? " or best"
        throw UserError(
          "checkpoint: expected an iteration from 1 to 1000000000\(words), found '\(text)'", status: .usage)
      }
      self = .iteration(iteration)
    }
  }
}

extension CheckpointChoice {
  /// Reads this checkpoint of a run.
  /// - Throws: `UserError` where there is none, or where it belongs to another run.
  func read(
    _ folder: RunFolder, fitting shape: CheckpointContents, of identity: RunIdentity, warn: (String) -> Void
  ) throws(UserError) -> Checkpoint {
    switch self {
    case .iteration(let iteration):
      return try folder.checkpoints.checkpoint(ofIteration: iteration, fitting: shape, of: identity)
    case .best: return try folder.checkpoints.best(fitting: shape, of: identity)
    case .newest:
      if let checkpoint = try folder.checkpoints.newest(fitting: shape, of: identity, warn: warn) { return checkpoint }
      throw UserError("\(folder.path): expected a checkpoint to evaluate, found none yet", status: .missingInput)
    }
  }
}
