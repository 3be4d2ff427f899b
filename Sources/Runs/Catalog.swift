public import Parts

/// Everything that a run can be made of: the one table that listing, validation and suggestions read.
///
/// A program of one's own adds parts to the standard ones: `Catalog.standard.adding([.task(MyFamily())])`. Runs can be
/// relied on where `faults` is empty.
public struct Catalog: Sendable {
  /// The sorts of learning; the first that learns a family is taken.
  public private(set) var learning: [any Learning]
  /// In the order of the listing.
  public private(set) var tasks: [any TaskFamily]
  /// The parts that keys choose, by kind, in the order of the listing; a run without a name takes the first algorithm.
  private var parts: [PartKind: [any Part]]
  /// What is tuned for pairs of a task and an algorithm; the later rows stand above the earlier ones.
  private(set) var tunings: [Tuning]

  /// What can be added to a catalog. The modules that know the types of parts have typed additions, such as
  /// `.algorithm(MyAlgorithm())`.
  public enum Addition: Sendable {
    /// A family of tasks.
    case task(any TaskFamily)
    /// A part of a kind that a key chooses; for those that have a typed addition, that one refuses a wrong part at once.
    case part(any Part, PartKind)
    /// A sort of learning.
    case learning(any Learning)
    /// Values that are tuned for a pair of a task and an algorithm.
    case tuning(Tuning)
  }

  /// Creates a catalog of these alone.
  public init(_ additions: [Addition]) {
    (learning, tasks, parts, tunings) = ([], [], [:], [])
    for addition in additions { add(addition) }
  }

  /// The catalog with more.
  public func adding(_ additions: [Addition]) -> Catalog {
    var catalog = self
    for addition in additions { catalog.add(addition) }
    return catalog
  }

  private mutating func add(_ addition: Addition) {
    switch addition {
    case .task(let family): tasks.append(family)
    case .part(let part, let kind): parts[kind, default: []].append(part)
    case .learning(let sort): learning.append(sort)
    case .tuning(let tuning): tunings.append(tuning)
    }
  }

  /// In the order of the listing.
  public var algorithms: [any Part] { parts(of: .algorithm) }

  /// The parts of a kind, in the order of the listing.
  public func parts(of kind: PartKind) -> [any Part] { kind == .task ? tasks : parts[kind] ?? [] }

  /// All kinds of parts, in the order of the listing: tasks, algorithms, and the others in the order of the alphabet.
  public var listedKinds: [PartKind] { [.task, .algorithm] + kinds.filter { $0 != .algorithm } }

  /// The kinds of parts that keys choose, in the order of the alphabet.
  var kinds: [PartKind] { parts.keys.sorted { $0.name < $1.name } }

  /// The family of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  func task(
    named name: String, prefix: String = "", status: UserError.Status = .usage
  ) throws(UserError) -> any TaskFamily {
    if let task = tasks.first(where: { $0.card.name == name }) { return task }
    throw .unknownName("task", name, known: tasks.map(\.card.name), prefix: prefix, status: status)
  }

  /// The algorithm of a name.
  /// - Throws: `UserError` with the nearest name where there is none.
  func algorithm(
    named name: String, prefix: String = "", status: UserError.Status = .usage
  ) throws(UserError) -> any Part {
    if let algorithm = algorithms.first(where: { $0.card.name == name }) { return algorithm }
    throw .unknownName("algorithm", name, known: algorithms.map(\.card.name), prefix: prefix, status: status)
  }

  /// How tasks of a family are learned.
  public func learning(of family: any TaskFamily) -> any Learning {
    guard let sort = learning.first(where: { $0.learns(family) }) else {
      preconditionFailure("nothing in the catalog learns \(family.card.name)")
    }
    return sort
  }

  /// How the tasks of a run are learned.
  public func learning(of configuration: RunConfiguration) -> any Learning { learning(of: configuration.family) }
}
