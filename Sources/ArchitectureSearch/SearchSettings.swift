import MetaLearning
import NeuralNetworks
import Parts
public import Runs

/// The settings of a search, on which its result depends beside the configuration of its runs.
public struct SearchSettings: Hashable, Sendable {
  /// The number of blocks of the largest cells.
  public var blocks = 3
  /// The number of cells of each size above one block that are trained.
  public var beam = 8
  /// The number of cells of one block that are trained; where it is less than the number of all, they are drawn.
  public var first = 24
  /// The number of random cells of `blocks` blocks that are trained for comparison.
  public var random = 0
  /// The seeds of the runs that compare the cell that was found with others on tasks for testing; empty for no comparison.
  public var finalSeeds: [Int] = []
  /// The seed of the cells that are drawn, of the predictor and of the runs that are searched.
  public var seed = 1
  /// The number of tasks for validation by which a cell is scored.
  public var tasks = 200

  /// The number of tasks for testing; nil for that of the task family's evaluations.
  public var testTasks: Int?

  /// Creates the settings with their default values.
  public init() {}

  /// The numbers of blocks that the largest cells may have.
  public static let possibleBlocks = 1...Cell.mostBlocks

  /// The settings of a search's runs where nobody gives others: Reptile, as in Auto-Meta, with as many examples as the 5-shot
  /// tasks on which it is compared, and few small iterations, since an order of the cells is wanted and not their best accuracy.
  /// The inner rate is ten times that of long trainings: a network that has hardly been trained learns glyphs in five steps of
  /// 1 and not of 0.1 (after 12 iterations a cell of one block 83 and 23%, one of two blocks 88 and 37%, the network of four
  /// blocks 97 and 80%).
  public static var runDefaults: [ConfigurationSetting] {
    [
      ("algorithm", Reptile().card.name), ("iterations", "200"), ("meta_batch_size", "4"), ("shots", "5"),
      ("queries", "5"), ("inner_rate", "1"),
    ].map {
      ConfigurationSetting(key: $0.0, text: .scalar($0.1), origin: .set)
    }
  }

  /// The settings that cannot change from one process of a search to the next, by name. Further random cells and a
  /// comparison may be added.
  var fixed: [String: String] {
    [
      "search.blocks": String(blocks), "search.beam": String(beam), "search.first": String(first),
      "search.seed": String(seed), "search.tasks": String(tasks),
      "search.test_tasks": testTasks.map(String.init) ?? "default",
    ]
  }
}
