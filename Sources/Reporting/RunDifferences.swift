import Runs

/// The differences between runs of one algorithm on one task besides their seeds: runs without a difference are the seeds
/// of one experiment, and others must not be averaged.
struct RunDifferences {
  /// The identity of an experiment, whose runs are averaged.
  struct Experiment: Hashable {
    fileprivate let identity: RunIdentity
    /// The folder of a run for which it is unknown whether it belongs with others.
    fileprivate let loner: String?
  }

  /// The keys of the configuration that differ, in alphabetical order.
  let keys: [String]
  /// The names of the data of which the runs of one family, by task and algorithm, used more than one known version.
  private let differingData: [String: Set<String>]

  init(_ runs: [ReportedRun]) {
    let families = Dictionary(grouping: runs, by: Self.family)
    // The data of a run are known from its first checkpoint on. A run without one is a seed of the others where they have
    // the same data, and may belong to any of them where they do not.
    let differingData = families.mapValues { members in
      Self.dataNames(of: members).filter { name in
        let known = Set(members.compactMap { $0.identity.values[name] }).subtracting([RunIdentity.unknownData])
        return known.count > 1
      }
    }
    var keys = Set<String>()
    for (family, members) in families {
      let values = members.map(\.identity.values)
      let equalData = Self.dataNames(of: members).subtracting(differingData[family] ?? [])
      for key in Set(values.flatMap(\.keys)).subtracting(equalData.union(["seed"]))
      where Set(values.map { $0[key] }).count > 1 {
        keys.insert(key)
      }
    }
    self.keys = keys.sorted()
    self.differingData = differingData
  }

  private static func family(of run: ReportedRun) -> String { "\(run.task)/\(run.algorithm)" }

  private static func dataNames(of runs: [ReportedRun]) -> Set<String> {
    runs.reduce(into: []) { $0.formUnion($1.identity.dataNames) }
  }

  /// Returns the experiment of a run, which all its seeds share.
  func experiment(of run: ReportedRun) -> Experiment {
    let differing = differingData[Self.family(of: run)] ?? []
    let ignored = ["seed"] + run.identity.dataNames.subtracting(differing)
    return Experiment(
      identity: run.identity.removing(ignored), loner: differing.contains(where: run.isUnknown) ? run.name : nil)
  }

  /// Returns the keys that differ with their values, as a legend names them: `inner_rate=0.1`.
  func label(of run: ReportedRun, among others: [ReportedRun]) -> String? {
    let own = run.identity.values
    let parts = keys.filter { key in others.contains { $0.identity.values[key] != own[key] } }
      .map { key in
        let text = "\(key)=\(Self.text(key, own[key]))"
        return run.isUnknown(key) ? "\(text) in \(run.name)" : text
      }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func text(_ key: String, _ value: String?) -> String {
    guard let value else { return "unused" }
    if value.isEmpty { return "standard" }
    // File contents are known only by their hashes.
    return Fingerprint(value) != nil ? String(value.prefix(6)) : value
  }
}

extension ReportedRun {
  /// Returns whether a name identifies data that are not yet known.
  fileprivate func isUnknown(_ name: String) -> Bool {
    identity.dataNames.contains(name) && identity.values[name] == RunIdentity.unknownData
  }
}
