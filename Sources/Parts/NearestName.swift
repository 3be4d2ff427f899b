/// Returns the known name that a mistyped one most likely meant, or nil where none is near.
///
/// A near name has an edit distance (insertion, deletion, substitution, transposition of neighbours) of at most a third of
/// the longer name, and at least 1; or the mistyped name is its beginning, of three letters or more. Ties go to the first
/// in `known`.
public func nearestName(to name: String, among known: [String]) -> String? {
  let typed = Array(name.lowercased())
  // A name far longer than any known one is no typing error; this also bounds the work on hostile input.
  guard typed.count <= 64 else { return nil }
  let candidates = known.map { (name: $0, distance: editDistance(typed, Array($0.lowercased()))) }
  guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
  if best.distance <= max(1, max(typed.count, best.name.count) / 3) { return best.name }
  return typed.count < 3 ? nil : known.first { $0.lowercased().starts(with: typed) }
}

/// Returns the known names without repetitions, sorted by their edit distance from a mistyped name; ties keep their order.
package func namesByDistance(from name: String, _ known: [String]) -> [String] {
  let typed = Array(name.lowercased())
  let names = known.withoutRepetitions
  // A name that is this long is no typing error, as in `nearestName`.
  guard typed.count <= 64 else { return names }
  let distances = names.map { editDistance(typed, Array($0.lowercased())) }
  return names.indices.sorted { (distances[$0], $0) < (distances[$1], $1) }.map { names[$0] }
}

/// Returns the optimal string alignment distance between two words.
private func editDistance(_ first: [Character], _ second: [Character]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...second.count)
  for row in first.indices {
    var current = [row + 1]
    for column in second.indices {
      let substitution = previous[column] + (first[row] == second[column] ? 0 : 1)
      var distance = min(previous[column + 1] + 1, current[column] + 1, substitution)
      if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
        distance = min(distance, beforePrevious[column - 1] + 1)
      }
      current.append(distance)
    }
    (beforePrevious, previous) = (previous, current)
  }
  return previous[second.count]
}
