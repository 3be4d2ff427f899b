import Foundation
import Parts
import Runs

/// What a search has found until now, as its `search.json` holds it; programs read these names.
public struct SearchRecord: Codable, Equatable, Sendable {
  /// A cell that is trained.
  public struct Candidate: Codable, Equatable, Sendable {
    /// The origin of a cell.
    public enum Origin: String, Codable, Sendable {
      /// The search chose it.
      case search
      /// It was drawn at random, for comparison.
      case random
    }

    /// The name of the run's folder.
    public let name: String
    /// The cell as text.
    public let cell: String
    /// The number of blocks.
    public let blocks: Int
    /// The origin of the cell.
    public let origin: Origin
    /// The accuracy that was predicted before the training; nil for the cells before the first predictor.
    public let predicted: Double?
    /// The number of parameters of the network; nil before the training.
    public var parameters: Int?
    /// The mean accuracy on tasks for validation; nil before it is known, and where the training diverged.
    public var accuracy: Double?
    /// Half of the width of the 95% interval of the accuracy over tasks.
    public var halfWidth: Double?
    /// The mean accuracy on tasks for testing, of random cells.
    public var testAccuracy: Double?
    /// Whether the training diverged.
    public var hasDiverged: Bool

    /// Whether the result is known.
    public var isFinished: Bool { accuracy != nil || hasDiverged }
  }

  /// A run that compares networks on tasks for testing.
  public struct Final: Codable, Equatable, Sendable {
    /// The name of the run's folder.
    public let name: String
    /// What is compared: the cell that was found, the best random cell, or the network of four blocks.
    public let label: String
    /// The seed of the run.
    public let seed: Int
    /// The number of parameters of the network.
    public var parameters: Int
    /// The mean accuracy on tasks for testing; nil where the training diverged.
    public var accuracy: Double?
    /// Half of the width of the 95% interval of the accuracy over tasks.
    public var halfWidth: Double?
  }

  /// Spearman's rank correlation of predicted and found accuracies, of cells that the predictor had not seen.
  public struct Correlation: Codable, Equatable, Sendable {
    /// The cells: "2 blocks", "random".
    public let cells: String
    /// The number of cells.
    public let count: Int
    /// The correlation from -1 to 1; nil where it is not defined.
    public let coefficient: Double?
  }

  /// The settings of the search and of its runs, by name.
  public let settings: [String: String]
  /// The cells in the order in which they were chosen.
  public internal(set) var candidates: [Candidate] = []
  /// The runs of the comparison.
  public internal(set) var finals: [Final] = []
  /// The rank correlations.
  public internal(set) var correlations: [Correlation] = []

  init(settings: [String: String]) { self.settings = settings }

  /// The cell of the search with the largest accuracy; nil where none has a result.
  public var best: Candidate? { best(of: .search) }

  /// The cell of an origin with the largest accuracy, the first of equal ones.
  func best(of origin: Candidate.Origin) -> Candidate? {
    candidates.filter { $0.origin == origin && $0.accuracy != nil }
      .max { ($0.accuracy ?? 0) < ($1.accuracy ?? 0) }
  }

  /// The places of the candidates, that of the largest accuracy first and those without one last; of equal ones, the first
  /// comes first.
  public var ranking: [Int] {
    candidates.indices.sorted { left, right in
      let (one, other) = (candidates[left].accuracy ?? -1, candidates[right].accuracy ?? -1)
      return one == other ? left < right : one > other
    }
  }

  /// Computes the correlations of the results that are known.
  mutating func correlate() {
    let predicted = candidates.filter { $0.predicted != nil && $0.accuracy != nil }
    func correlation(_ name: String, _ cells: [Candidate]) -> Correlation? {
      guard !cells.isEmpty else { return nil }
      return Correlation(
        cells: name, count: cells.count,
        coefficient: RankCorrelation.spearman(cells.compactMap(\.predicted), cells.compactMap(\.accuracy)))
    }
    let searched = Set(predicted.filter { $0.origin == .search }.map(\.blocks)).sorted().compactMap { blocks in
      correlation("\(blocks) blocks", predicted.filter { $0.origin == .search && $0.blocks == blocks })
    }
    correlations =
      searched
      + [correlation(Candidate.Origin.random.rawValue, predicted.filter { $0.origin == .random })].compactMap { $0 }
  }
}

// The file.
extension SearchRecord {
  private static let largestFile = 1 << 24

  /// The path of the file in the folder of a search.
  static func path(in folder: String) -> String { "\(folder)/search.json" }

  /// Reads the record in the folder of a search; nil where there is none.
  /// - Throws: `UserError` where the file has other contents.
  static func read(in folder: String) throws(UserError) -> SearchRecord? {
    let path = Self.path(in: folder)
    guard StoredFile.exists(path) else { return nil }
    let bytes = try StoredFile.read(path, limit: largestFile)
    do {
      return try JSONDecoder().decode(SearchRecord.self, from: Data(bytes))
    } catch {
      throw UserError(
        "\(path): expected the record of a search, found other contents; move it away, and the results are computed again",
        status: .malformedData)
    }
  }

  func write(in folder: String) throws(UserError) {
    try StoredFile.write(JSONText.encode(self) + "\n", to: Self.path(in: folder))
  }

  /// Checks that a search of settings may go on with this record.
  /// - Throws: `UserError` that names the first setting of another value.
  func check(_ wanted: [String: String], folder: String) throws(UserError) {
    for key in Set(settings.keys).union(wanted.keys).sorted() where settings[key] != wanted[key] {
      throw UserError(
        "\(folder): expected a search with \(key) \(wanted[key] ?? "nothing"), found one with \(settings[key] ?? "nothing"); "
          + "give the settings of that search, or another folder", status: .usage)
    }
  }
}
