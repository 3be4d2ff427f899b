import Foundation
import Parts
package import Ranks
package import Runs
import TensorCore

/// A rank but 0: it makes the iterations and evaluations that rank 0 asks for, as all ranks do at the same time.
package struct RankFollower {
  private let ranks: Ranks
  private let catalog: Catalog
  private let shouldStop: @Sendable () -> Bool
  private let tell: @Sendable (String) -> Void
  /// The folder of this rank's copies of files, which is there while it follows.
  package let folder = FileManager.default.temporaryDirectory.appending(path: "metarl-rank-\(UUID().uuidString)").path
  private var trainer: (any MetaTrainer)?
  /// The iterations that the trainer has made here.
  private var iteration = 0

  /// Creates a rank that makes runs of the parts of a catalog, that of rank 0's program.
  /// - Parameters:
  ///   - shouldStop: whether rank 0 has been asked to stop; runs that this rank trains alone end then with checkpoints.
  ///   - tell: receives a line about a fault of which rank 0 may not know.
  package init(
    _ ranks: Ranks, catalog: Catalog, shouldStop: @escaping @Sendable () -> Bool = { false },
    tell: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.ranks, self.catalog, self.shouldStop, self.tell) = (ranks, catalog, shouldStop, tell)
  }

  /// Removes the files of a rank from its folder.
  package static func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }

  /// Does what rank 0 asks for until it asks to end.
  /// - Throws: `RankLoss` where a rank is lost.
  package mutating func follow() throws {
    defer { Self.remove(folder) }
    while true {
      var order = try ranks.exchange(state)[0]
      do {
        guard try obey(RankOrder(from: &order)) else { return }
      } catch let loss as RankLoss {
        throw loss
      } catch {
        // Rank 0 has the same error and tells the user, but where it is a fault of this rank alone.
        tell("rank \(ranks.number): \(error)")
      }
    }
  }

  /// What this rank tells rank 0 before the next order: the hash of its state, from time to time.
  private var state: Message {
    var message = Message()
    if let trainer, RankLeader.comparesState(after: iteration) {
      message.write(iteration)
      message.write(trainer.checkpoint.fingerprint.description)
    }
    return message
  }

  /// - Returns: whether more orders follow.
  private mutating func obey(_ order: RankOrder) throws -> Bool {
    switch order {
    case .trainer(let packed, let checkpoint):
      (trainer, iteration) = (nil, 0)
      var made: (any MetaTrainer)?
      try Self.agree(ranks) {
        let configuration = try Self.unpacked(packed, in: folder, catalog: catalog)
        var trainer = try Ranks.$current.withValue(ranks) { try catalog.makeTrainer(configuration) }
        try trainer.restore(checkpoint)
        made = trainer
      }
      trainer = made
    case .iteration(let number):
      _ = try trainer?.iterate(number)
      iteration = number
    case .look: _ = try trainer?.heldOutScore()
    case .evaluation(let packed, let reference, let request):
      var made: (any AdaptationEvaluator)?
      try Self.agree(ranks) {
        let configuration = try Self.unpacked(packed, in: folder, catalog: catalog)
        made = try evaluator(configuration, reference: reference)
      }
      _ = try Ranks.$current.withValue(ranks) { try made?.evaluate(request) }
    case .runs(let runs):
      try RankLeader.follow(runs, by: ranks, catalog: catalog, shouldStop: shouldStop)
    case .exchanges(let count, let bytes): _ = try RankLeader.times(of: count, bytes: bytes, ranks)
    case .end: return false
    }
    return true
  }

  /// Writes the files of a configuration to a folder and reads it.
  /// - Throws: `UserError` where this rank would compute other bits than rank 0.
  static func unpacked(
    _ packed: PackedConfiguration, in folder: String, catalog: Catalog
  ) throws(UserError) -> RunConfiguration {
    try StoredFile.createFolders(folder)
    let configuration = try packed.unpacked(in: folder, catalog: catalog)
    guard configuration.kernels.name == packed.kernels else {
      throw UserError(
        "kernels: expected \(packed.kernels), as rank 0 has them, found \(configuration.kernels.name); "
          + "deterministic_kernels=true computes the same bits on every machine", status: .configuration)
    }
    return configuration
  }

  private func evaluator(
    _ configuration: RunConfiguration, reference name: String?
  ) throws -> any AdaptationEvaluator {
    guard let name else { return try catalog.makeEvaluator(configuration) }
    guard let reference = catalog.references(for: configuration.family).first(where: { $0.name == name }) else {
      throw UserError(
        "expected the reference \(name), found none; start every rank from one program", status: .configuration)
    }
    return try reference.makeEvaluator(configuration)
  }

  /// Makes something on each rank, so that all know whether all have it.
  /// - Throws: on every rank the error of the lowest that failed, with its number.
  static func agree(_ ranks: Ranks, _ make: () throws -> Void) throws {
    let _: [Double] = try ranks.map(jobs: ranks.count) { own in
      do {
        try make()
      } catch let error as UserError {
        throw UserError("rank \(ranks.number): \(error.message)", status: error.status)
      }
      return own.map { Double($0) }
    }
  }
}
