/// What sort of learning a task family asks for. Each has configuration keys of its own: a run's `config.yaml` holds what
/// the run depends on and nothing else, and a key of another kind is refused.
public enum TaskKind: CaseIterable, Sendable {
  /// A policy, from episodes in an environment.
  case policy
  /// A model of inputs and targets, from generated examples.
  case supervised
  /// A model of images, from classes of a data set.
  case images
}

extension ConfigurationKey {
  /// Every key of runs of one kind, in the order of `config.yaml`.
  public static func all(for kind: TaskKind) -> [ConfigurationKey] {
    switch kind {
    case .policy: policies
    case .supervised: supervised
    case .images: images
    }
  }

  /// The key of a name.
  static func named(_ name: String, for kind: TaskKind) -> ConfigurationKey? { byName[kind]?[name] }

  private static let byName = Dictionary(
    uniqueKeysWithValues: TaskKind.allCases.map { kind in
      (kind, Dictionary(uniqueKeysWithValues: all(for: kind).map { ($0.name, $0) }))
    })
}
