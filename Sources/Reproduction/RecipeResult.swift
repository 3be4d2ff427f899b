import Foundation
public import Parts
public import Runs

/// The finished runs of a recipe, as a small file of JSON keeps them: what was found, by which settings, program and
/// machine.
///
/// A recipe goes on from its result although the folders of the runs are gone, and the results that come with the program
/// are the tables and figures of its documentation.
public struct RecipeResult: Codable, Equatable, Sendable {
  /// A number of a run.
  struct Value: Codable, Equatable, Sendable {
    var mean: Double
    /// Half the width of the 95% interval over the tasks; nil where the number is not a mean over tasks.
    var halfWidth: Double?

    enum CodingKeys: String, CodingKey {
      case mean
      case halfWidth = "half_width"
    }
  }

  /// A column of a run's metrics along its training, at no more than 60 places.
  struct Curve: Codable, Equatable, Sendable {
    /// The column on the horizontal axis.
    var axis: String
    var x: [Double]
    var y: [Double]
  }

  /// A finished run.
  struct Run: Codable, Equatable, Sendable {
    /// The label of its line.
    var line: String
    var seed: Int
    /// The keys that determine the run besides the seed.
    var settings: [String: String]
    var iterations: Int
    /// The time of its training in seconds by the clock, on one thread.
    var seconds: Double
    /// The version of the program.
    var program: String
    var machine: String
    /// A number for each column; nil where it is not finite.
    var values: [Value?]
    var curve: Curve?

    /// Whether a value was not finite in training, so that there are no numbers.
    var isDiverged: Bool { values.allSatisfy { $0 == nil } }
  }

  /// The name of the recipe.
  public let recipe: String
  /// The length of its runs.
  let length: String
  /// The definitions of the columns.
  let columns: [String]
  /// The number of held-out tasks of a score, in words.
  let evaluation: String
  /// What the runs' curves are; nil for none.
  let curves: String?
  /// The finished runs, by line and seed.
  private(set) var runs: [Run]

  /// The largest file in bytes: no result is larger.
  private static let largestFile = 4_000_000

  /// Creates a result without runs.
  init(of recipe: Recipe, length: RecipeLength) {
    self.recipe = recipe.name
    self.length = length.rawValue
    columns = recipe.columns.map(\.definition)
    evaluation = recipe.evaluation(of: length)
    curves = recipe.curves(of: length)
    runs = []
  }

  /// Reads a file.
  /// - Throws: `UserError` where it is damaged or of another recipe.
  init(path: String, of recipe: Recipe, length: RecipeLength) throws(UserError) {
    let bytes = try StoredFile.read(path, limit: Self.largestFile)
    let found: RecipeResult
    do {
      found = try JSONDecoder().decode(RecipeResult.self, from: Data(bytes))
    } catch {
      throw UserError(
        "\(path): expected the results of \(recipe.name), found something else; move it away", status: .malformedData)
    }
    let name = recipe.name(of: length)
    guard found.recipe == recipe.name, found.length == length.rawValue,
      found.runs.allSatisfy({ $0.values.count == found.columns.count })
    else {
      throw UserError(
        "\(path): expected the results of \(name), found those of \(found.recipe), \(found.length); move it away",
        status: .malformedData)
    }
    self = found
  }

  /// The results that come with the program, in alphabetical order.
  public static var stored: [RecipeResult] {
    StoredResults.names.compactMap { StoredResults.result(named: $0, as: RecipeResult.self) }
      .sorted { $0.recipe < $1.recipe }
  }

  /// Returns the result of a recipe that comes with the program: of the paper's length if there is one, else of the standard
  /// one; nil where there is none.
  public static func stored(of recipe: Recipe) -> RecipeResult? {
    for length in [RecipeLength.paper, .standard] {
      if let result = StoredResults.result(named: recipe.name(of: length), as: RecipeResult.self) { return result }
    }
    return nil
  }

  /// Returns the finished run of a line and a seed whose numbers still are what the recipe asks for; nil where there is none.
  func run(_ run: RecipeRun, catalog: Catalog) -> Run? {
    runs.first {
      $0.line == run.label && $0.seed == run.seed && run.change(since: $0.settings, catalog: catalog) == nil
    }
  }

