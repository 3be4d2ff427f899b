public import Parts
public import Runs
import TensorCore

/// Trains a run again from its `config.yaml`, without writing anything, and compares the state after each iteration with
/// the hashes that the run has stored.
public struct RunReplay {
  /// The result of a replay.
  public enum Outcome: Equatable, Sendable {
    /// Every iteration that was compared had the same bits.
    case same
    /// The first iteration with different bits, and what differs: `parameters`, `metrics`.
    case differs(iteration: Int, what: [String])
    /// The replay was stopped after an iteration; up to it all bits are the same.
    case interrupted(iteration: Int)

    /// Whether the replay was stopped.
    public var isInterrupted: Bool { if case .interrupted = self { true } else { false } }
  }

  /// The configuration of the run.
  public let configuration: RunConfiguration
  /// The number of iterations that can be compared.
  public let iterations: Int
  private let recorded: [IterationHash]
  private let catalog: Catalog

  /// Reads a run.
  /// - Parameters:
  ///   - folder: the run folder.
  ///   - workers: the number of threads; nil for that of the run.
  ///   - iterations: the largest number of iterations to compare; nil for all.
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

  /// The names of the kernels that computed the run where they differ from those of the replay. The last bits may then
  /// differ.
  public var otherKernels: [String] {
    Set(recorded.map(\.kernels)).subtracting([configuration.kernels.name]).sorted()
  }

  /// Trains and compares, iteration by iteration.
  /// - Throws: the errors of the trainer.
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
