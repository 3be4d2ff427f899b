import Parts

/// A key of a part that a run may have, and the choices that bring the part.
struct PossibleKey {
  let key: Key
  /// The part that declares it, as it is at first.
  let owner: any Part
  /// The sort of the owner, where it has one.
  let kind: PartKind?
  /// The parts that must be chosen for the run to have it, each with the key that chooses it.
  let choices: [(key: String, part: String)]

  /// Whether one run can have both.
  func canMeet(_ other: PossibleKey) -> Bool {
    choices.allSatisfy { own in other.choices.allSatisfy { own.key != $0.key || own.part == $0.part } }
  }

  /// The owner as a line names it: "algorithm maml".
  var ownerName: String { (kind.map { "\($0.name) " } ?? "") + owner.card.name }
}

/// The keys of all runs that can be made of a catalog, whose families must all have a sort of learning.
struct PossibleRuns {
  /// The keys of the runs on a family by an algorithm.
  struct Pair {
    let family: any TaskFamily
    let algorithm: any Part
    let keys: [PossibleKey]
  }

  let catalog: Catalog
  private(set) var pairs: [Pair] = []

  init(_ catalog: Catalog) {
    self.catalog = catalog
    for family in catalog.tasks {
      let sort = catalog.learning(of: family)
      for algorithm in catalog.algorithms {
        let own = [RunConfiguration.taskKey, RunConfiguration.algorithmKey].map { key in
          PossibleKey(key: key, owner: RunSettings(), kind: nil, choices: [])
        }
        let keys = RunConfiguration.slots(of: sort, family, algorithm).flatMap { slot in
          self.keys(of: slot.part, kind: slot.kind, choices: [])
        }
        pairs.append(Pair(family: family, algorithm: algorithm, keys: own + keys))
      }
    }
  }

  /// The keys of a part and of all parts that it may choose.
  private func keys(of part: any Part, kind: PartKind?, choices: [(key: String, part: String)]) -> [PossibleKey] {
    part.keys.flatMap { key in
      let own = PossibleKey(key: key, owner: part, kind: kind, choices: choices)
      // A part that may choose its like is looked into once.
      guard let chosen = key.kind, !choices.contains(where: { $0.key == key.name }) else { return [own] }
      return [own]
        + catalog.parts(of: chosen).flatMap { candidate in
          keys(of: candidate, kind: chosen, choices: choices + [(key.name, candidate.card.name)])
        }
    }
  }

  /// All keys, by name, without those that a user chooses no value of by proposals: the task and the algorithm.
  func keys(where isWanted: (Pair) -> Bool = { _ in true }) -> [String: [PossibleKey]] {
    var found: [String: [PossibleKey]] = [:]
    var seen = Set<String>()
    for pair in pairs where isWanted(pair) {
      for key in pair.keys where !RunConfiguration.ownKeys.contains(key.key.name) {
        guard seen.insert("\(key.key.name) \(key.ownerName)").inserted else { continue }
        found[key.key.name, default: []].append(key)
      }
    }
    return found
  }

  /// Every part that a run may have, each once, with its sort, in the order of the listing.
  var parts: [(part: any Part, kind: PartKind?)] {
    var seen = Set<String>()
    func isNew(_ part: any Part, _ kind: PartKind?) -> Bool {
      seen.insert("\(kind?.name ?? "") \(type(of: part)) \(part.card.name)").inserted
    }
    let chosen = ([.task] + catalog.kinds).flatMap { kind in catalog.parts(of: kind).map { ($0, Optional(kind)) } }
    let others = pairs.flatMap { pair in
      RunConfiguration.slots(of: catalog.learning(of: pair.family), pair.family, pair.algorithm)
        .filter { $0.kind == nil }.map { ($0.part, PartKind?.none) }
    }
    return (chosen + others).filter(isNew)
  }
}
