/// The trainer that a run iterates: one implementation for policies, another for supervised tasks.
///
/// A trainer draws its random numbers by (seed, purpose, iteration, ...), so that what an iteration does follows from
/// its number and from the checkpoint before it.
public protocol MetaTrainer {
  /// Runs one meta-iteration and returns its row of `metrics.csv`. The first iteration is 1.
  mutating func iterate(_ iteration: Int) throws -> MetricsRow

  /// The state on which the rest of the run depends.
  var checkpoint: CheckpointContents { get }

  /// Restores the state from a checkpoint of a trainer of the same configuration.
  ///
  /// The caller has compared the names and shapes of its tensors with those of `checkpoint`.
  /// - Throws: `UserError` where the metadata is not what this trainer wrote.
  mutating func restore(_ checkpoint: CheckpointContents) throws

  /// The beginnings of the names of the tensors of `checkpoint` that are learned. The others are the state of what learns
  /// them, with which a run that starts from another run's parameters starts anew.
  var learnedPrefixes: [String] { get }

  /// Warnings for the user about the data, in one line each.
  var warnings: [String] { get }

  /// The columns of rows for which the user should be warned where their values are large.
  var watches: [MetricWatch] { get }

  /// The looks at held-out tasks that the run takes while it trains; nil where there are none.
  var heldOutLooks: HeldOutLooks? { get }

  /// The mean score of held-out tasks at the present state, of which larger is better. It draws random numbers that no
  /// iteration draws, and changes nothing.
  /// - Throws: what an iteration may throw.
  func heldOutScore() throws -> Double

  /// The column of rows that training is to make large, and what may keep it from doing so; nil where none is watched.
  var progressColumn: ProgressColumn? { get }
}

/// The looks at held-out tasks that a run takes while it trains.
public struct HeldOutLooks: Equatable, Sendable {
  /// The column of the scores, which has no number in the iterations between looks.
  public var column: String
  /// The number of meta-iterations between two looks; 0 for none.
  public var interval: Int

  /// Creates looks.
  public init(column: String, interval: Int) { (self.column, self.interval) = (column, interval) }

  /// Whether there is a look after an iteration.
  package func follow(_ iteration: Int) -> Bool { interval > 0 && iteration.isMultiple(of: interval) }
}

/// A column of rows that training is to make large, and the columns that tell why it may not.
public struct ProgressColumn: Sendable {
  /// A column whose change explains why a run learns less.
  public struct Cause: Sendable {
    /// The name of the column.
    public var column: String
    /// What it means where the values have grown; nil where that harms nothing.
    public var grown: String?
    /// What it means where the values have fallen; nil where that harms nothing.
    public var fallen: String?

    /// Creates a cause.
    public init(_ column: String, grown: String? = nil, fallen: String? = nil) {
      (self.column, self.grown, self.fallen) = (column, grown, fallen)
    }
  }

  /// The name of the column.
  public var name: String
  /// What may keep it from growing.
  public var causes: [Cause]

  /// Creates a column.
  public init(_ name: String, causes: [Cause]) { (self.name, self.causes) = (name, causes) }
}

extension MetaTrainer {
  /// None, which is the default: such a trainer starts from no other run's parameters.
  public var learnedPrefixes: [String] { [] }

  /// No warnings, which is the default: generated data have no faults.
  public var warnings: [String] { [] }

  /// No watched columns, which is the default: a large loss is no fault by itself.
  public var watches: [MetricWatch] { [] }

  /// No looks, which is the default.
  public var heldOutLooks: HeldOutLooks? { nil }

  /// No score: a trainer with looks has one.
  public func heldOutScore() throws -> Double { .nan }

  /// No column, which is the default.
  public var progressColumn: ProgressColumn? { nil }
}

/// A column of metrics whose large values mean that a result is not what it seems to be.
public struct MetricWatch: Sendable {
  /// The name of the column, which rows may lack.
  public var column: String
  /// The largest value that needs no warning.
  public var bound: Double
  /// The text that explains a larger value and says what to do.
  public var meaning: String

  /// Creates a watch of a column.
  public init(column: String, bound: Double, meaning: String) {
    self.column = column
    self.bound = bound
    self.meaning = meaning
  }

  /// Returns whether a row's value exceeds the bound or is NaN.
  package func isExceeded(by row: MetricsRow) -> Bool { row[column].map { !($0 <= bound) } ?? false }
}

/// The numbers of one meta-iteration, in the order of their columns.
public struct MetricsRow: Equatable, Sendable {
  /// The number of environment steps of this iteration, whose sum since the start is the file's column; 0 in every
  /// iteration of a trainer that has no environment.
  public var environmentSteps: Int
  /// The names and values of the columns, with the same names in every iteration.
  public var values: [(name: String, value: Double)]

  /// Creates a row from the environment steps and the named values of an iteration.
  public init(environmentSteps: Int, _ values: [(name: String, value: Double)]) {
    self.environmentSteps = environmentSteps
    self.values = values
  }

  /// The value of a column; nil where the row has no such column.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  /// Returns whether two rows have the same names and values in the same order.
  public static func == (left: MetricsRow, right: MetricsRow) -> Bool {
    left.environmentSteps == right.environmentSteps && left.values.elementsEqual(right.values, by: ==)
  }
}

/// A named array of numbers, as a checkpoint stores it.
public struct NamedArray: Equatable, Sendable {
  /// The name, which is unique in a checkpoint.
  public var name: String
  /// The sizes of the axes, the last one contiguous; empty for a scalar.
  public var shape: [Int]
  /// The numbers, as many as the product of `shape`.
  public var values: [Float]

  /// Creates an array; `values` must fill `shape`.
  public init(name: String, shape: [Int], values: [Float]) {
    precondition(
      shape.reduce(1, *) == values.count, "array \(name) of shape \(shape) cannot hold \(values.count) values")
    self.name = name
    self.shape = shape
    self.values = values
  }
}

/// The contents of a checkpoint: tensors, and everything else as text.
public struct CheckpointContents: Equatable, Sendable {
  /// The tensors in the order of the file.
  public var tensors: [NamedArray]
  /// The counters and settings of the trainer, by name.
  public var metadata: [String: String]

  /// Creates the contents of a checkpoint; the names of tensors must differ.
  public init(tensors: [NamedArray], metadata: [String: String] = [:]) {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of a checkpoint have one name")
    self.tensors = tensors
    self.metadata = metadata
  }
}
