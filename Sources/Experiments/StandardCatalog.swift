extension Catalog {
  /// What this version offers.
  public static let standard = Catalog(
    tasks: [.cheetahDirection],
    algorithms: [
      AlgorithmEntry(
        name: "maml", summary: "adapts all parameters by gradient steps, and differentiates through them",
        source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017)"),
      AlgorithmEntry(
        name: "fomaml", summary: "MAML with the derivative of the adaptation taken to be the identity",
        source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.2"),
      AlgorithmEntry(
        name: "anil", summary: "adapts the output layer alone by gradient steps, and differentiates through them",
        source: "Raghu, Raghu, Bengio, Vinyals, Rapid learning or feature reuse? (ICLR 2020)"),
      AlgorithmEntry(
        name: "l1-maml", summary: "MAML with an L1 penalty on the adapted parameters in the inner loss",
        source: "Lou, Zhao, Wang, Meta-learning from sparse recovery, figure 6"),
      AlgorithmEntry(
        name: "mlsr", summary: "adapts the output layer by sparse recovery; the direct part of the meta-gradient",
        source: "Lou, Zhao, Wang, Meta-learning from sparse recovery, theorem 1"),
    ])
}

extension TaskEntry {
  /// The half-cheetah that is to run forward or backward.
  static let cheetahDirection = TaskEntry(
    name: "cheetah-dir", summary: "a planar half-cheetah that runs forward or backward, whichever is rewarded",
    source: "Finn, Abbeel, Levine, Model-agnostic meta-learning (ICML 2017), section 5.3", measure: "return",
    makeTrainer: { _ in throw UserError("cheetah-dir has no trainer in this build", status: .unavailable) },
    makeEvaluator: { _ in throw UserError("cheetah-dir has no evaluator in this build", status: .unavailable) })
}
