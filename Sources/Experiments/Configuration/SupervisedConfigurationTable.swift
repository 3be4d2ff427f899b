extension ConfigurationKey {
  /// Every key of runs that learn supervised tasks, in the order of `config.yaml`. A task family brings defaults of its
  /// own, from its paper.
  static let supervised: [ConfigurationKey] =
    sampling + metaOptimizers + sparseRecovery + implicit + model + outerLoop + running

  private static let sampling: [ConfigurationKey] = [
    .text(.init("task", section: "What is learned, and how", "task family, see `metarl list tasks`"), \.task),
    .text(.init("algorithm", "meta-learning algorithm, see `metarl list algorithms`"), \.algorithm),
    .integer(.init("seed", "every random number of the run follows from it"), \.seed, in: 0...Int.max),
    .integer(
      .init("iterations", resume: .mayGrow, "meta-iterations, one update of the outer parameters each"),
      \.iterations, in: 1...1_000_000_000, defaults: ["random": 1]),

    .integer(
      .init("meta_batch_size", section: "Sampling", "tasks in a meta-iteration"), \.metaBatchSize, in: 1...10_000),
    .integer(.init("shots", "examples of a task that it adapts to"), \.shots, in: 1...100_000),
    .integer(.init("queries", "examples of a task that its adaptation is judged by"), \.queries, in: 1...100_000),

    .real(
      .init(
        "inner_rate", section: "Adaptation (inner loop)", "step size of an inner gradient step; meta-sgd: at first"
      ).unused(by: "imaml-hf"), \.innerRate, in: 0...1_000, defaults: ["imaml": 0.001]),
    .integer(
      .init("inner_steps", "inner updates on a task, all on the same examples"), \.innerSteps, in: 1...1_000,
      defaults: ["reptile": 5, "imaml": 50, "imaml-hf": 3]),
    .choice(.init("inner_optimizer", "what makes the inner updates").used(by: "reptile"), \.innerOptimizer),
    .names(
      .init(
        "adapted",
        "what a task adapts: own (the algorithm's), all, hidden (all but the output layer), output, or names of layers"),
      \.adapted),
    .choice(
      .init("meta_gradient", "how the outer loss is differentiated through the adaptation; own: as in the paper")
        .used(by: "mlsr", "mlsr-maml", "imaml", "imaml-hf"), \.metaGradient),
  ]

  private static let metaOptimizers: [ConfigurationKey] = [
    .integer(
      .init(
        "meta_optimizer_layers", section: "Meta-optimizers",
        "Kronecker products of the meta-optimizer, one more than its hidden layers"
      ).used(by: "kfc"), \.metaOptimizerLayers, in: 1...16),
    .integer(
      .init(
        "meta_optimizer_rank",
        "columns of the meta-optimizer's factor; below a parameter's size they exclude the plain gradient step"
      ).used(by: "low-rank"), \.metaOptimizerRank, in: 1...4_096),
  ]

  private static let sparseRecovery: [ConfigurationKey] = [
    .choice(
      .init(
        "recovery", section: "Sparsity",
        "how the output layer is recovered: ista, fista, subgradient: with an L1 norm; hard-threshold: a number of "
          + "weights is kept; mae: least absolute deviations, for examples of which a few are wild"
      ).used(by: "mlsr", "mlsr-maml"), \.recovery),
    .real(
      .init("l1_strength", "weight of the L1 norm of the adapted parameters")
        .used(by: "l1-maml", "mlsr", "mlsr-maml", if: .hasNorm),
      \.l1Strength, in: 0...1_000, defaults: ["l1-maml": 0.0001, "mlsr": 0.0001, "mlsr-maml": 0.0001]),
    .choice(
      .init(
        "recovery_start", "where the recovered layer begins: learned, or zero, which a recovery of many steps forgets"
      )
      .used(by: "mlsr", "mlsr-maml"), \.recoveryStart),
    .integer(
      .init("recovery_sparsity", "weights that each output keeps under a hard threshold")
        .used(by: "mlsr", "mlsr-maml", if: .keepsWeights), \.recoverySparsity, in: 1...4_096),
    .real(
      .init(
        "recovery_ridge",
        "weight rho of rho / 2 |phi|^2 in an implicitly differentiated recovery: without it, more weights than examples "
          + "have no one minimum"
      ).used(by: "mlsr", if: .solvesImplicitly), \.recoveryRidge, in: 0...1_000, excludingLowerBound: true),
    .real(
      .init("recovery_decay", "what the step size of subgradient and mae is multiplied by after each step")
        .used(by: "mlsr", "mlsr-maml", if: .descendsSubgradients), \.recoveryDecay, in: 0...1,
      excludingLowerBound: true),
    .integer(
      .init("recovery_steps", "updates of the recovery, before the inner_steps").used(by: "mlsr-maml"),
      \.recoverySteps, in: 1...100),
    .real(.init("recovery_rate", "step size of the recovery").used(by: "mlsr-maml"), \.recoveryRate, in: 0...1_000),
  ]

  private static let implicit: [ConfigurationKey] = [
    .real(
      .init(
        "regularization", section: "Implicit gradients",
        "strength lambda of the proximal term lambda / 2 |phi - theta|^2; published: 2 on Omniglot, 0.5 on Mini-ImageNet, "
          + "with which regressions of sines do not learn"
      ).used(by: "imaml", "imaml-hf"), \.regularization, in: 1e-30...1e9),
    .flag(
      .init("learn_regularization", "whether the strength is learned, from regularization on")
        .used(by: "imaml", "imaml-hf"), \.learnRegularization),
    .integer(
      .init(
        "cg_steps",
        "conjugate-gradient steps of a task's meta-gradient, at most; 0: as in fomaml; the column cg_residual "
          + "tells what they leave"
      )
      .used(by: "imaml", "imaml-hf", "mlsr", if: .solvesImplicitly), \.conjugateGradientSteps, in: 0...10_000,
      defaults: ["mlsr": 50]),
    .real(
      .init("cg_tolerance", "residual, relative to the outer gradient, at which a task's conjugate gradients stop")
        .used(by: "imaml", "imaml-hf", "mlsr", if: .solvesImplicitlyInSteps), \.conjugateGradientTolerance, in: 0...1,
      defaults: ["mlsr": 0.0001]),
    .integer(
      .init("direction_cg_steps", "conjugate-gradient steps for the direction of an inner step, at most")
        .used(by: "imaml-hf"), \.directionSteps, in: 1...10_000),
    .integer(
      .init("line_search_trials", "lengths of an inner step that are tried: 1, 1/2, 1/4, ...").used(by: "imaml-hf"),
      \.lineSearchTrials, in: 1...100),
  ]

  private static let model: [ConfigurationKey] = [
    .choice(
      .init(
        "model", section: "Model",
        "mlp: a multilayer perceptron; linnet: the same without activation, a linear network; convolutional: for images"
      ),
      \.network),
    .integers(
      .init("hidden_sizes", "units of each hidden layer; []: a linear model").used(if: .hasHiddenLayers),
      \.hiddenSizes,
      each: 1...4_096, count: 0...8),
    .choice(.init("activation", "function after each hidden layer").used(if: .hasActivations), \.activation),
    .choice(
      .init(
        "initializer",
        "weights at first; truncated-normal: standard deviation 0.01; xavier, he: by the layer's size; biases start at 0"
      ), \.initializer),
  ]

  private static let outerLoop: [ConfigurationKey] = [
    .choice(
      .init("outer_optimizer", section: "Meta-update (outer loop)", "moves the initial parameters").unused(
        by: "random"),
      \.outerOptimizer),
    .real(
      .init("outer_rate", "step size of the outer optimizer").unused(by: "random"), \.outerRate, in: 0...1_000),
    .real(
      .init("gradient_clip", "largest global norm of the meta-gradient, longer ones are scaled to it; 0: no limit")
        .unused(by: "random"), \.gradientClip, in: 0...1e9),
  ]
}
