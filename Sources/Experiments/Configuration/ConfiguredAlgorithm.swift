import MetaLearning

extension MetaAlgorithm {
  /// The algorithm called `name`, with the numbers of `configuration`.
  static func named(_ name: String, _ configuration: RunConfiguration) throws(UserError) -> MetaAlgorithm {
    let settings = InnerLoopSettings(
      rate: configuration.innerRate, l1Strength: configuration.l1Strength, optimizer: configuration.innerOptimizer,
      metaOptimizerLayers: configuration.metaOptimizerLayers, metaOptimizerRank: configuration.metaOptimizerRank)
    let algorithms = MetaAlgorithm.all(settings)
    guard let algorithm = algorithms.first(where: { $0.name == name }) else {
      throw .unknownName("algorithm", name, known: algorithms.map(\.name))
    }
    return algorithm
  }
}
