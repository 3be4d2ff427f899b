extension ConfigurationKey {
  /// Every key of runs that learn tasks of images, in the order of `config.yaml`: those of supervised tasks, where the
  /// examples are counted by class, where the images are, and the sizes of a convolutional model.
  static let images: [ConfigurationKey] = supervised.flatMap { key in
    switch key.name {
    case "shots": [ways, shots]
    case "queries": [queries, data]
    case "hidden_sizes": [blocks, filters, pooling, features, normalization, key]
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

  private static let blocks = integer(
    .init("blocks", "blocks of 3x3 filters, batch normalisation and ReLU").used(if: .isConvolutional), \.blocks,
    in: 1...8)
  private static let filters = integer(
    .init("filters", "filters of each block").used(if: .isConvolutional), \.filters, in: 1...1_024)
  private static let pooling = integer(
    .init("pooling", "side of the squares of which a block keeps the largest element; 0: its filters step by 2 pixels")
      .used(if: .isConvolutional), \.pooling, in: 0...16)
  private static let features = choice(
    .init("features", "what the output layer sees of the last block; mean: over space; flat: every pixel")
      .used(if: .isConvolutional), \.features)
  private static let normalization = choice(
    .init(
      "normalization",
      "what an evaluation normalises channels by; batch: the images that are classified together, as in the papers; "
        + "running: averages over training, so that no image sees another"
    ).used(if: .isConvolutional), \.normalization)
}
