public import Parts

/// The runs of a sweep: every combination of the values of some keys, and of these for every seed.
public struct SweepPlan: Sendable {
  /// A key that has several values.
  public struct Axis: Equatable, Sendable {
    /// The key.
    public let key: String
    /// The values, as `--set` takes them.
    public let values: [String]

    /// The assignments of the values, as `--set` takes them.
    fileprivate var assignments: [String] { values.map { "\(key)=\($0)" } }
  }

  /// A run of the sweep.
  public struct Run: Equatable, Sendable {
    /// The name of the run's folder, which says what differs: `inner_rate=0.3-seed2`.
    public let name: String
    /// The name without the seed, which runs of other seeds share; empty where nothing else differs.
    public let combination: String
    /// The values of the axes, as `--set` takes them: `inner_rate=0.3`.
    public let assignments: [String]
    /// The seed.
    public let seed: Int
  }

  /// The keys that have several values.
  public let axes: [Axis]
  /// The keys that have one value, which all runs share.
  private let shared: [Axis]
  /// The assignments of one value, which all runs share.
  public var fixed: [String] { shared.flatMap(\.assignments) }
  /// The runs, seed after seed of one combination of values.
  public let runs: [Run]

  /// The largest number of runs.
  private static let most = 10_000

  /// Plans the runs of assignments `key=value` or `key=value,value,...`; a comma in brackets belongs to a value.
  /// - Throws: `UserError` where an assignment has no value, a key or a value comes twice, or two runs would have one
  ///   folder.
  public init(assignments: [String], seeds: [Int]) throws(UserError) {
    var (axes, shared): ([Axis], [Axis]) = ([], [])
    for assignment in assignments {
      let axis = try Self.axis(assignment)
      guard axis.values.count > 1 else {
        if let earlier = shared.first(where: { $0.key == axis.key }) {
          throw UserError(
            "--set \(earlier.assignments[0]) and --set \(assignment): expected one assignment of \(axis.key), found two; values "
              + "between commas are runs of their own", status: .usage)
        }
        shared.append(axis)
        continue
      }
      guard !axes.contains(where: { $0.key == axis.key }) else {
        throw UserError(
          "--set \(assignment): expected several values of \(axis.key) once, found them twice", status: .usage)
      }
      axes.append(axis)
    }
    if let axis = axes.first(where: { axis in shared.contains { $0.key == axis.key } }) {
      throw UserError("--set \(axis.key): expected one assignment, found one value beside several", status: .usage)
    }
    (self.axes, self.shared) = (axes, shared)
    runs = try Self.runs(axes, seeds)
  }

  /// Returns whether an assignment gives a key one value, which all runs share.
  public func fixes(_ key: String) -> Bool { shared.contains { $0.key == key } }

  private static func axis(_ assignment: String) throws(UserError) -> Axis {
    guard let equals = assignment.firstIndex(of: "="), equals > assignment.startIndex else {
      throw UserError("--set \(assignment): expected key=value or key=value,value,...", status: .usage)
    }
    let values = self.values(in: assignment[assignment.index(after: equals)...])
    for (index, value) in values.enumerated() where values.count > 1 {
      guard !value.isEmpty else {
        throw UserError("--set \(assignment): expected values between the commas, found an empty one", status: .usage)
      }
      guard !values[..<index].contains(value) else {
        throw UserError("--set \(assignment): expected different values, found \(value) twice", status: .usage)
      }
    }
    return Axis(key: ConfigurationSetting.presentName(String(assignment[..<equals])), values: values)
  }

  /// Returns the texts between commas that are in no brackets.
  private static func values(in text: Substring) -> [String] {
    var (values, depth) = ([""], 0)
    for character in text {
      if character == "[" { depth += 1 }
      if character == "]" { depth -= 1 }
      if character == ",", depth == 0 {
        values.append("")
      } else {
        values[values.count - 1].append(character)
      }
    }
    return values
  }

  private static func runs(_ axes: [Axis], _ seeds: [Int]) throws(UserError) -> [Run] {
    var combinations: [[String]] = [[]]
    for axis in axes {
      combinations = combinations.flatMap { combination in axis.assignments.map { combination + [$0] } }
      guard combinations.count * seeds.count <= most else {
        throw UserError(
          "a sweep has at most \(most) runs, found \(combinations.count * seeds.count) and more", status: .usage)
      }
    }
    var runs: [Run] = []
    var names: Set<String> = []
    for assignments in combinations {
      let combination = assignments.map(folderName).joined(separator: "-")
      for seed in seeds {
        let name = combination + (combination.isEmpty ? "" : "-") + "seed\(seed)"
        guard names.insert(name).inserted else {
          throw UserError(
            "two runs of the sweep would have one folder, \(name): expected values of other names", status: .usage)
        }
        runs.append(Run(name: name, combination: combination, assignments: assignments, seed: seed))
      }
    }
    return runs
  }

  /// Returns an assignment as a part of a name that no shell takes for a pattern: `hidden_sizes=64+64` for a list, and the
  /// name of a file for its path.
  private static func folderName(_ assignment: String) -> String {
    let parts = assignment.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let value = (parts.last ?? "").split(separator: "/").last ?? ""
    let plain = value.compactMap { character -> Character? in
      switch character {
      case "[", "]", " ": nil
      case ",": "+"
      default:
        character.isASCII && (character.isLetter || character.isNumber || "._+-".contains(character)) ? character : "_"
      }
    }
    return "\(parts.first ?? "")=\(String(plain))"
  }
}
