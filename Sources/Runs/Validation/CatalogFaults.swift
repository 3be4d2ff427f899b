public import Parts

extension Catalog {
  /// The faults of the catalog, in one line each: names and keys that two parts have or that no file can hold, and defaults
  /// and proposals that no run could accept. It is empty for the standard parts.
  ///
  /// A program reads it once, after it has added its parts: the faults of a catalog do not change afterwards.
  public var faults: [UserError] {
    var found = CatalogFaults(self)
    found.search()
    return found.lines.map { UserError($0, status: .internalFault) }
  }

  /// Returns the message for a key that two parts of a run declare.
  static func clash(of key: String, _ first: String, _ second: String) -> String {
    "key \(key): expected one part of a run to declare it, found \(first) and \(second)"
  }
}

/// The search for the faults of a catalog.
struct CatalogFaults {
  let catalog: Catalog
  /// The faults without repetitions, in the order in which parts are listed.
  private(set) var lines: [String] = []

  init(_ catalog: Catalog) { self.catalog = catalog }

  mutating func add(_ line: String) {
    if !lines.contains(line) { lines.append(line) }
  }

  mutating func search() {
    checkNames()
    guard checkLearning() else { return }
    let runs = PossibleRuns(catalog)
    checkParts(runs)
    checkClashes(runs)
    checkProposals(runs)
    for family in catalog.tasks {
      checkGroups(of: family)
      for algorithm in catalog.algorithms {
        catalog.learning(of: family).faults(of: family, algorithm: algorithm).forEach { add($0) }
      }
    }
  }
}

// Faults of the names of parts.
extension CatalogFaults {
  private mutating func checkNames() {
    for kind in [.task] + catalog.kinds {
      var known = Set<String>()
      for card in catalog.parts(of: kind).map(\.card) {
        if !card.name.isPartName {
          add(
            "\(kind.name): expected a name of lower-case letters, digits and hyphens that does not begin with a hyphen, "
              + "found '\(card.name)'")
        }
        if !known.insert(card.name).inserted {
          add(
            "\(kind.name) \(card.name): expected each name once, found two parts that have it; give yours another name")
        }
        if !card.summary.isOneLine {
          add("\(kind.name) \(card.name): expected a summary of one line, found '\(card.summary)'")
        }
      }
    }
    var known = Set<String>()
    for sort in catalog.learning where !known.insert(sort.name).inserted {
      add("\(sort.name): expected each name of a sort of learning once, found two sorts that have it")
    }
  }

  /// Returns whether every family has a kind of learning that has a place for it and for the algorithm.
  private mutating func checkLearning() -> Bool {
    guard !catalog.algorithms.isEmpty else {
      add("expected at least one algorithm, found none")
      return false
    }
    let count = lines.count
    for family in catalog.tasks {
      guard let sort = catalog.learning.first(where: { $0.learns(family) }) else {
        add(
          "task \(family.card.name): expected a family that \(catalog.learning.map(\.name).joined(separator: ", ")) are "
            + "learned from, found \(type(of: family)), which none of these learns")
        continue
      }
      for algorithm in catalog.algorithms {
        let slots = sort.slots(for: family, algorithm: algorithm)
        for kind in [PartKind.task, .algorithm] where slots.count(where: { $0.kind == kind }) != 1 {
          add(
            "\(sort.name): expected one place of the kind \(kind.name) among the parts of a run of \(family.card.name) by "
              + "\(algorithm.card.name), found another number")
        }
      }
    }
    return lines.count == count
  }

  private mutating func checkGroups(of family: any TaskFamily) {
    var known = Set<String>()
    for group in family.groups {
      if group.isEmpty || !group.utf8.allSatisfy({ $0.isNameByte || $0 == UInt8(ascii: "-") }) {
        add(
          "task \(family.card.name): expected groups named in lower-case letters, digits and hyphens, found '\(group)'")
      }
      if let taken = ScoreColumn(rawValue: group) {
        add(
          "task \(family.card.name): expected groups with names of their own, found '\(group)', which is a number of "
            + "evaluation.json beside \(ScoreColumn.allCases.filter { $0 != taken }.map(\.rawValue).joined(separator: ", "))"
        )
      }
      if !known.insert(group).inserted {
        add("task \(family.card.name): expected each group of tasks once, found '\(group)' twice")
      }
    }
  }
}

extension String {
  /// Whether the text can be the name of a part: `[a-z0-9][a-z0-9-]*`.
  fileprivate var isPartName: Bool {
    first != "-" && !isEmpty && utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "-") }
  }

  /// Whether the text can be the name of a key: `[a-z][a-z0-9_]*`.
  var isKeyName: Bool {
    guard let first = utf8.first else { return false }
    return first.isNameByte && !first.isDigit && utf8.allSatisfy { $0.isNameByte || $0 == UInt8(ascii: "_") }
  }

  /// Whether the text is not empty and has no line break.
  var isOneLine: Bool { !isEmpty && !contains(where: \.isNewline) }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isNameByte: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
}
