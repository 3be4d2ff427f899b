extension ConfigurationKey {
  /// Every key of runs that learn supervised tasks, in the order of `config.yaml`. A task family brings defaults of its
  /// own, from its paper.
  static let supervised: [ConfigurationKey] = [
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
        "inner_rate", section: "Adaptation (inner loop)", "step size of an inner gradient step (meta-sgd: at first)"),
      \.innerRate, in: 0...1_000),
    .integer(
      .init("inner_steps", "inner updates on a task, all on the same examples"), \.innerSteps, in: 1...100,
      defaults: ["reptile": 5]),
    .choice(.init("inner_optimizer", "what makes the inner updates (reptile)"), \.innerOptimizer),
    .real(
      .init("l1_strength", "weight of the L1 norm of the adapted parameters (l1-maml, mlsr)"),
      \.l1Strength, in: 0...1_000, defaults: ["l1-maml": 0.0001, "mlsr": 0.0001]),

    .integer(
      .init(
        "meta_optimizer_layers", "Kronecker products of the meta-optimizer, one more than its hidden layers (kfc)"),
      \.metaOptimizerLayers, in: 1...16),
    .integer(
      .init(
        "meta_optimizer_rank",
        "columns of the meta-optimizer's factor (low-rank); below a parameter's size they exclude the plain gradient step"
      ), \.metaOptimizerRank, in: 1...4_096),

    .choice(
      .init(
        "model", section: "Model", "mlp: a multilayer perceptron; linnet: the same without activation, a linear network"
      ),
      \.network),
    .integers(
      .init("hidden_sizes", "units of each hidden layer; none: a linear model"), \.hiddenSizes,
      each: 1...4_096, count: 0...8),
    .choice(.init("activation", "function after each hidden layer"), \.activation),
    .choice(
      .init(
        "initializer",
        "weights at first; truncated-normal: standard deviation 0.01; xavier, he: by the layer's size; biases start at 0"
      ), \.initializer),

    .choice(
      .init("outer_optimizer", section: "Meta-update (outer loop)", "moves the initial parameters"), \.outerOptimizer),
    .real(.init("outer_rate", "step size of the outer optimizer"), \.outerRate, in: 0...1_000),
    .real(
      .init("gradient_clip", "largest global norm of the meta-gradient, longer ones are scaled to it; 0: no limit"),
      \.gradientClip, in: 0...1e9),

    .integer(
      .init("checkpoint_interval", section: "Running", resume: .free, "meta-iterations between checkpoints"),
      \.checkpointInterval, in: 1...1_000_000_000),
    .flag(
      .init(
        "deterministic_kernels",
        "the same bits on every x86-64 processor that has fused multiply-add, with one C library; costs nothing with "
          + "AVX-512, and time without it or with layers of 128 units and more"),
      \.deterministicKernels),
    .integer(
      .init("workers", resume: .free, "threads, 0: one a processor core; the results do not depend on it"), \.workers,
      in: 0...1_024),
  ]
}
