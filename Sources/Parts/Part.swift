/// A value with settings: a part of a run, or what several parts have in common, such as a way to recover a sparse layer.
public protocol Configurable: Sendable {
  /// What can be set, in the order in which to list it.
  static var settings: [Setting<Self>] { get }
}

extension Configurable {
  /// The value has nothing to set.
  public static var settings: [Setting<Self>] { [] }
}

/// Something that a run is made of, such as an algorithm, a task family, a model or an optimizer.
///
/// A part is a value whose stored properties are its settings. It declares each of them once, in `settings`, where it is
/// defined; the keys of a run's `config.yaml` are the union of the settings of the parts that were chosen.
public protocol Part: Configurable {
  /// The name, the summary and the source of the part.
  var card: Card { get }
  /// Values that the part proposes for keys of its run, by key: for those of other parts, and for its own where a task
  /// family's proposals are not meant for it.
  ///
  /// What a user gives stands above all proposals, and what is tuned for the pair of the task and the algorithm next. Then
  /// come the parts that keys choose, such as the model and the outer optimizer, in the order of `config.yaml`; then the
  /// algorithm; then the task family; and last the parts that every run of a sort of learning has.
  var defaults: [String: SettingText] { get }
}

extension Part {
  /// The part proposes nothing.
  public var defaults: [String: SettingText] { [:] }
}

/// A sort of part of which a run has one, chosen by name, such as its algorithm.
public struct PartKind: Hashable, Sendable {
  /// The sort in a user's words: "algorithm".
  public let name: String
  /// What a listing of such parts is asked for by, in a word: "algorithms".
  public let plural: String

  /// Creates a kind of part.
  /// - Parameters:
  ///   - name: what one part of the kind is called.
  ///   - plural: what several are called; the name and an s where nil.
  public init(_ name: String, plural: String? = nil) {
    (self.name, self.plural) = (name, plural ?? name + "s")
  }

  /// Families of tasks.
  public static let task = PartKind("task")
  /// Meta-learning algorithms.
  public static let algorithm = PartKind("algorithm")
  /// Optimizers of meta-parameters.
  public static let outerOptimizer = PartKind("outer optimizer", plural: "optimizers")
}

/// A family of tasks: what is learned, how it is measured, and how its results are grouped.
public protocol TaskFamily: Part {
  /// What a score is: "return", "loss" or "accuracy".
  var measure: String { get }
  /// How many held-out tasks an evaluation takes, of each task where tasks can be counted, where no number is given.
  var evaluationTasks: Int { get }
  /// The names of the groups of tasks that reports tell apart, such as directions, in the order of their columns; none where
  /// there are no groups. Where there are, every task is of one of them.
  var groups: [String] { get }
  /// What identifies data of the family that are no settings, such as the images of a data set, by a name for it; a run is
  /// bound to data with these bytes.
  /// - Throws: `UserError` where the data are not as they should be.
  func dataIdentity() throws(UserError) -> [String: [UInt8]]
  /// The names of what `dataIdentity` gives, without looking at the data.
  var dataIdentityNames: [String] { get }
}

extension TaskFamily {
  /// Tasks are not told apart.
  public var groups: [String] { [] }
  /// The tasks are generated.
  public func dataIdentity() throws(UserError) -> [String: [UInt8]] { [:] }
  /// The tasks are generated.
  public var dataIdentityNames: [String] { [] }
}
