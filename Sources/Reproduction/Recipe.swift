public import Parts
import Runs

/// A table or figure of a paper as runs that anyone can repeat with `metarl reproduce NAME`.
public struct Recipe: Sendable {
  /// One run, which is repeated for every seed.
  public struct Line: Sendable {
    /// The label of the line, as in the paper.
    public let label: String
    /// The settings in the form `key=value` of `--set`, with task and algorithm among them.
    public let settings: [String]
    /// The paper's number for each column; nil where it has none.
    public let published: [Double?]

    init(_ label: String, _ settings: [String], published: [Double?] = []) {
      (self.label, self.settings, self.published) = (label, settings, published)
    }
  }

  /// A column of the table: one number of each trained run.
  public struct Column: Sendable {
    enum Quantity: Sendable {
      /// The mean score of tasks after `step` inner steps (nil for as many as in training), of one group of the tasks
      /// where `group` is given.
      case score(step: Int?, of: EvaluatedTasks, group: String?)
      /// The last value of a column of `metrics.csv`.
      case metric(String)
      /// The mean score of a reference line on the same tasks.
      case reference(String)
    }

    /// The tasks that a score is measured on. Equal values are evaluated once.
    struct EvaluatedTasks: Hashable, Sendable {
      /// The number of examples of a task; nil for that of the run.
      var shots: Int?
      var split = EvaluationRequest.Split.test
    }

    /// The label of the column, as in the paper.
    public let label: String
    let quantity: Quantity

    static func score(
      _ label: String, step: Int = 1, shots: Int? = nil, split: EvaluationRequest.Split = .test
    ) -> Column {
      Column(label: label, quantity: .score(step: step, of: EvaluatedTasks(shots: shots, split: split), group: nil))
    }

    /// A column of the score after as many steps as the run was trained with.
    static func ownScore(_ label: String, shots: Int? = nil) -> Column {
      Column(label: label, quantity: .score(step: nil, of: EvaluatedTasks(shots: shots), group: nil))
    }

    static func group(_ label: String, step: Int, group: String) -> Column {
      Column(label: label, quantity: .score(step: step, of: EvaluatedTasks(), group: group))
    }

    static func reference(_ label: String, _ name: String) -> Column {
      Column(label: label, quantity: .reference(name))
    }

    static func metric(_ label: String, _ name: String) -> Column {
      Column(label: label, quantity: .metric(name))
    }
  }

  /// The name, as the user writes it.
  public let name: String
  /// A one-line summary.
  public let summary: String
  /// The paper, with the table or figure.
  public let source: String
  /// The quantity that the table lists.
  public let measure: String
  /// The lines of the table, in order.
  public let lines: [Line]
  /// The columns of the table, in order.
  public let columns: [Column]
  /// The seeds of the runs.
  public let seeds: [Int]
  /// The number of held-out tasks of each score; nil for the task family's default.
  public let evaluationTasks: Int?

  init(
    name: String, summary: String, source: String, measure: String, lines: [Line], columns: [Column],
    seeds: [Int] = [1, 2, 3], evaluationTasks: Int? = nil
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.measure = measure
    self.lines = lines
    self.columns = columns
    self.seeds = seeds
    self.evaluationTasks = evaluationTasks
  }

  /// A quick form of the recipe, with a tenth of the iterations and one seed, which shows whether it runs and in which
  /// direction it goes.
  public func quick() -> Recipe {
    Recipe(
      name: name + "-quick", summary: summary, source: source, measure: measure, lines: lines, columns: columns,
      seeds: [1], evaluationTasks: evaluationTasks.map { min($0, 100) } ?? 100)
  }

  /// The recipe of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  /// - Parameter others: names of what is no recipe, among which the nearest is sought, too.
  public static func named(_ name: String, others: [String] = []) throws(UserError) -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw .unknownName("recipe", name, known: all.map(\.name) + others)
  }
}
