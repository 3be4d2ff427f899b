public import Parts

/// A family of tasks in an environment, which need not be a robot: its settings, its tasks, and the creation of
/// environments with these settings.
public protocol EnvironmentFamily: TaskFamily {
  /// The tasks of training and their distribution.
  var tasks: EnvironmentTasks { get }
  /// The tasks of the same distribution on which results are reported.
  var testTasks: EnvironmentTasks { get }
  /// The tasks of the same distribution by which a training chooses its best checkpoint.
  var validationTasks: EnvironmentTasks { get }
  /// Tasks outside of the distribution of training; nil where the family declares none.
  var tasksBeyond: EnvironmentTasks? { get }
  /// Whether the tasks on which results are reported are others than those of training: they are not where a family has
  /// finitely many tasks, to which evaluations adapt afresh.
  var hasNewTasks: Bool { get }
  /// Whether actions are choices among finitely many.
  var hasChoices: Bool { get }
  /// Whether episodes may end before the horizon.
  var endsEpisodes: Bool { get }
  /// What an evaluation's returns are compared with beside networks. Where one is `EnvironmentReference.oracle`, no network
  /// is trained for that line.
  var references: [EnvironmentReference] { get }
  /// The definitions of the environment and its tasks by its sources, the default one first.
  var conventions: [TaskConvention] { get }
  /// Returns what a picture calls a task: its name, with its goal where people could not tell that otherwise.
  func shownName(of task: EnvironmentTask) -> String
  /// Returns why numbers are not the parameters of a task, which a program may give in place of a task's name; nil where they
  /// are.
  func fault(ofParameters parameters: [Double]) -> String?
  /// Reads and checks once what environments are made of.
  /// - Throws: `UserError` where the settings do not make a valid environment.
  func environments() throws(UserError) -> EnvironmentMaker
}

extension EnvironmentFamily {
  /// False, which is the default: actions are vectors.
  public var hasChoices: Bool { false }
  /// False, which is the default: episodes are as long as the horizon.
  public var endsEpisodes: Bool { false }
  /// The tasks of training, which is the default: draws of them are new, or they are all that there are.
  public var testTasks: EnvironmentTasks { tasks }
  /// The tasks on which results are reported, which is the default: draws of them are others.
  public var validationTasks: EnvironmentTasks { testTasks }
  /// Whether tasks never run out, which is the default.
  public var hasNewTasks: Bool { tasks.tasks.isEmpty }
  /// None, which is the default.
  public var tasksBeyond: EnvironmentTasks? { nil }
  /// None, which is the default.
  public var references: [EnvironmentReference] { [] }
  /// None, which is the default.
  public var conventions: [TaskConvention] { [] }
  /// The name of the task, which is the default.
  public func shownName(of task: EnvironmentTask) -> String { task.name }
  /// Refuses all numbers, which is the default: an environment may rely on those of its own tasks.
  public func fault(ofParameters parameters: [Double]) -> String? { "expected a task by its name or its number" }
  /// The name of the measure: the return, which is the sum of an episode's rewards.
  public var measure: String { "return" }
  /// The number of tasks of an evaluation: enough to distinguish two means that differ by a tenth of the spread between
  /// episodes.
  public var evaluationTasks: Int { 20 }
  /// The groups of the tasks that can be counted, in their order.
  public var groups: [String] {
    tasks.tasks.map(\.group).withoutRepetitions
  }
}

/// A factory of environments of one kind, for any number of workers.
public struct EnvironmentMaker: Sendable {
  private let make: @Sendable (_ count: Int) throws(UserError) -> any BatchedEnvironment

  /// Creates a factory.
  /// - Parameter make: makes an environment of `count` rows.
  public init(_ make: @escaping @Sendable (_ count: Int) throws(UserError) -> any BatchedEnvironment) {
    self.make = make
  }

  /// Makes an environment of `count` rows.
  public func environment(count: Int) throws(UserError) -> any BatchedEnvironment { try make(count) }
}

/// The families of environments of this module.
public enum EnvironmentFamilies {
  /// All families, in the order in which they are listed.
  public static let all: [any EnvironmentFamily] = [
    CheetahDirectionFamily(), CheetahVelocityFamily(), RandomParametersFamily(.hopper), RandomParametersFamily(.walker),
    PointNavigationFamily(), BanditFamily(), TabularProcessFamily(), OwnRobotFamily(.direction), OwnRobotFamily(.speed),
  ]
}
