import Environments
import Parts

extension Recipe {
  /// Every recipe, in the order in which they are listed.
  public static let all = [
    mtNetTable1, mtNetTable2, mtNetFigure4, mlsrFigure3(steps: 1), mlsrFigure3(steps: 5), mlsrWidths,
    linearClassification, firstOrderTime, omniglotFiveWays, omniglotTwentyWays, imamlTable2, omniglotBlocks,
    omniglotMetaOptimizers, omniglotLayers, omniglotLinear, mnistPairs, cifarBlocks, cifarMetaOptimizers, cifarLayers,
    miniImageNetFiveWays, miniImageNetBlocks, miniImageNetMetaOptimizers, cheetahDirection(.box2d),
    cheetahDirection(.lanes),
    longCheetahDirection, outerSteps, mlsrFigure6, mlsrStrengths, metaRLSuite,
  ]

  /// Table 1 of MT-net: MAML, Meta-SGD, T-net and MT-net on sinusoids, trained with 10 shots.
  static let mtNetTable1 = Recipe(
    name: "mt-net-table-1", summary: "sinusoids by MAML, Meta-SGD, T-net and MT-net at 5, 10 and 20 shots",
    source: "Lee, Choi 2018, table 1", measure: "mean squared error after one step",
    lines: [
      Line("MAML", ["task=sinusoid", "algorithm=maml"], published: [1.07, 0.71, 0.50]),
      Line("Meta-SGD", ["task=sinusoid", "algorithm=meta-sgd"], published: [0.88, 0.53, 0.35]),
      Line("T-net", ["task=sinusoid", "algorithm=t-net"], published: [0.83, 0.56, 0.38]),
      Line("MT-net", ["task=sinusoid", "algorithm=mt-net"], published: [0.76, 0.49, 0.33]),
    ]
      + [("MAML", "maml"), ("Meta-SGD", "meta-sgd"), ("T-net", "t-net"), ("MT-net", "mt-net")].map { label, algorithm in
        Line(
          "\(label), larger weights", ["task=sinusoid", "algorithm=\(algorithm)", "initializer=he"])
      },
    columns: [5, 10, 20].map { (shots: Int) in .score("\(shots) shots", shots: shots) },
    figure: .columns(at: [5, 10, 20], label: "shots"),
    departures: [
      "All three columns are of one training with 10 shots, and Meta-SGD starts from a rate of 0.01 for every element: the paper does not say how its own were trained.",
      "The last four lines are not in the paper: weights start with a standard deviation of sqrt(2 / inputs) in place of 0.01.",
    ])

  /// Table 2 of MT-net: the sensitivity of MAML and MT-net to the inner rate.
  static let mtNetTable2 = Recipe(
    name: "mt-net-table-2", summary: "sinusoids by MAML and MT-net at inner rates from 0.0001 to 10",
    source: "Lee, Choi 2018, table 2", measure: "mean squared error after one step on 10 shots",
    lines: zip(
      [10, 1, 0.1, 0.01, 0.001, 0.0001],
      [(171.92, 4.18), (5.81, 0.61), (1.05, 0.54), (0.71, 0.49), (0.82, 0.59), (2.54, 0.72)]
    ).flatMap { rate, published in
      [("MAML", "maml", published.0), ("MT-net", "mt-net", published.1)].map { label, algorithm, number in
        Line(
          "\(label), rate \(rate.shortText)",
          ["task=sinusoid", "algorithm=\(algorithm)", "inner_rate=\(rate.shortText)"],
          published: [number])
      }
    },
    columns: [.score("10 shots")],
    departures: ["Only MAML and MT-net, at six of the paper's inner rates."])

  /// Figure 4 of MT-net: the share of rows that an MT-net updates, by the order of the polynomials that it learns.
  static let mtNetFigure4 = Recipe(
    name: "mt-net-figure-4", summary: "share of rows that an MT-net updates on polynomials of order 0 to 3",
    source: "Lee, Choi 2018, figure 4 (no numbers in its text: the share rises with the order)",
    measure: "mean of sigma(zeta) at the end of training; mean squared error after one step",
    lines: (0...3).map { Line("order \($0)", ["task=polynomial-\($0)", "algorithm=mt-net"]) },
    columns: [.metric("share of rows", "update_share"), .score("error, 10 shots")],
    departures: [
      "The coefficient of x^i is drawn from [-2^-i, 2^-i], as in the authors' code; the paper says [-1, 1]."
    ])

