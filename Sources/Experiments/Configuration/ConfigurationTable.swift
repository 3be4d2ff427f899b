import Environments

extension ConfigurationKey {
  /// Every key of runs that learn a policy, in the order of `config.yaml`.
  ///
  /// The published defaults are those of garage's MAML example on the half-cheetah's direction and of the MLSR paper.
  static let policies: [ConfigurationKey] = policyLearning + running

  private static let policyLearning: [ConfigurationKey] = [
    .text(.init("task", section: "What is learned, and how", "task family, see `metarl list tasks`"), \.task),
    .text(.init("algorithm", "meta-learning algorithm, see `metarl list algorithms`"), \.algorithm),
    .integer(.init("seed", "every random number of the run follows from it"), \.seed, in: 0...Int.max),
    .integer(
      .init("iterations", resume: .mayGrow, "meta-iterations, one update of the outer parameters each"),
      \.iterations, in: 1...1_000_000_000),

    .integer(
      .init("meta_batch_size", section: "Sampling", "tasks in a meta-iteration"), \.metaBatchSize, in: 1...10_000),
    .integer(
      .init("episodes", "episodes of a task, before and again after each inner step"), \.episodes, in: 1...10_000),
    .choice(
      .init(
        "task_sampling",
        "balanced: each of the tasks equally often, which takes variance out of the meta-gradient; random: drawn one by one"
      ), \.taskSampling),
    .integer(.init("horizon", "actions in an episode"), \.horizon, in: 1...100_000),
    .real(.init("discount", "weight of a reward one action later"), \.discount, in: 0...1),

    .real(
      .init(
        "inner_rate", section: "Adaptation (inner loop)",
        "step size of an inner gradient step; not the published 0.1: on the mean over time steps one such step "
          + "moves a policy of 17-64-64-6 by 0.02, and no return changes"),
      \.innerRate, in: 0...1_000),
    .integer(.init("inner_steps", "inner updates on a task, each with fresh episodes"), \.innerSteps, in: 1...100),
    .choice(
      .init(
        "surrogate",
        "inner policy-gradient loss; dice: exact second derivatives, but at horizon 100 their variance slows "
          + "learning; lvc: less variance, some bias; naive: for comparison"
          // First derivatives are the same for all.
      ).unused(by: "fomaml", "reptile", "mlsr", "random"),
      \.surrogate),
    .real(
      .init("past_decay", "lambda of dice: less than 1 forgets earlier actions, less variance for some bias")
        .unused(by: "fomaml", "reptile", "mlsr", "random", "joint", if: .forgetsActions),
      \.pastDecay, in: 0...1),
    .real(
      .init("l1_strength", "weight of the L1 norm of the adapted parameters")
        .used(by: "l1-maml", "mlsr", "mlsr-maml"),
      \.l1Strength, in: 0...1_000, defaults: ["l1-maml": 0.0001, "mlsr": 0.0001, "mlsr-maml": 0.0001]),

    .integers(
      .init("hidden_sizes", section: "Policy", "units of each hidden layer"), \.hiddenSizes, each: 1...4_096,
      count: 1...8),
    .choice(.init("activation", "function after each hidden layer"), \.activation),
    .real(
      .init(
        "velocity_scale",
        "what velocities are multiplied by before the policy sees them: joints turn at up to 20 rad/s, which "
          + "saturates tanh, while angles are below 1"),
      \.velocityScale, in: 0...100, excludingLowerBound: true),
    .real(
      .init("initial_standard_deviation", "of the Gaussian policy's actions, learned from there"),
      \.initialStandardDeviation, in: 1e-5...100),

    .choice(
      .init("outer_optimizer", section: "Meta-update (outer loop)", "moves the initial parameters")
        .unused(by: "random"), \.outerOptimizer),
    .real(
      .init(
        "outer_rate",
        "step size of the outer optimizer at first: Adam at 0.001 is too slow for 300 iterations; it falls, so that the "
          + "end is quiet"
      ).unused(by: "random"),
      \.outerRate, in: 0...1_000),
    .real(
      .init("outer_rate_final", "what outer_rate falls to, in equal steps").unused(by: "random"), \.outerRateFinal,
      in: 0...1_000),
    .integer(
      .init("outer_rate_iterations", "iterations over which outer_rate falls; it stays there afterwards")
        .unused(by: "random"),
      \.outerRateIterations, in: 1...1_000_000_000),
    .real(
      .init(
        "task_gradient_clip",
        "largest global norm of one task's meta-gradient: no task with an unlucky batch outvotes the others; 0: no limit"
      ).unused(by: "random"),
      \.taskGradientClip, in: 0...1e9),
    .real(
      .init("gradient_clip", "largest global norm of the meta-gradient, longer ones are scaled to it; 0: no limit")
        .unused(by: "random"),
      \.gradientClip, in: 0...1e9),

    .choice(
      .init("baseline", section: "Advantages", "of returns: linear in features of the state and time, or a network"),
      \.baseline),
    .real(
      .init(
        "advantage_decay",
        "lambda of generalised advantage estimation; garage has 1: in 60 iterations that learned nothing, for its "
          + "variance"),
      \.advantageDecay, in: 0...1),
    .flag(
      .init("normalize_advantages", "to mean 0 and standard deviation 1 over a task's episodes"), \.normalizeAdvantages),

    .real(
      .init("control_cost", section: "Environment", "weight of the squared action in the reward"), \.controlCost,
      in: 0...1_000),
    .choice(.init("physics", "engine that moves the bodies"), \.physics),
    .integer(
      .init(
        "solver_sweeps",
        "of the engine over all constraints in a physics step; 0: its own (box2d "
          + "\(Box2DPhysics.Iterations.standard.velocity), lanes \(LanesPhysics.Solver.standard.sweeps))"),
      \.solverSweeps, in: 0...1_000),
    .text(.init("model", "planar MJCF file of the robot; empty: the task's own"), \.model),
  ]

  /// How a run goes, whatever it learns: the last keys of every table.
  static let running: [ConfigurationKey] = [
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
