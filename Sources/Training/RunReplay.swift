public import Parts
public import Runs
import TensorCore

/// Trains a run again from its `config.yaml`, without writing anything, and compares what each iteration leaves with the
/// hashes that the run has kept.
public struct RunReplay {
  /// How a replay ended.
  public enum Outcome: Equatable, Sendable {
    /// Every iteration that was compared left the same bits.
    case same
    /// The first iteration that left other bits, and what differs: `parameters`, `metrics`.
    case differs(iteration: Int, what: [String])
    /// Asked to stop after an iteration; all up to it left the same bits.
    case interrupted(iteration: Int)
  }

  /// What the run depends on.
  public let configuration: RunConfiguration
  /// The iterations that can be compared.
  public let iterations: Int
  private let recorded: [IterationHash]
  private let catalog: Catalog

  /// Reads a run.
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - workers: threads; the run's own number where nil.
  ///   - iterations: compares no more than the first so many; all where nil.
  ///   - catalog: the parts that a run may name.
  /// - Throws: `UserError` where the folder holds no run, or none of its iterations has a hash.
  public init(_ folder: RunFolder, workers: Int? = nil, iterations: Int? = nil, catalog: Catalog) throws(UserError) {
    var configuration = try folder.configuration(catalog: catalog)
    if let workers { configuration[RunningSettings.self].workers = workers }
    guard StoredFile.exists(folder.hashesPath) else {
      throw UserError("\(folder.path): expected a hashes.csv to compare with, found none", status: .missingInput)
    }
    let rows = try IterationHashes(path: folder.hashesPath).rows
    guard !rows.isEmpty else {
      throw UserError("\(folder.hashesPath): expected at least one row, found none yet", status: .missingInput)
    }
    self.configuration = configuration
    self.catalog = catalog
    recorded = Array(rows.prefix(iterations ?? rows.count))
    self.iterations = recorded.count
  }

  /// The kernels that computed the run and are not those that the replay computes by: the last bits may then differ.
  public var otherKernels: [String] {
    Set(recorded.map(\.kernels)).subtracting([configuration.kernels.name]).sorted()
  }

  /// Trains and compares, iteration by iteration.
  /// - Throws: what the trainer throws.
  public func run(
    shouldStop: () -> Bool = { false }, report: (_ iteration: Int) throws -> Void = { _ in }
  ) throws -> Outcome {
    var trainer = try catalog.makeTrainer(configuration)
    for expected in recorded {
      let row = try trainer.iterate(expected.iteration)
      let found = IterationHash(expected.iteration, row, trainer, kernels: expected.kernels)
      guard found == expected else {
        let differing = [
          ("parameters", found.parameters != expected.parameters), ("metrics", found.metrics != expected.metrics),
        ]
        return .differs(iteration: expected.iteration, what: differing.filter(\.1).map(\.0))
      }
      try report(expected.iteration)
      if shouldStop(), expected.iteration < iterations { return .interrupted(iteration: expected.iteration) }
    }
    return .same
  }
}
