import Parts
import Runs

/// How long the runs of a recipe are.
public enum RecipeLength: String, CaseIterable, Sendable {
  /// A share of the iterations and one seed, which show whether the recipe runs and in which direction it goes.
  case quick
  /// As many iterations as show the result in at most 100 minutes on two cores.
  case standard
  /// The paper's own number of iterations.
  case paper
}

/// A run of a recipe.
struct RecipeRun: Sendable {
  /// The number of the line.
  let line: Int
  /// The label of the line.
  let label: String
  let seed: Int
  let configuration: RunConfiguration

  /// The name of the folder of the run in that of the recipe.
  var folderName: String {
    String(label.lowercased().map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }) + "-seed\(seed)"
  }

  /// The values of all keys that determine the result besides the seed.
  var settings: [String: String] {
    var values = RunIdentity.values(of: configuration)
    values["seed"] = nil
    values["iterations"] = "\(configuration.run.iterations)"
    return values
  }

  /// Returns the first setting that is not as it was; nil where a run of those settings is this one. A key that was unknown
  /// then is as it was where it has its default, which keeps what runs did before there was the key.
  /// - Parameter stored: the value of `settings` of then.
  func change(since stored: [String: String], catalog: Catalog) -> String? {
    let (now, standard) = (settings, configuration.standard(catalog))
    for (key, value) in now.sorted(by: { $0.key < $1.key }) {
      if let before = stored[key] {
        if before != value { return "\(key) is \(value) and was \(before)" }
      } else if standard[key]?.description != value {
        return "\(key) is \(value) and was unknown"
      }
    }
    return stored.keys.filter { now[$0] == nil }.min().map { "there is no \($0) any more" }
  }
}

extension Recipe.Line {
  /// Returns the settings of a length.
  fileprivate func settings(of length: RecipeLength) -> [String] {
    guard length == .paper else { return settings }
    func key(_ setting: String) -> Substring? { setting.split(separator: "=", maxSplits: 1).first }
    let replaced = Set(paperSettings.map(key))
    return settings.filter { !replaced.contains(key($0)) } + paperSettings
  }
}

extension Recipe {
  /// Whether the paper's own length is another than the standard one.
  public var hasPaperLength: Bool { lines.contains { !$0.paperSettings.isEmpty } }

  /// Returns the seeds of a length.
  func seeds(of length: RecipeLength) -> [Int] { length == .quick ? Array(seeds.prefix(1)) : seeds }

  /// Returns the number of held-out tasks of a length; nil for the task family's default.
  func evaluationTasks(of length: RecipeLength) -> Int? {
    length == .quick ? min(evaluationTasks ?? 100, 100) : evaluationTasks
  }

  /// Returns the name of a length's results: of folders, files and tables.
  public func name(of length: RecipeLength) -> String { length == .standard ? name : "\(name)-\(length.rawValue)" }

  /// Returns the runs of a length, those of a line one after the other.
  /// - Throws: `UserError` where a setting is not valid.
  func runs(of length: RecipeLength, catalog: Catalog) throws(UserError) -> [RecipeRun] {
    var runs: [RecipeRun] = []
    for (number, line) in lines.enumerated() {
      for seed in seeds(of: length) {
        var configuration = try RunConfiguration(
          settings: line.settings(of: length) + ["seed=\(seed)", "workers=1"], catalog: catalog)
        if length == .quick {
          configuration[RunSettings.self].iterations = max(1, configuration.run.iterations / quickDivisor)
        }
        if let checkpoints = checkpoints(of: length) {
          configuration[RunningSettings.self].checkpointInterval =
            (configuration.run.iterations + checkpoints - 1) / checkpoints
        }
        runs.append(RecipeRun(line: number, label: line.label, seed: seed, configuration: configuration))
      }
    }
    return runs
  }
}
