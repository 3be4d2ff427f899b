public import Parts

/// A family of tasks in an environment, which need not be a robot: what can be set, what tasks there are, and how to make
/// environments that are set so.
public protocol EnvironmentFamily: TaskFamily {
  /// The tasks, and how likely each is.
  var tasks: EnvironmentTasks { get }
  /// Reads and checks once what environments are made of.
  /// - Throws: `UserError` where the settings make no environment.
  func environments() throws(UserError) -> EnvironmentMaker
}

extension EnvironmentFamily {
  /// An episode is scored by the sum of its rewards.
  public var measure: String { "return" }
  /// As many as tell two means apart by a tenth of the spread between episodes.
  public var evaluationTasks: Int { 20 }
  /// The groups of the tasks that can be counted, in their order.
  public var groups: [String] {
    var seen = Set<String>()
    return tasks.tasks.map(\.group).filter { seen.insert($0).inserted }
  }
}

/// Makes environments of one kind, for any number of workers.
public struct EnvironmentMaker: Sendable {
  private let make: @Sendable (_ count: Int) throws(UserError) -> any BatchedEnvironment

  /// Creates a maker.
  /// - Parameter make: makes an environment of `count` rows.
  public init(_ make: @escaping @Sendable (_ count: Int) throws(UserError) -> any BatchedEnvironment) {
    self.make = make
  }

  /// Makes an environment of `count` rows.
  public func environment(count: Int) throws(UserError) -> any BatchedEnvironment { try make(count) }
}

/// The families of environments of this module.
public enum EnvironmentFamilies {
  /// In the order in which to list them.
  public static let all: [any EnvironmentFamily] = [CheetahDirectionFamily()]
}
