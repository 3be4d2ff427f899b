public import Parts

/// The parts that a run can be made of: the one table that listing, validation and suggestions read.
///
/// A user's program adds parts to the standard ones: `Catalog.standard.adding([.task(MyFamily())])`. Its runs are reliable
/// where `faults` is empty.
public struct Catalog: Sendable {
  /// The kinds of learning; a family is learned by the first that learns it.
  public private(set) var learning: [any Learning]
  /// The families of tasks in the order of the listing.
  public private(set) var tasks: [any TaskFamily]
  /// The parts that keys choose, by kind, in the order of the listing; the first algorithm is the default.
  private var parts: [PartKind: [any Part]]
  /// The values tuned for pairs of a task and an algorithm; later rows take precedence over earlier ones.
  private(set) var tunings: [Tuning]
  /// The settings of papers, in the order of the listing.
  public private(set) var presets: [Preset]

  /// An addition to a catalog. The modules that know the types of parts have typed additions, such as
  /// `.algorithm(MyAlgorithm())`.
  public enum Addition: Sendable {
    /// A family of tasks.
    case task(any TaskFamily)
    /// A part of a kind that a key chooses; a typed addition, where the kind has one, also checks the part's type.
    case part(any Part, PartKind)
    /// A kind of learning.
    case learning(any Learning)
    /// Values that are tuned for a pair of a task and an algorithm.
    case tuning(Tuning)
    /// The settings of a paper.
    case preset(Preset)
  }

  /// Creates a catalog of the additions alone.
  public init(_ additions: [Addition]) {
    (learning, tasks, parts, tunings, presets) = ([], [], [:], [], [])
    for addition in additions { add(addition) }
  }

  /// Returns the catalog with further additions.
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
    case .preset(let preset): presets.append(preset)
    }
  }

  /// The algorithms in the order of the listing.
  public var algorithms: [any Part] { parts(of: .algorithm) }

  /// Returns the parts of a kind, in the order of the listing.
  public func parts(of kind: PartKind) -> [any Part] { kind == .task ? tasks : parts[kind] ?? [] }

  /// All kinds of parts, in the order of the listing: tasks, algorithms, and the others in alphabetical order.
  public var listedKinds: [PartKind] { [.task, .algorithm] + kinds.filter { $0 != .algorithm } }

  /// The kinds of parts that keys choose, in alphabetical order.
  var kinds: [PartKind] { parts.keys.sorted { $0.name < $1.name } }

  /// Returns the family of a name.
  /// - Throws: `UserError` with the nearest name where there is no such family.
  func task(
    named name: String, prefix: String = "", status: UserError.Status = .usage
  ) throws(UserError) -> any TaskFamily {
    if let task = tasks.first(where: { $0.card.name == name }) { return task }
    throw .unknownName("task", name, known: tasks.map(\.card.name), prefix: prefix, status: status)
  }

  /// Returns the algorithm of a name.
  /// - Throws: `UserError` with the nearest name where there is no such algorithm.
  func algorithm(
    named name: String, prefix: String = "", status: UserError.Status = .usage
  ) throws(UserError) -> any Part {
    if let algorithm = algorithms.first(where: { $0.card.name == name }) { return algorithm }
    throw .unknownName("algorithm", name, known: algorithms.map(\.card.name), prefix: prefix, status: status)
  }

  /// Returns the preset of a name.
  /// - Throws: `UserError` with the nearest name where there is no such preset.
  public func preset(named name: String) throws(UserError) -> Preset {
    if let preset = presets.first(where: { $0.name == name }) { return preset }
    throw .unknownName("preset", name, known: presets.map(\.name), prefix: "preset: ")
  }

  /// Returns the kind of learning that learns the tasks of a family.
  public func learning(of family: any TaskFamily) -> any Learning {
    guard let sort = learning.first(where: { $0.learns(family) }) else {
      preconditionFailure("nothing in the catalog learns \(family.card.name)")
    }
    return sort
  }

  /// Returns the kind of learning that learns the tasks of a run.
  public func learning(of configuration: RunConfiguration) -> any Learning { learning(of: configuration.family) }
}
