import Files

/// The links of an archive: further names of its files, either directly or through another name of their folder.
struct ArchiveLinks {
  private var files: Set<EntryName> = []
  private var links: [(name: EntryName, target: EntryName?)] = []
  /// The indices in `links` of the names that are still links.
  private var places: [EntryName: Int] = [:]

  /// The largest depth of linked folders inside each other: a link to a folder that contains it gives endless names.
  private static let greatestDepth = 8

  /// Adds an entry.
  mutating func add(_ entry: ArchiveReader.Entry) {
    switch entry {
    // A name may begin with "./", which a link to it leaves out.
    case .file(let name):
      files.insert(name)
      // A later entry of a name replaces the earlier one.
      places[Self.path(name)] = nil
    case .link(let name, let target):
      places[Self.path(name)] = links.count
      links.append((name, target))
    case .other: break
    }
  }

  private static func path(_ name: EntryName) -> EntryName { name.resolved(in: []) ?? name }

  /// Returns the further names of each file that `isWanted` accepts.
  /// - Throws: `DataError` where a wanted name is a link that leads to no file.
  func otherNames(
    archive: String, where isWanted: (EntryName) -> Bool
  ) throws(DataError) -> [EntryName: [EntryName]] {
    let links = places.values.sorted().map { self.links[$0] }
    guard !links.isEmpty else { return [:] }
    var byTarget: [EntryName: [EntryName]] = [:]
    for (name, target) in links {
      if let target { byTarget[target, default: []].append(Self.path(name)) }
    }
    var result: [EntryName: [EntryName]] = [:]
    var used: Set<EntryName> = []
    for file in files {
      let names = Self.otherNames(of: Self.path(file), byTarget, used: &used)
      let wanted = names.filter(isWanted)
      if !wanted.isEmpty { result[file] = wanted.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) } }
    }
    for (name, target) in links where isWanted(name) && !used.contains(Self.path(name)) {
      throw DataError(
        at: "\(archive): \(name)", expected: "a file, or a link to one",
        found: target.map { found(at: Self.path(name), target: $0) } ?? "a link that leaves the archive")
    }
    return result
  }

  /// Returns the text that says what a link leads to instead of a file.
  private func found(at name: EntryName, target: EntryName) -> String {
    var seen: Set<EntryName> = [name]
    var next = target
    while seen.insert(next).inserted {
      guard let place = places[next], let target = links[place].target else {
        return "a link to \(target), which is not in the archive"
      }
      next = target
    }
    return "a circle of links"
  }

  /// Returns the links to `target`, and the links to those, without repetitions, so that chains and cycles end.
  private static func links(to target: EntryName, _ byTarget: [EntryName: [EntryName]]) -> [EntryName] {
    guard var found = byTarget[target] else { return [] }
    var seen = Set(found)
    var index = 0
    while index < found.count {
      for name in byTarget[found[index]] ?? [] where seen.insert(name).inserted { found.append(name) }
      index += 1
    }
    return found
  }

  /// Returns the names that lead to `file`, directly or through its folders; adds the links on their paths to `used`.
  private static func otherNames(
    of file: EntryName, _ byTarget: [EntryName: [EntryName]], used: inout Set<EntryName>
  ) -> Set<EntryName> {
    var found: Set<EntryName> = []
    var newest = [file]
    for _ in 0..<greatestDepth {
      var next: [EntryName] = []
      for path in newest {
        let components = path.components
        for depth in 0...components.count {
          // The link leads to the file itself, or to a folder that contains it.
          for name in links(to: EntryName.joined(components[..<depth]), byTarget) {
            used.insert(name)
            let other = name.appending(EntryName.joined(components[depth...]))
            if other != file, found.insert(other).inserted { next.append(other) }
          }
        }
      }
      newest = next
    }
    return found
  }
}
