import Runs

/// In what runs of one algorithm on one task differ beside their seeds: those that differ in nothing are the seeds of one
/// experiment, and others are not to be averaged.
struct RunDifferences {
  /// The runs that are to be averaged: those whose experiment is the same.
  struct Experiment: Hashable {
    fileprivate let identity: RunIdentity
    /// The folder of a run of which nobody knows whether it belongs to others.
    fileprivate let loner: String?
  }

  /// The keys of the configuration that differ, in the order of the alphabet.
  let keys: [String]
  /// The families of runs, by task and algorithm, that were trained on more than one set of images, as far as is known.
  private let familiesOfManyImages: Set<String>

  private static let images = "images"

  init(_ runs: [RunCurves]) {
    let families = Dictionary(grouping: runs, by: Self.family)
    // Which images a run was trained on is known from its first checkpoint on. One that does not know yet is a seed of the
    // others where they have the same images, and may be of any where they do not.
    familiesOfManyImages = Set(
      families.filter { _, members in
        let known = Set(members.compactMap { $0.identity.values[Self.images] }).subtracting([RunIdentity.unknownData])
        return known.count > 1
      }.keys)
    var keys = Set<String>()
    for (family, members) in families {
      let values = members.map(\.identity.values)
      let ignored = familiesOfManyImages.contains(family) ? ["seed"] : ["seed", Self.images]
      for key in Set(values.flatMap(\.keys)).subtracting(ignored) where Set(values.map { $0[key] }).count > 1 {
        keys.insert(key)
      }
    }
    self.keys = keys.sorted()
  }

  private static func family(of run: RunCurves) -> String { "\(run.task)/\(run.algorithm)" }

  /// What the seeds of one experiment have in common.
  func experiment(of run: RunCurves) -> Experiment {
    guard familiesOfManyImages.contains(Self.family(of: run)) else {
      return Experiment(identity: run.identity.removing(["seed", Self.images]), loner: nil)
    }
    let isUnknown = run.identity.values[Self.images] == RunIdentity.unknownData
    return Experiment(identity: run.identity.removing(["seed"]), loner: isUnknown ? run.name : nil)
  }

  /// The keys that differ with their values, as a legend names them: `inner_rate=0.1`.
  func label(of run: RunCurves, among others: [RunCurves]) -> String? {
    let own = run.identity.values
    let parts = keys.filter { key in others.contains { $0.identity.values[key] != own[key] } }
      .map { key in
        let text = "\(key)=\(Self.text(key, own[key]))"
        return key == Self.images && own[key] == RunIdentity.unknownData ? "\(text) in \(run.name)" : text
      }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func text(_ key: String, _ value: String?) -> String {
    guard let value else { return "unused" }
    if value.isEmpty { return "standard" }
    // Contents are known by their hashes alone.
    return Fingerprint(value) != nil ? String(value.prefix(6)) : value
  }
}
