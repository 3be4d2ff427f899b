public import Parts

/// A family of tasks in an environment, which need not be a robot: its settings, its tasks, and the creation of
/// environments with these settings.
public protocol EnvironmentFamily: TaskFamily {
  /// The tasks and their distribution.
  var tasks: EnvironmentTasks { get }
  /// Reads and checks once what environments are made of.
  /// - Throws: `UserError` where the settings do not make a valid environment.
  func environments() throws(UserError) -> EnvironmentMaker
}

extension EnvironmentFamily {
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
  public static let all: [any EnvironmentFamily] = [CheetahDirectionFamily()]
}
