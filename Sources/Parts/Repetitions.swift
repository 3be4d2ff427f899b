extension [String] {
  /// The texts without repetitions, each at its first place.
  package var withoutRepetitions: [String] {
    var seen = Set<String>()
    return filter { seen.insert($0).inserted }
  }
}
