import MetaLearning

extension Catalog {
  /// What this version offers.
  public static let standard = Catalog(
    tasks: [.cheetahDirection] + TaskEntry.supervised + TaskEntry.images,
    // The numbers do not matter for a listing.
    algorithms: MetaAlgorithm.all(InnerLoopSettings(rate: 0)).map {
      AlgorithmEntry(name: $0.name, summary: $0.summary, source: $0.source, policyObstacle: $0.policyObstacle)
    })
}

extension TaskEntry {
  /// The half-cheetah that is to run forward or backward.
  static let cheetahDirection = TaskEntry(
    name: "cheetah-dir", summary: "a planar half-cheetah that runs forward or backward, whichever is rewarded",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3", measure: "return",
    makeTrainer: { try PolicyTrainer($0) }, makeEvaluator: { try PolicyEvaluator($0) })
}