  /// Adds a finished run in place of an earlier one of its line and seed.
  mutating func add(_ run: Run) {
    runs.removeAll { $0.line == run.line && $0.seed == run.seed }
    runs.append(run)
    runs.sort { ($0.line, $0.seed) < ($1.line, $1.seed) }
  }

  /// Removes the runs whose numbers are not what a recipe asks for any more.
  mutating func removeStale(_ recipe: Recipe, length: RecipeLength, catalog: Catalog) throws(UserError) {
    let fresh = RecipeResult(of: recipe, length: length)
    guard columns == fresh.columns, evaluation == fresh.evaluation, curves == fresh.curves else {
      self = fresh
      return
    }
    let current = try recipe.runs(of: length, catalog: catalog)
    runs.removeAll { run in
      !current.contains {
        $0.label == run.line && $0.seed == run.seed && $0.change(since: run.settings, catalog: catalog) == nil
      }
    }
  }

  /// The file's text.
  func text() throws(UserError) -> String { try JSONText.encode(self) + "\n" }
}

extension RecipeResult {
  /// Returns the recipe of a result; nil where there is none of its name any more.
  public var itsRecipe: Recipe? { Recipe.all.first { $0.name == recipe } }

  /// The length of the runs.
  public var itsLength: RecipeLength { RecipeLength(rawValue: length) ?? .standard }

  /// Returns what makes the result another than the recipe's of today, a sentence each; none where it is that of today.
  public func staleness(of recipe: Recipe, catalog: Catalog) throws(UserError) -> [String] {
    let fresh = RecipeResult(of: recipe, length: itsLength)
    var found: [String] = []
    if columns != fresh.columns { found.append("the columns are \(fresh.columns.joined(separator: "; "))") }
    if evaluation != fresh.evaluation { found.append("scores are on \(fresh.evaluation) and were on \(evaluation)") }
    if curves != fresh.curves { found.append("the figure is another") }
    for run in try recipe.runs(of: itsLength, catalog: catalog) {
      guard let stored = runs.first(where: { $0.line == run.label && $0.seed == run.seed }) else {
        found.append("\(run.label), seed \(run.seed), is missing")
        continue
      }
      if let change = run.change(since: stored.settings, catalog: catalog) { found.append("\(run.label): \(change)") }
    }
    return found.withoutRepetitions
  }

  /// The time of all trainings in seconds by the clock, one after the other.
  public var seconds: Double { runs.reduce(0) { $0 + $1.seconds } }

  /// The versions of the program that made the runs.
  public var programs: [String] { runs.map(\.program).withoutRepetitions }

  /// The machines on which the runs were made.
  public var machines: [String] { runs.map(\.machine).withoutRepetitions }

  /// Returns the time that the recipe's runs of the paper's length would take, in seconds of one core, where the lines are
  /// here; nil where a line is not, or the recipe has no other length.
  public func estimatedSeconds(ofPaper recipe: Recipe, catalog: Catalog) throws(UserError) -> Double? {
    guard recipe.hasPaperLength, itsLength != .paper else { return nil }
    var sum = 0.0
    for run in try recipe.runs(of: .paper, catalog: catalog) {
      guard let known = runs.first(where: { $0.line == run.label && $0.iterations > 0 }) else { return nil }
      // The work of an iteration grows with its tasks, and that of a convolution with the square of its filters.
      func ratio(_ key: String) -> Double {
        let (now, then) = (run.settings[key].flatMap(Double.init), known.settings[key].flatMap(Double.init))
        return now.flatMap { now in then.map { now / $0 } } ?? 1
      }
      let work = ratio("meta_batch_size") * ratio("filters") * ratio("filters")
      sum += work * known.seconds / Double(known.iterations) * Double(run.configuration.run.iterations)
    }
    return sum
  }
}

extension Recipe {
  /// Returns on what a length's scores are measured, in words.
  func evaluation(of length: RecipeLength) -> String {
    (evaluationTasks(of: length).map { "\($0)" } ?? "the family's number of") + " held-out tasks, seed "
      + "\(ReproductionRunner.evaluationSeed)"
  }
}
