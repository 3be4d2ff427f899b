/// What a run iterates: one implementation for policies, another for supervised tasks.
///
/// A trainer draws its random numbers by (seed, purpose, iteration, ...), so that what an iteration does follows from
/// its number and from the checkpoint before it.
public protocol MetaTrainer {
  /// Runs one meta-iteration and returns its row of `metrics.csv`. The first iteration is 1.
  mutating func iterate(_ iteration: Int) throws -> MetricsRow

  /// All that the rest of the run depends on.
  var checkpoint: CheckpointContents { get }

  /// Goes back to a checkpoint of a trainer of the same configuration.
  ///
  /// The names and shapes of its tensors have been compared with those of `checkpoint`.
  /// - Throws: `UserError` where the metadata is not what this trainer wrote.
  mutating func restore(_ checkpoint: CheckpointContents) throws

  /// What the user should know of the data, in a line each.
  var warnings: [String] { get }

  /// The columns of rows that the user should know of where they are large.
  var watches: [MetricWatch] { get }
}

extension MetaTrainer {
  /// None: what is generated is as it should be.
  public var warnings: [String] { [] }

  /// None: a loss that is large is no fault by itself.
  public var watches: [MetricWatch] { [] }
}

/// A column whose large values say that a result is not what it is taken for.
public struct MetricWatch: Sendable {
  /// Its name; rows may be without it.
  public var column: String
  /// The largest value that is as it should be.
  public var bound: Double
  /// What a larger one means, and what to do.
  public var meaning: String

  /// Creates a watch.
  public init(column: String, bound: Double, meaning: String) {
    self.column = column
    self.bound = bound
    self.meaning = meaning
  }

  /// Whether a row's value is large, or no number.
  package func isExceeded(by row: MetricsRow) -> Bool { row[column].map { !($0 <= bound) } ?? false }
}

/// The numbers of one meta-iteration, in the order of their columns.
public struct MetricsRow: Equatable, Sendable {
  /// Environment steps that this iteration took (the file's column is their sum since the start); 0 in every iteration of
  /// a trainer that has no environment.
  public var environmentSteps: Int
  /// Column names and values, the same names in every iteration.
  public var values: [(name: String, value: Double)]

  /// Creates a row.
  public init(environmentSteps: Int, _ values: [(name: String, value: Double)]) {
    self.environmentSteps = environmentSteps
    self.values = values
  }

  /// The value of a column.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  /// Equal names, values and order.
  public static func == (left: MetricsRow, right: MetricsRow) -> Bool {
    left.environmentSteps == right.environmentSteps && left.values.elementsEqual(right.values, by: ==)
  }
}

/// A named array of numbers, as a checkpoint stores it.
public struct NamedArray: Equatable, Sendable {
  /// Unique in a checkpoint.
  public var name: String
  /// Sizes of the axes, the last one contiguous. Empty for a scalar.
  public var shape: [Int]
  /// As many as the product of `shape`.
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
  /// In the order of the file.
  public var tensors: [NamedArray]
  /// Counters and settings by name.
  public var metadata: [String: String]

  /// Creates contents; names of tensors must differ.
  public init(tensors: [NamedArray], metadata: [String: String] = [:]) {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "two tensors of a checkpoint have one name")
    self.tensors = tensors
    self.metadata = metadata
  }
}
