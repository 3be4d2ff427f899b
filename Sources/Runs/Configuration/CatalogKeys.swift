public import Parts

/// A key of the catalog, as `metarl list keys` describes it.
public struct ListedKey: Hashable, Sendable {
  /// The key that is listed.
  public let key: Key
  /// The default value of the key.
  public let value: SettingText
  /// The values that the key accepts, in a user's words.
  public let expectation: String
  /// The name of the part that declares the key.
  public let part: String
}

// The parts that have each key.
extension Catalog {
  /// Returns the keys of a run on a task by an algorithm, in the order of `config.yaml`.
  /// - Throws: `UserError` for an unknown name.
  public func keys(task: String, algorithm: String?) throws(UserError) -> [ListedKey] {
    let names = [("task", task)] + (algorithm.map { [("algorithm", $0)] } ?? [])
    let configuration = try RunConfiguration(
      resolving: names.map { ConfigurationSetting(key: $0, text: .scalar($1), origin: .flag("--\($0)")) },
      catalog: self)
    return configuration.allEntries.filter { $0.isUsed || $0.key.condition != nil }.map { entry in
      let names = entry.key.kind.map { parts(of: $0).map(\.card.name) }
      return ListedKey(
        key: entry.key, value: configuration.text(entry),
        expectation: names.map { "one of \($0.joined(separator: ", "))" } ?? entry.key.expectation,
        part: entry.owner.card.name)
    }
  }

  /// Returns the owners of a key, in a user's words: "algorithm=mlsr", "model=convolutional", "policies".
  func owners(of key: String) -> [String] {
    var owners: [String] = []
    for kind in kinds {
      let all = parts(of: kind)
      let (own, others) = (
        all.filter { Self.names(of: $0).contains(key) }, all.filter { !Self.names(of: $0).contains(key) }
      )
      // Where most parts have the key, the list names those that do not.
      if own.count > 4, own.count > 2 * others.count {
        let rest = others.map(\.card.name).joined(separator: ", ")
        owners.append("every \(keyChoosing(kind))" + (rest.isEmpty ? "" : " but \(rest)"))
      } else {
        owners += own.map { "\(keyChoosing(kind))=\($0.card.name)" }
      }
    }
    for sort in learning {
      let families = tasks.filter { learning(of: $0).name == sort.name }
      let own = families.filter { Self.names(of: $0).contains(key) }
      // Where every family of a kind has the key, or only the kind itself, the kind's name says so.
      if !own.isEmpty, own.count < families.count || families.count == 1 {
        owners += own.map { "task=\($0.card.name)" }
      } else if let family = families.first,
        !own.isEmpty
          || sort.slots(for: family, algorithm: algorithms[0]).contains(where: { slot in
            slot.kind == nil && Self.names(of: slot.part).contains(key)
          })
      {
        owners.append("\(sort.name), such as task=\(family.card.name)")
      }
    }
    return owners
  }

  /// Returns the settings that choose a part which has a key itself.
  func choices(withKey key: String) -> [ConfigurationSetting] {
    kinds.flatMap { kind in
      parts(of: kind).filter { Self.names(of: $0).contains(key) }.map { part in
        ConfigurationSetting(key: keyChoosing(kind), text: .scalar(part.card.name), origin: .set)
      }
    }
  }

  /// Returns the names of all keys of all parts.
  func allKeyNames(of configuration: RunConfiguration) -> Set<String> {
    var names = Set(configuration.allEntries.map(\.key.name))
    for kind in kinds { for part in parts(of: kind) { names.formUnion(Self.names(of: part)) } }
    for family in tasks {
      for slot in learning(of: family).slots(for: family, algorithm: algorithms[0]) {
        names.formUnion(Self.names(of: slot.part))
      }
    }
    return names
  }

  private static func names(of part: any Part) -> [String] { part.keys.map(\.name) }

  /// Returns the name of the key that chooses a part of a kind.
  private func keyChoosing(_ kind: PartKind) -> String {
    if kind == .algorithm { return RunConfiguration.algorithmKey.name }
    for family in tasks {
      for slot in learning(of: family).slots(for: family, algorithm: algorithms[0]) {
        if let key = slot.part.keys.first(where: { $0.kind == kind }) { return key.name }
      }
    }
    return kind.name
  }
}
