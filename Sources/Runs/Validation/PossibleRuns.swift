import Parts

/// A key of a part that a run may have, and the choices that bring the part.
struct PossibleKey {
  let key: Key
  /// The part that declares the key, with its initial values.
  let owner: any Part
  /// The kind of the owner, where it has one.
  let kind: PartKind?
  /// The parts that must be chosen for a run to have the key, each with the key that chooses it.
  let choices: [(key: String, part: String)]

  /// Returns whether one run can have both keys.
  func canMeet(_ other: PossibleKey) -> Bool {
    choices.allSatisfy { own in other.choices.allSatisfy { own.key != $0.key || own.part == $0.part } }
  }

  /// The name of the owner in a message: "algorithm maml".
  var ownerName: String { (kind.map { "\($0.name) " } ?? "") + owner.card.name }
}

/// The keys of all runs that can be made of a catalog, whose families must all have a kind of learning.
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

  /// Returns the keys of a part and of all parts that it may choose.
  private func keys(of part: any Part, kind: PartKind?, choices: [(key: String, part: String)]) -> [PossibleKey] {
    part.keys.flatMap { key in
      let own = PossibleKey(key: key, owner: part, kind: kind, choices: choices)
      // A part that may choose a part of its own kind is followed only once.
      guard let chosen = key.kind, !choices.contains(where: { $0.key == key.name }) else { return [own] }
      return [own]
        + catalog.parts(of: chosen).flatMap { candidate in
          keys(of: candidate, kind: chosen, choices: choices + [(key.name, candidate.card.name)])
        }
    }
  }

  /// Returns all keys by name, except the task and the algorithm, for which no proposal can choose a value.
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

  /// Every part that a run may have, without repetitions, with its kind, in the order of the listing.
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
