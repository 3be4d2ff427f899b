/// A value with settings: a part of a run, or a value that several parts share, such as a way to recover a sparse layer.
public protocol Configurable: Sendable {
  /// The settings of the value, in the order in which to list them.
  static var settings: [Setting<Self>] { get }
}

extension Configurable {
  /// No settings, which is the default.
  public static var settings: [Setting<Self>] { [] }
}

/// A component of a run, such as an algorithm, a task family, a model or an optimizer.
///
/// A part is a value whose stored properties are its settings. It declares each of them once, in `settings`, where it is
/// defined; the keys of a run's `config.yaml` are the union of the settings of the parts that were chosen.
public protocol Part: Configurable {
  /// The name, the summary and the source of the part.
  var card: Card { get }
  /// Values that the part proposes for keys of its run, by key: for keys of other parts, and for its own keys where a
  /// task family's proposals shall not override them.
  ///
  /// A user's values take precedence over all proposals, followed by the values tuned for the pair of the task and the
  /// algorithm. The proposals follow in this order: those of the parts that keys choose, such as the model and the outer
  /// optimizer, in the order of `config.yaml`; those of the algorithm; those of the task family; and those of the parts
  /// that every run of a kind of learning has.
  var defaults: [String: SettingText] { get }
}

extension Part {
  /// No proposals, which is the default.
  public var defaults: [String: SettingText] { [:] }
}

/// A kind of part of which a run has one, chosen by name, such as its algorithm.
public struct PartKind: Hashable, Sendable {
  /// The name of the kind in a user's words: "algorithm".
  public let name: String
  /// The word with which a user asks for a listing of the parts of the kind: "algorithms".
  public let plural: String

  /// Creates a kind of part.
  /// - Parameters:
  ///   - name: the name of one part of the kind.
  ///   - plural: the name of several parts of the kind; `name` with an s where nil.
  public init(_ name: String, plural: String? = nil) {
    (self.name, self.plural) = (name, plural ?? name + "s")
  }

  /// The kind of part that is a family of tasks.
  public static let task = PartKind("task")
  /// The kind of part that is a meta-learning algorithm.
  public static let algorithm = PartKind("algorithm")
  /// The kind of part that is an optimizer of meta-parameters.
  public static let outerOptimizer = PartKind("outer optimizer", plural: "optimizers")
}

/// A family of tasks: what is learned, how it is measured, and how its results are grouped.
public protocol TaskFamily: Part {
  /// The quantity that a score measures: "return", "loss" or "accuracy".
  var measure: String { get }
  /// The number of held-out tasks of an evaluation for which no number is given; for a family of countable tasks, the
  /// number for each task.
  var evaluationTasks: Int { get }
  /// The names of the groups of tasks that reports distinguish, such as directions, in the order of their columns; empty
  /// where there are no groups. Where there are groups, every task belongs to one of them.
  var groups: [String] { get }
  /// What a person should know at the start of a run, each as one line, such as which of several engines was chosen.
  /// - Throws: `UserError` where the settings are invalid.
  func remarks() throws(UserError) -> [String]
  /// The bytes that identify data of the family that are no settings, such as the images of a data set, by the name of
  /// the data; a run is bound to data with these bytes.
  /// - Throws: `UserError` where the data are missing or invalid.
  func dataIdentity() throws(UserError) -> [String: [UInt8]]
  /// The names of the data that `dataIdentity` identifies, which are known without reading the data.
  var dataIdentityNames: [String] { get }
}

extension TaskFamily {
  /// No groups of tasks, which is the default.
  public var groups: [String] { [] }
  /// No remarks, which is the default.
  public func remarks() throws(UserError) -> [String] { [] }
  /// No data, which is the default: the tasks are generated.
  public func dataIdentity() throws(UserError) -> [String: [UInt8]] { [:] }
  /// No names of data, which is the default: the tasks are generated.
  public var dataIdentityNames: [String] { [] }
}