  /// Figure 3 of MLSR: the error after gradient steps, for training with one or five steps.
  ///
  /// The lines that adapt the output layer alone take longer steps than those that adapt all parameters: at MAML's rate
  /// the layer hardly changes. The runs have a third of MAML's iterations, after which no line falls by much.
  static func mlsrFigure3(steps: Int) -> Recipe {
    let lines = [
      ("random", ["algorithm=random"]), ("MAML", ["algorithm=maml"]), ("MAML-FZ", ["algorithm=anil"]),
      ("MAML-FZ, rate 0.1", ["algorithm=anil", "inner_rate=0.1"]),
      ("MLSR, rate 0.1", ["algorithm=mlsr", "inner_rate=0.1"]), ("MLSR, then MAML", ["algorithm=mlsr-maml"]),
    ]
    return Recipe(
      name: "mlsr-figure-3-\(steps == 1 ? "one-step" : "five-steps")",
      summary: "sinusoids of any frequency: error by gradient steps, trained with \(steps)",
      source: "Lou, Zhao, Wang 2021, figure 3 (no numbers in its text: MLSR below MAML below random)",
      measure: "mean squared error",
      lines: lines.map { label, settings in
        let isTrained = settings != ["algorithm=random"]
        return Line(
          label,
          ["task=sinusoid-frequency", "inner_steps=\(steps)"] + settings + (isTrained ? ["iterations=20000"] : []),
          paper: isTrained ? ["iterations=60000"] : [])
      },
      columns: [0, 1, 2, 5, 10].map { .score("\($0) \($0 == 1 ? "step" : "steps")", step: $0) },
      figure: .columns(at: [0, 1, 2, 5, 10], label: "gradient steps"),
      departures: [
        "20,000 iterations in place of 60,000, after which no line falls by much.",
        "The lines at a rate of 0.1 are not in the paper: at its rate of 0.01 an output layer hardly changes.",
      ])
  }

  /// Figure 3 of MLSR in both readings, the output layer alone or all layers without the norm, from narrow networks to wide
  /// ones: the paper's argument is that a wide network has the features of which few are needed.
  static let mlsrWidths = Recipe(
    name: "mlsr-figure-3-widths", summary: "sinusoids of any frequency by MLSR and MAML with 40 to 400 hidden units",
    source: "Lou, Zhao, Wang 2021, figure 3 with other widths (no numbers)",
    measure: "mean squared error after steps as in training, or of all layers at a rate of 0.01 without the norm",
    lines: [40, 100, 200, 400].flatMap { width in
      [("MLSR", "mlsr", ["inner_rate=0.1"]), ("MAML", "maml", [])].map { label, algorithm, settings in
        Line(
          "\(label), \(width) units",
          [
            "task=sinusoid-frequency", "algorithm=\(algorithm)", "inner_steps=5", "iterations=10000",
            "hidden_sizes=[\(width),\(width)]",
          ] + settings, paper: ["iterations=60000"])
      }
    },
    columns: [0, 1, 5, 10].map { .score("\($0) \($0 == 1 ? "step" : "steps")", step: $0) }
      + [1, 5, 10].map {
        .score(
          "all layers, \($0) \($0 == 1 ? "step" : "steps")", step: $0,
          with: ["adapted=all", "inner_rate=0.01", "l1_strength=0"])
      },
    departures: ["10,000 iterations, and steps of 0.1 in MLSR's recovery: see figure 3."])

  /// The time that first-order MAML saves.
  static let firstOrderTime = Recipe(
    name: "fomaml-time", summary: "sinusoids and generated characters by MAML and FOMAML: results and time",
    source: "overview, on Finn, Abbeel, Levine 2017: first order takes a third less time (33%)",
    measure: "error or accuracy after the steps of training; median time of an iteration on one core",
    lines: [("sinusoid", ["task=sinusoid"]), ("glyphs", ["task=glyphs"])].flatMap { task, settings in
      [("MAML", "maml"), ("FOMAML", "fomaml")].map { label, algorithm in
        Line("\(task), \(label)", settings + ["algorithm=\(algorithm)"])
      }
    },
    columns: [.ownScore("result"), .iterationTime("ms per iteration")])

