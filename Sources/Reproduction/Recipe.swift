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
    /// The settings that give the run the paper's own length, in place of those of the same keys in `settings`.
    public let paperSettings: [String]
    /// The paper's number for each column; nil where it has none.
    public let published: [Double?]

    init(_ label: String, _ settings: [String], published: [Double?] = [], paper paperSettings: [String] = []) {
      (self.label, self.settings, self.published) = (label, settings, published)
      self.paperSettings = paperSettings
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
      /// What of its best a run keeps: the mean of the last values of a column of `metrics.csv` over the highest mean of as
      /// many in a row.
      case retained(String, window: Int)
      /// The mean score of a reference line on the same tasks.
      case reference(String)
      /// The median time of an iteration on one core, in milliseconds.
      case iterationTime
    }

    /// The tasks that a score is measured on. Equal values are evaluated once.
    struct EvaluatedTasks: Hashable, Sendable {
      /// The number of examples of a task; nil for that of the run.
      var shots: Int?
      var split = EvaluationRequest.Split.test
      /// Settings of the adaptation that are others than in training, in the form of `evaluate --set`; a line has no use for
      /// those whose key it does not have.
      var settings: [String] = []
      /// The share of the training after which the parameters are those that are evaluated.
      var share = 1.0
      /// What the parameters are changed by before they adapt.
      var noise: LayerNoise?

      /// The conditions in words.
      var definition: String {
        let shots = shots.map { ", \($0) shots" } ?? ""
        let share = share < 1 ? ", after \(share.shortText) of the training" : ""
        let noise = noise.map { ", noise of \($0.deviation.shortText) root mean squares on \($0.layer).weight" } ?? ""
        return ", split \(split)\(shots)\(settings.map { ", \($0)" }.joined())\(share)\(noise)"
      }
    }

    /// Gaussian noise on the meta-learned weights of one layer.
    struct LayerNoise: Hashable, Sendable {
      var layer: String
      /// The standard deviation, as a multiple of the root mean square of the weights.
      var deviation: Double
    }

    /// The label of the column, as in the paper.
    public let label: String
    let quantity: Quantity

    /// What the column's numbers are, in words that two columns share only where they are the same quantity.
    var definition: String {
      switch quantity {
      case .score(let step, let tasks, let group):
        let steps = step.map { "\($0) inner steps" } ?? "the inner steps of training"
        return "score after \(steps)\(tasks.definition)\(group.map { ", \($0)" } ?? "")"
      case .metric(let name): return "last \(name) of metrics.csv"
      case .retained(let name, let window):
        return "mean of the last \(window) \(name) of metrics.csv over that of the best"
      case .reference(let name): return "score of the reference \(name)"
      case .iterationTime: return "median time of an iteration in milliseconds"
      }
    }

    static func score(
      _ label: String, step: Int = 1, shots: Int? = nil, split: EvaluationRequest.Split = .test,
      with settings: [String] = []
    ) -> Column {
      let tasks = EvaluatedTasks(shots: shots, split: split, settings: settings)
      return Column(label: label, quantity: .score(step: step, of: tasks, group: nil))
    }

    /// A column of the score after as many steps as the run was trained with.
    static func ownScore(
      _ label: String, shots: Int? = nil, with settings: [String] = [], afterShare share: Double = 1,
      noise: LayerNoise? = nil
    ) -> Column {
      let tasks = EvaluatedTasks(shots: shots, settings: settings, share: share, noise: noise)
      return Column(label: label, quantity: .score(step: nil, of: tasks, group: nil))
    }

    static func group(_ label: String, step: Int, group: String) -> Column {
      Column(label: label, quantity: .score(step: step, of: EvaluatedTasks(), group: group))
    }

    static func reference(_ label: String, _ name: String) -> Column {
      Column(label: label, quantity: .reference(name))
    }

    static func iterationTime(_ label: String) -> Column { Column(label: label, quantity: .iterationTime) }

    static func metric(_ label: String, _ name: String) -> Column {
      Column(label: label, quantity: .metric(name))
    }

    static func retained(_ label: String, _ name: String, window: Int) -> Column {
      Column(label: label, quantity: .retained(name, window: window))
    }
  }

  /// What is drawn of a recipe, a curve for each line.
  enum Figure: Sendable {
    /// A column of `metrics.csv` along the training.
    case learning(column: String, label: String)
    /// The score of held-out tasks along the training, after as many steps as in training.
    case heldOut(Column.EvaluatedTasks, label: String)
    /// The first columns of the table, each at its place along x.
    case columns(at: [Double], label: String)

    /// What the curve of a run is, in words that two figures share only where they have the same curves; nil for none.
    var definition: String? {
      switch self {
      case .heldOut(let tasks, _): "score after the inner steps of training\(tasks.definition)"
      case .learning(let column, _): "\(column) of metrics.csv"
      case .columns: nil
      }
    }

    /// Whether curves are measured at checkpoints along the training.
    var isOfCheckpoints: Bool { if case .heldOut = self { true } else { false } }
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
  /// What is drawn; nil where there is only the table.
  let figure: Figure?
  /// What departs from the paper, a sentence each.
  public let departures: [String]
  /// The divisor of the iterations in the quick form.
  let quickDivisor: Int

  init(
    name: String, summary: String, source: String, measure: String, lines: [Line], columns: [Column],
    seeds: [Int] = [1, 2, 3], evaluationTasks: Int? = nil, figure: Figure? = nil, departures: [String] = [],
    quickDivisor: Int = 10
  ) {
    self.name = name
    self.summary = summary
    self.source = source
    self.measure = measure
    self.lines = lines
    self.columns = columns
    self.seeds = seeds
    self.evaluationTasks = evaluationTasks
    self.figure = figure
    self.departures = departures
    self.quickDivisor = quickDivisor
  }

  /// Returns the number of checkpoints along a training of a length whose parameters are evaluated; nil where only the last
  /// ones are.
  func checkpoints(of length: RecipeLength) -> Int? {
    let looksBack = columns.contains { column in
      if case .score(_, let tasks, _) = column.quantity { tasks.share < 1 } else { false }
    }
    guard looksBack || figure?.isOfCheckpoints == true else { return nil }
    return length == .quick ? 4 : 12
  }

  /// Returns what the curves of a length's runs are, in words; nil for none.
  func curves(of length: RecipeLength) -> String? {
    guard let figure, let definition = figure.definition else { return nil }
    return figure.isOfCheckpoints ? "\(definition), at \(checkpoints(of: length) ?? 0) checkpoints" : definition
  }

  /// The recipe of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  /// - Parameters:
  ///   - name: the name, as the user writes it.
  ///   - others: names of what is no recipe, among which the nearest is sought, too.
  public static func named(_ name: String, others: [String] = []) throws(UserError) -> Recipe {
    if let recipe = all.first(where: { $0.name == name }) { return recipe }
    throw .unknownName("recipe", name, known: all.map(\.name) + others)
  }
}
