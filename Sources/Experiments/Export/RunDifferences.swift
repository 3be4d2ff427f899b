/// In what runs of one algorithm on one task differ beside their seeds: those that differ in nothing are the seeds of one
/// experiment, and others are not to be averaged.
struct RunDifferences {
  /// The keys of the configuration that differ, in the order of the alphabet.
  let keys: [String]
  private let ignored: [String]

  init(_ runs: [RunCurves]) {
    // Which images a run was trained on is known from its first checkpoint on.
    let knowsImages = !runs.contains { $0.identity.values["images"] == RunIdentity.unknownImages }
    ignored = ["seed"] + (knowsImages ? [] : ["images"])
    var keys = Set<String>()
    for members in Dictionary(grouping: runs, by: { "\($0.task)/\($0.algorithm)" }).values {
      let values = members.map(\.identity.values)
      for key in Set(values.flatMap(\.keys)) where Set(values.map { $0[key] }).count > 1 { keys.insert(key) }
    }
    self.keys = keys.subtracting(ignored).sorted()
  }

  /// What the seeds of one experiment have in common.
  func experiment(of run: RunCurves) -> RunIdentity { run.identity.removing(ignored) }

  /// The keys that differ with their values, as a legend names them: `inner_rate=0.1`.
  func label(of run: RunCurves, among others: [RunCurves]) -> String? {
    let own = run.identity.values
    let parts = keys.filter { key in others.contains { $0.identity.values[key] != own[key] } }
      .map { "\($0)=\(Self.text($0, own[$0]))" }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func text(_ key: String, _ value: String?) -> String {
    guard let value else { return "unused" }
    if value.isEmpty { return "standard" }
    // Contents are known by their hashes alone.
    return Fingerprint(value) != nil ? String(value.prefix(6)) : value
  }
}
