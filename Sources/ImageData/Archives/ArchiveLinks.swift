/// The links of an archive: other names of its files, by themselves or through another name of their folder.
struct ArchiveLinks {
  private var files: Set<EntryName> = []
  private var links: [(name: EntryName, target: EntryName?)] = []

  /// Links that lead to links, at most; some lead in circles.
  private static let greatestDepth = 8

  /// Takes an entry.
  mutating func add(_ entry: ArchiveReader.Entry) {
    switch entry {
    // A name may begin with "./", which a link to it leaves out.
    case .file(let name): files.insert(name)
    case .link(let name, let target): links.append((name, target))
    case .other: break
    }
  }

  /// The other names of each file, of those that `isWanted` takes.
  /// - Throws: `DataError` where a wanted name is a link that leads to no file.
  func otherNames(
    archive: String, where isWanted: (EntryName) -> Bool
  ) throws(DataError) -> [EntryName: [EntryName]] {
    guard !links.isEmpty else { return [:] }
    var byTarget: [EntryName: [EntryName]] = [:]
    for (name, target) in links {
      if let target { byTarget[target, default: []].append(name.resolved(in: []) ?? name) }
    }
    var result: [EntryName: [EntryName]] = [:]
    var used: Set<EntryName> = []
    for file in files {
      let names = Self.otherNames(of: file.resolved(in: []) ?? file, byTarget, used: &used)
      let wanted = names.filter(isWanted)
      if !wanted.isEmpty { result[file] = wanted.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) } }
    }
    for (name, target) in links where isWanted(name) && !used.contains(name.resolved(in: []) ?? name) {
      throw DataError(
        at: "\(archive): \(name)", expected: "a file, or a link to one",
        found: target.map { "a link to \($0), which is not in the archive" } ?? "a link that leaves the archive")
    }
    return result
  }

  /// The names that lead to `file`, directly or through its folders; the links on their ways join `used`.
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
          // The file itself, or a folder that it is in.
          for name in byTarget[EntryName.joined(components[..<depth])] ?? [] {
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
