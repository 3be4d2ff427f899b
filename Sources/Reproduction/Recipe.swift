public import Parts
import Runs

/// A table or figure of a paper, as runs that anyone can repeat: `metarl reproduce NAME`.
public struct Recipe: Sendable {
  /// One run, repeated for every seed.
  public struct Line: Sendable {
    /// As in the paper.
    public let label: String
    /// `key=value` settings, as of `--set`; task and algorithm among them.
    public let settings: [String]
    /// The paper's numbers, one a column; nil where it has none.
    public let published: [Double?]

    init(_ label: String, _ settings: [String], published: [Double?] = []) {
      (self.label, self.settings, self.published) = (label, settings, published)
    }
  }

  /// One number of a trained run.
  public struct Column: Sendable {
    enum Quantity: Sendable {
      /// The mean score of tasks after `step` inner steps (as many as in training where nil); of one group of the tasks
      /// where there is one.
      case score(step: Int?, of: EvaluatedTasks, group: String?)
      /// The last value of a column of `metrics.csv`.
      case metric(String)
    }

    /// Which tasks a score is of; those with equal values are evaluated once.
    struct EvaluatedTasks: Hashable, Sendable {
      /// Examples of a task; the run's own number where nil.
      var shots: Int?
      var split = EvaluationRequest.Split.test
    }

    /// As in the paper.
    public let label: String
    let quantity: Quantity

    static func score(
      _ label: String, step: Int = 1, shots: Int? = nil, split: EvaluationRequest.Split = .test
    ) -> Column {
      Column(label: label, quantity: .score(step: step, of: EvaluatedTasks(shots: shots, split: split), group: nil))
    }

    /// After as many steps as the run was trained with.
    static func ownScore(_ label: String, shots: Int? = nil) -> Column {
      Column(label: label, quantity: .score(step: nil, of: EvaluatedTasks(shots: shots), group: nil))
    }

    static func group(_ label: String, step: Int, group: String) -> Column {
      Column(label: label, quantity: .score(step: step, of: EvaluatedTasks(), group: group))
    }

    static func metric(_ label: String, _ name: String) -> Column {
      Column(label: label, quantity: .metric(name))
    }
  }

  /// As the user writes it.
  public let name: String
  /// One line.
  public let summary: String
  /// Paper, table or figure.
  public let source: String
  /// What the numbers are.
  public let measure: String
  /// In the order of the table.
  public let lines: [Line]
  /// In the order of the table.
  public let columns: [Column]
  /// Of the runs.
  public let seeds: [Int]
  /// Held-out tasks of each score; nil for the task family's usual number.
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

  /// A tenth of the iterations and one seed: does it run, and which way does it go?
  public func quick() -> Recipe {
    Recipe(
      name: name + "-quick", summary: summary, source: source, measure: measure, lines: lines, columns: columns,
      seeds: [1], evaluationTasks: evaluationTasks.map { min($0, 100) } ?? 100)
  }

  /// The recipe of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  public static func named(_ name: String) throws(UserError) -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw .unknownName("recipe", name, known: all.map(\.name))
  }
}