  /// One step on linear classifiers through the origin.
  static let linearClassification = Recipe(
    name: "linear-classification", summary: "linear classifiers by logistic regression, LinNet, KLin and KFC",
    source: "Arnold, Iqbal, Sha 2021, figures 1, A.1 and table 1 (92%: we guess the support's own score)",
    measure: "accuracy after one step on 1,000 fresh points",
    // Each line runs for as long as it still improves; the default is 30,000 iterations, for KFC 7,500 of four tasks.
    lines: [
      ("logistic regression", ["algorithm=maml", "iterations=10000"], 0.5),
      ("LinNet", ["algorithm=maml", "model=linnet", "iterations=6000"], 0.92),
      ("KLin", ["algorithm=klin", "iterations=3000"], nil), ("KFC", ["algorithm=kfc"], nil),
    ].map { (label: String, settings: [String], published: Double?) in
      Line(label, ["task=linear-classification"] + settings, published: [published])
    },
    columns: [.score("accuracy")], figure: .heldOut(.init(), label: "accuracy on held-out tasks"),
    departures: [
      "Rates and initial weights are not the paper's, with which these methods diverge here, or stay at 80%.",
      "A gradient step from zero is to classify 88.0% of new points correctly, and does 92% of its own (linear-classification-limit); we guess that the latter is what the paper has. It stands beside LinNet alone in the paper; KLin and KFC are said to be as good.",
    ])

  /// Figure 6 of MLSR with this project's settings. ANIL is MLSR's head without sparsity, so that what sparsity adds can be
  /// seen. On Box2D, where a run takes ten times as long, there are MAML and MLSR.
  static func cheetahDirection(_ engine: PhysicsKind) -> Recipe {
    let lines = engine == .box2d ? Array(directionAlgorithms.prefix(2)) : directionAlgorithms + [("FOMAML", "fomaml")]
    return Recipe(
      name: "cheetah-dir-\(engine.rawValue)",
      summary:
        "the half-cheetah's directions by \(lines.map(\.0).dropLast().joined(separator: ", ")) and \(lines[lines.count - 1].0) on \(engine.rawValue)",
      source: "Lou, Zhao, Wang 2021, figure 6 (no numbers in its text)",
      measure: "return of 100 actions, both directions",
      lines: lines.map { label, algorithm in
        Line(label, ["task=cheetah-dir", "algorithm=\(algorithm)", "physics=\(engine.rawValue)"])
      },
      // On Box2D the oracle would take as long as a line.
      columns: directionColumns + (engine == .lanes ? [oracleColumn] : []),
      figure: .learning(column: "return_after", label: "return after one step"),
      departures: ["The default commands: networks, rates and the outer step are this project's."],
      quickDivisor: engine == .box2d ? 100 : 30)
  }

  /// Whether training for longer collapses: 1,000 iterations, 160 million environment steps, of the default commands on lanes.
  static let longCheetahDirection = Recipe(
    name: "cheetah-dir-long",
    summary:
      "the half-cheetah's directions on lanes for 160 million environment steps: what is learned, and whether it is kept",
    source: "metarl",
    measure: "return of 100 actions, both directions; mean return of the last 100 iterations over that of the best 100",
    lines: (directionAlgorithms + [("FOMAML", "fomaml")]).map { label, algorithm in
      Line(label, ["task=cheetah-dir", "algorithm=\(algorithm)", "physics=lanes", "iterations=1000"])
    },
    columns: directionColumns + [oracleColumn, .retained("kept of the best", "return_after", window: 100)],
    figure: .learning(column: "return_after", label: "return after one step"), quickDivisor: 100)

  /// The outer steps of policies, with the settings of the default command but for what belongs to a step.
  static let outerSteps = Recipe(
    name: "outer-steps", summary: "the half-cheetah's directions by MAML with each outer step, on lanes",
    source: "metarl; Finn, Abbeel, Levine 2017 (TRPO); Rothfuss et al. 2019 (ProMP)",
    measure: "return of 100 actions, both directions; median time of an iteration on one core",
    lines: [
      ("trust region", ["outer_step=trpo"]), ("ProMP", ["outer_step=ppo"]),
      ("MAML-PPO", ["outer_step=ppo", "ppo_inner_penalty=0"]), ("Adam", ["outer_step=adam"]),
      (
        "Adam as before the trust region",
        ["outer_step=adam", "inner_rate=3", "inner_rate_learning=false", "exploration_deviation=0"]
      ),
      ("gradient descent", ["outer_step=sgd"]),
    ].map { label, settings in Line(label, ["task=cheetah-dir", "algorithm=maml", "physics=lanes"] + settings) },
    columns: directionColumns + [.iterationTime("ms per iteration")],
    figure: .learning(column: "return_after", label: "return after one step"), quickDivisor: 100)

