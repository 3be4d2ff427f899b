public import RandomStreams

/// The tasks of `cheetah-dir`: run forward or backward, each half of the time.
///
/// Source: Finn, Abbeel, Levine, "Model-agnostic meta-learning" (2017), section 5.3.
public enum CheetahDirection: String, CaseIterable, Sendable {
  case forward
  case backward

  /// The sign of the rewarded speed.
  public var sign: Double {
    switch self {
    case .forward: 1
    case .backward: -1
    }
  }

  /// The task as the environment takes it.
  public var task: EnvironmentTask {
    EnvironmentTask(name: rawValue, parameters: [sign])
  }

  /// Draws a direction.
  public static func sample(from stream: inout RandomStream) -> CheetahDirection {
    stream.uniform() < 0.5 ? .forward : .backward
  }

  /// Both directions.
  public static var distribution: EnvironmentTasks {
    EnvironmentTasks(tasks: allCases.map(\.task)) { sample(from: &$0).task }
  }
}
