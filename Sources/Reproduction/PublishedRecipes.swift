import Environments
import Parts

extension Recipe {
  /// Every recipe, in the order in which they are listed.
  public static let all = [
    mtNetTable1, mtNetTable2, mtNetFigure4, mlsrFigure3(steps: 1), mlsrFigure3(steps: 5), linearClassification,
    omniglotFiveWays, omniglotTwentyWays, omniglotBlocks, omniglotLinear, mnistPairs, cheetahDirection(.box2d),
    cheetahDirection(.lanes), mlsrFigure6, mlsrStrengths, metaRLSuite,
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
    ],
    columns: [5, 10, 20].map { (shots: Int) in .score("\(shots) shots", shots: shots) })

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
    columns: [.score("10 shots")])

  /// Figure 4 of MT-net: the share of rows that an MT-net updates, by the order of the polynomials that it learns.
  static let mtNetFigure4 = Recipe(
    name: "mt-net-figure-4", summary: "share of rows that an MT-net updates on polynomials of order 0 to 3",
    source: "Lee, Choi 2018, figure 4 (no numbers in its text: the share rises with the order)",
    measure: "mean of sigma(zeta) at the end of training; mean squared error after one step",
    lines: (0...3).map { Line("order \($0)", ["task=polynomial-\($0)", "algorithm=mt-net"]) },
    columns: [.metric("share of rows", "update_share"), .score("error, 10 shots")])

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
        let length = settings == ["algorithm=random"] ? [] : ["iterations=20000"]
        return Line(label, ["task=sinusoid-frequency", "inner_steps=\(steps)"] + settings + length)
      },
      columns: [0, 1, 2, 5, 10].map { .score("\($0) steps", step: $0) })
  }

  /// One step on linear classifiers through the origin.
  static let linearClassification = Recipe(
    name: "linear-classification", summary: "linear classifiers by logistic regression, LinNet, KLin and KFC",
    source: "Arnold, Iqbal, Sha 2021, figure 1 and table 1 (92%: we guess the support's own score)",
    measure: "accuracy after one step on 1,000 fresh points",
    // Each line runs for as long as it still improves; the default is 30,000 iterations, for KFC 7,500 of four tasks.
    lines: [
      ("logistic regression", ["algorithm=maml", "iterations=10000"], 0.5),
      ("LinNet", ["algorithm=maml", "model=linnet", "iterations=6000"], 0.92),
      ("KLin", ["algorithm=klin", "iterations=3000"], 0.92), ("KFC", ["algorithm=kfc"], 0.92),
    ].map { label, settings, published in
      Line(label, ["task=linear-classification"] + settings, published: [published])
    },
    columns: [.score("accuracy")])

  /// Figure 6 of MLSR with this project's settings. ANIL is MLSR's head without sparsity, so that what sparsity adds can be
  /// seen.
  static func cheetahDirection(_ engine: PhysicsKind) -> Recipe {
    Recipe(
      name: "cheetah-dir-\(engine.rawValue)",
      summary: "the half-cheetah's directions by MAML, MLSR, L1-MAML and ANIL on \(engine.rawValue)",
      source: "Lou, Zhao, Wang 2021, figure 6", measure: "return of 100 actions, both directions",
      lines: directionAlgorithms.map { label, algorithm in
        Line(label, ["task=cheetah-dir", "algorithm=\(algorithm)", "physics=\(engine.rawValue)"])
      },
      columns: directionColumns)
  }

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
    columns: (0...3).map { .score("k = \($0)", step: $0) } + [.reference("oracle", "oracle")])

  /// The families of the suite, with their settings and what is published of MAML after k = 0, 1, 2, 3 steps.
  private static let suiteFamilies: [(String, [String], [Double?])] = [
    ("cheetah-dir", ["physics=lanes", "iterations=300"], [nil, 270, nil, nil, nil]),
    ("cheetah-vel", ["iterations=300"], []),
    ("hopper-rand-params", ["iterations=200"], []),
    ("walker-rand-params", ["iterations=200"], []),
    ("point-navigation", ["iterations=100"], []),
    ("bandit", ["iterations=100"], []),
    ("tabular-mdp", ["iterations=100"], []),
  ]

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
    columns: directionColumns)

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
    columns: directionColumns + [.metric("share of zeros", "zero_share")])
}
