import Files
import Parts
package import Ranks
package import Runs
import TensorCore

/// A rank but 0: it makes the iterations and evaluations that rank 0 asks for, as all ranks do at the same time.
package struct RankFollower {
  private let ranks: Ranks
  private let catalog: Catalog
  private var trainer: (any MetaTrainer)?

  /// Creates a rank that makes runs of the parts of a catalog, that of rank 0's program.
  package init(_ ranks: Ranks, catalog: Catalog) { (self.ranks, self.catalog) = (ranks, catalog) }

  /// Does what rank 0 asks for until it asks to end.
  /// - Throws: `RankLoss` where a rank is lost.
  package mutating func follow() throws {
    try ExternalProgram.withTemporaryFolder("metarl-rank") { folder in
      while true {
        var order = try ranks.exchange(Message())[0]
        do {
          guard try obey(RankOrder(from: &order), in: folder) else { return }
        } catch let loss as RankLoss {
          throw loss
        } catch {
          // Rank 0 has the same error and tells the user.
        }
      }
    }
  }

  /// - Returns: whether more orders follow.
  private mutating func obey(_ order: RankOrder, in folder: String) throws -> Bool {
    switch order {
    case .trainer(let packed, let checkpoint):
      trainer = nil
      var made: (any MetaTrainer)?
      try Self.agree(ranks) {
        let configuration = try configuration(packed, in: folder)
        var trainer = try Ranks.$current.withValue(ranks) { try catalog.makeTrainer(configuration) }
        try trainer.restore(checkpoint)
        made = trainer
      }
      trainer = made
    case .iteration(let number): _ = try trainer?.iterate(number)
    case .look: _ = try trainer?.heldOutScore()
    case .evaluation(let packed, let reference, let request):
      var made: (any AdaptationEvaluator)?
      try Self.agree(ranks) {
        let configuration = try configuration(packed, in: folder)
        made = try evaluator(configuration, reference: reference)
      }
      _ = try Ranks.$current.withValue(ranks) { try made?.evaluate(request) }
    case .end: return false
    }
    return true
  }

  /// - Throws: `UserError` where this rank would compute other bits than rank 0.
  private func configuration(_ packed: PackedConfiguration, in folder: String) throws(UserError) -> RunConfiguration {
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