  /// Every family of policies by four algorithms, beside the same network trained on tasks alone, or the best that can be done.
  static let metaRLSuite = Recipe(
    name: "meta-rl-suite", summary: "every family of policies by MAML, MLSR, joint training and no training",
    source: "metarl; learn2learn's MAML-TRPO on cheetah-dir, one step, half as many environment steps",
    measure: "return after k inner steps; the oracle is the network trained on tasks alone, or the best play",
    lines: suiteFamilies.flatMap { family, settings, published in
      [("MAML", "maml"), ("MLSR", "mlsr"), ("joint", "joint"), ("random", "random")].map { label, algorithm in
        Line(
          "\(family), \(label)", ["task=\(family)", "algorithm=\(algorithm)"] + settings,
          published: algorithm == "maml" ? published : [])
      }
    },
    columns: (0...3).map { .score("k = \($0)", step: $0) } + [oracleColumn], quickDivisor: 40)

  /// The families of the suite, with their settings and what is published of MAML after k = 0, 1, 2, 3 steps.
  private static let suiteFamilies: [(String, [String], [Double?])] = [
    ("cheetah-dir", ["physics=lanes", "iterations=300"], [nil, 270, nil, nil, nil]),
    ("cheetah-vel", ["iterations=300"], []),
    ("hopper-rand-params", ["iterations=100"], []),
    ("walker-rand-params", ["iterations=100"], []),
    ("point-navigation", ["iterations=100"], []),
    ("bandit", ["iterations=100"], []),
    ("tabular-mdp", ["iterations=100"], []),
  ]

  private static let oracleColumn: Column = .reference("oracle", "oracle")

  private static let directionAlgorithms = [
    ("MAML", "maml"), ("MLSR", "mlsr"), ("L1-MAML", "l1-maml"), ("ANIL", "anil"),
  ]

  private static let directionColumns: [Column] =
    [.score("before", step: 0), .score("after one step")]
    + ["forward", "backward"].map { .group("after, \($0)", step: 1, group: $0) }

  /// Figure 6 of MLSR with the paper's networks, on lanes: a policy of (32, 64) units and a value network of (32, 32), 300
  /// iterations of 20 tasks. "40 rollout steps" is read as 40 episodes, and in the last lines as 40 actions of an episode.
  static let mlsrFigure6 = Recipe(
    name: "mlsr-figure-6", summary: "the half-cheetah's directions with the networks of the MLSR paper, on lanes",
    source: "Lou, Zhao, Wang 2021, figure 6 (no numbers in its text)",
    measure: "return of an episode's 100 actions, or 40 where the line says so, both directions",
    lines: directionAlgorithms.map { label, algorithm in
      Line(label, figure6Settings + ["algorithm=\(algorithm)"])
    }
      + directionAlgorithms.prefix(2).map { label, algorithm in
        Line("\(label), 40 actions", figure6Settings + ["algorithm=\(algorithm)", "horizon=40"])
      },
    columns: directionColumns, figure: .learning(column: "return_after", label: "return after one step"),
    departures: [
      "\"40 rollout steps\" is read as 40 episodes of 100 actions; the last two lines have 40 episodes of 40 actions.",
      "The outer step is a trust region, the inner rates are learned and exploration has a deviation of its own, as by default; the value network is fitted anew for each task and iteration.",
    ], quickDivisor: 100)

  private static let figure6Settings = [
    "task=cheetah-dir", "physics=lanes", "hidden_sizes=[32,64]", "baseline=network",
  ]

  /// What the strength of the L1 norm of MLSR does on the half-cheetah, on lanes.
  static let mlsrStrengths = Recipe(
    name: "mlsr-l1-strength", summary: "the half-cheetah's directions by MLSR at strengths of its L1 norm, on lanes",
    source: "metarl, beside Lou, Zhao, Wang 2021, figure 6",
    measure: "return of 100 actions, both directions; share of the output layer's numbers that are 0 after the step",
    lines: [0, 0.000001, 0.00001, 0.0001, 0.001].map { strength in
      Line(
        "l1_strength \(strength.shortText)",
        ["task=cheetah-dir", "algorithm=mlsr", "physics=lanes", "l1_strength=\(strength.shortText)"])
    },
    columns: directionColumns + [.metric("share of zeros", "zero_share")], quickDivisor: 60)
}
