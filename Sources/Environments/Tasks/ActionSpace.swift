import RandomStreams

/// The actions that an environment takes.
public enum ActionSpace: Hashable, Sendable {
  /// Vectors of real numbers, with one entry for each element, in order.
  case continuous([EnvironmentSpecification.Action])
  /// One of finitely many choices, whose names are in the order of their indices. An action is the index of its choice.
  case discrete([String])

  /// The number of elements of an action.
  public var actionSize: Int {
    switch self {
    case .continuous(let actions): actions.count
    case .discrete: 1
    }
  }

  /// A random action: each element is uniform over [-1, 1], times `scale`, or each choice is equally likely.
  func randomAction(from stream: inout RandomStream, scale: Float = 1) -> [Float] {
    switch self {
    case .continuous(let actions): actions.map { _ in scale * Float(stream.uniform(in: -1...1)) }
    case .discrete(let choices): [Float(stream.index(below: choices.count))]
    }
  }
}
