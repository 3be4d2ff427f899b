extension ConfigurationKey {
  /// Every key of runs that learn tasks of images, in the order of `config.yaml`: those of supervised tasks, where the
  /// examples are counted by class, and where the images are.
  static let images: [ConfigurationKey] = supervised.flatMap { key in
    switch key.name {
    case "shots": [ways, shots]
    case "queries": [queries, data]
    default: [key]
    }
  }

  private static let ways = integer(.init("ways", "classes of a task"), \.ways, in: 2...1_000)
  private static let shots = integer(
    .init("shots", "images of each class that a task adapts to"), \.shots, in: 1...1_000)
  private static let queries = integer(
    .init("queries", "other images of each class that its adaptation is judged by"), \.queries, in: 1...1_000)
  private static let data = text(
    .init(
      "data", resume: .free, "folder of the data sets; empty: METARL_DATA, then ~/.cache/metarl; glyphs needs none"),
    \.data)
}
