public import RandomStreams

/// A task of `cheetah-dir`: to run forward or backward, with equal probability.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public enum CheetahDirection: String, CaseIterable, Sendable {
  case forward
  case backward

  /// The sign of the rewarded velocity.
  public var sign: Double {
    switch self {
    case .forward: 1
    case .backward: -1
    }
  }

  /// The task in the form that the environment takes.
  public var task: EnvironmentTask {
    EnvironmentTask(name: rawValue, parameters: [sign])
  }

  /// Draws a direction.
  public static func sample(from stream: inout RandomStream) -> CheetahDirection {
    stream.uniform() < 0.5 ? .forward : .backward
  }

  /// The distribution over both directions.
  public static var distribution: EnvironmentTasks {
    EnvironmentTasks(tasks: allCases.map(\.task)) { sample(from: &$0).task }
  }
}
