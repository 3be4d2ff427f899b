import Parts

// Faults of single parts, and of parts that one run can have.
extension CatalogFaults {
  mutating func checkParts(_ runs: PossibleRuns) {
    for (part, kind) in runs.parts {
      let name = (kind.map { "\($0.name) " } ?? "") + part.card.name
      var known = Set<String>()
      for key in part.keys {
        if !known.insert(key.name).inserted { add("\(name): expected each key once, found \(key.name) twice") }
        if !key.name.isKeyName {
          add(
            "\(name): expected keys of lower-case letters, digits and underscores that begin with a letter, "
              + "found '\(key.name)'")
        }
        if !key.comment.isOneLine {
          add("\(name): expected a comment of one line for the key \(key.name), found '\(key.comment)'")
        }
        if let unit = key.unit, !unit.isOneLine {
          add("\(name): expected a unit of one line for the key \(key.name), found '\(unit)'")
        }
        if key.path?.isOfFile == true, RunFolder.ownFileStems.contains(key.name) {
          add(
            "\(name): expected another name for the key \(key.name) of a file, whose copy in the folder of a run has the "
              + "name of the key, as has a file of the run")
        }
        if key.isCondition, EvaluationEntry(rawValue: key.name) != nil {
          add(
            "\(name): expected another name for the condition \(key.name), which evaluation.json has an entry of its own for"
          )
        }
        checkDefault(of: key, in: part, name)
      }
    }
  }

  private mutating func checkDefault(of key: Key, in part: any Part, _ name: String) {
    guard let kind = key.kind else {
      guard let text = part.text(of: key.name) else { return }
      var copy = part
      if !copy.assign(key.name, text) {
        add("\(name): expected \(key.expectation) as the default of \(key.name), found '\(text.description)'")
      }
      return
    }
    let known = catalog.parts(of: kind)
    guard let chosen = part.chosenPart(key.name) else {
      return add("\(name): expected the key \(key.name) to hold a part of the kind \(kind.name), found another value")
    }
    if !known.contains(where: { $0.card.name == chosen.card.name }) {
      add(
        "\(name): expected a registered part of the kind \(kind.name) as the default of \(key.name), "
          + "found '\(chosen.card.name)'")
    }
    for candidate in known {
      var copy = part
      if !copy.choose(key.name, candidate) {
        add(
          "\(kind.name) \(candidate.card.name): expected a part that the key \(key.name) of \(name) can hold, found "
            + "\(type(of: candidate)), which has another type")
      }
    }
  }

  /// Finds keys that two parts declare which one run can have.
  mutating func checkClashes(_ runs: PossibleRuns) {
    for pair in runs.pairs {
      var known: [String: [PossibleKey]] = [:]
      for key in pair.keys {
        for other in known[key.key.name] ?? [] where other.canMeet(key) {
          // A key that one part declares twice is reported for that part.
          guard other.ownerName != key.ownerName || !other.choices.elementsEqual(key.choices, by: ==) else { continue }
          add("\(Catalog.clash(of: key.key.name, other.ownerName, key.ownerName)); give yours another name")
        }
        known[key.key.name, default: []].append(key)
      }
    }
  }
}

// Faults of the values that parts propose.
extension CatalogFaults {
  mutating func checkProposals(_ runs: PossibleRuns) {
    let all = runs.keys()
    for (part, kind) in runs.parts where !part.defaults.isEmpty {
      let keys = kind == .task ? runs.keys { $0.family.card.name == part.card.name } : all
      check(part.defaults, "\((kind.map { "\($0.name) " } ?? "") + part.card.name), defaults: ", keys)
    }
    let (tasks, algorithms) = (catalog.tasks.map(\.card.name), catalog.algorithms.map(\.card.name))
    for preset in catalog.presets {
      let place = "preset \(preset.name): "
      for algorithm in preset.algorithms where !algorithms.contains(algorithm) {
        add(UserError.unknownName("algorithm", algorithm, known: algorithms, prefix: place).message)
      }
      let own = runs.keys { pair in
        .scalar(pair.family.card.name) == preset.values["task"] && preset.algorithms.contains(pair.algorithm.card.name)
      }
      check(preset.values.filter { $0.key != "task" }, place, own.isEmpty ? all : own)
    }
    for tuning in catalog.tunings {
      let place = "tuning of \(tuning.algorithm ?? "every algorithm") on \(tuning.tasks.joined(separator: ", ")): "
      let known = tasks + catalog.learning.map(\.name)
      for task in tuning.tasks where !known.contains(task) {
        add(UserError.unknownName("task", task, known: known, prefix: place).message)
      }
      if let algorithm = tuning.algorithm, !algorithms.contains(algorithm) {
        add(UserError.unknownName("algorithm", algorithm, known: algorithms, prefix: place).message)
      }
      let own = runs.keys { pair in
        tuning.isMeant(
          for: pair.family.card.name, by: pair.algorithm.card.name, learning: catalog.learning(of: pair.family).name)
      }
      // A row that applies to no run has already been reported.
      check(tuning.condition, place, own.isEmpty ? all : own)
      check(tuning.values, place, own.isEmpty ? all : own)
    }
  }

  /// Checks that some part has each key and accepts its value.
  private mutating func check(_ values: [String: SettingText], _ place: String, _ keys: [String: [PossibleKey]]) {
    for (name, text) in values.sorted(by: { $0.key < $1.key }) {
      guard let owners = keys[name] else {
        add(UserError.unknownName("key", name, known: keys.keys.sorted(), prefix: place).message)
        continue
      }
      if !owners.contains(where: { $0.takes(text, catalog) }), let key = owners.first?.key {
        let names = key.kind.map { "one of \(catalog.parts(of: $0).map(\.card.name).joined(separator: ", "))" }
        add("\(place)\(name): expected \(names ?? key.expectation), found '\(text.description)'")
      }
    }
  }
}

extension PossibleKey {
  /// Returns whether the owner accepts a value.
  fileprivate func takes(_ text: SettingText, _ catalog: Catalog) -> Bool {
    if let kind = key.kind { return catalog.parts(of: kind).contains { .scalar($0.card.name) == text } }
    var copy = owner
    return copy.assign(key.name, text)
  }
}
