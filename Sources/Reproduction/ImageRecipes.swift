import Parts
import Runs

extension Recipe {
  /// Eight algorithms on one protocol of Omniglot, 5 ways, with half of the papers' filters and 40,000 tasks.
  static let omniglotFiveWays = Recipe(
    name: "omniglot-5-way", summary: "Omniglot, 5 ways, 1 shot, by eight algorithms: 32 filters, 40,000 tasks",
    source: "Finn, Abbeel, Levine 2017, table 1; Rajeswaran et al. 2019, table 2; Lee, Choi 2018, table 3",
    measure: "accuracy on 600 held-out tasks",
    lines: [
      ("MAML", ["algorithm=maml"], 0.987), ("FOMAML", ["algorithm=fomaml"], 0.983),
      // Reptile trains with more shots than it is tested with, by default those of its paper.
      ("Reptile", ["algorithm=reptile"], 0.9768), ("iMAML", ["algorithm=imaml"], 0.9916),
      ("Meta-SGD", ["algorithm=meta-sgd"], 0.9953), ("ANIL", ["algorithm=anil"], nil),
      ("MLSR", ["algorithm=mlsr"], nil), ("MT-net", ["algorithm=mt-net"], 0.995),
    ].map { label, settings, published in
      Line(
        label, short + ["filters=32", "iterations=10000"] + settings, published: [nil, published],
        paper: ["filters=64", "iterations=60000", "meta_batch_size=32"])
    },
    columns: [.score("before", step: 0, shots: 1), .ownScore("after", shots: 1)],
    figure: .heldOut(Column.EvaluatedTasks(shots: 1), label: "accuracy on held-out tasks"),
    departures: [
      "32 filters and 40,000 tasks, where the papers have 64 and almost two million.", omniglotTasks,
      "iMAML has lambda 0.5 and one step of conjugate gradients, where its paper has 2 and five: see imaml-table-2.",
    ], quickDivisor: 200)

  /// The settings of a short training. In a short time, many small outer steps progress further than few large ones.
  private static let short = ["task=omniglot", "meta_batch_size=4", "queries=5"]

  /// Omniglot with 20 ways: more classes than MAML's first steps distinguish.
  static let omniglotTwentyWays = Recipe(
    name: "omniglot-20-way", summary: "Omniglot, 20 ways, 1 shot, by MAML, FOMAML, Meta-SGD and MT-net",
    source: "Finn, Abbeel, Levine 2017, table 1; Lee, Choi 2018, table 3", measure: "accuracy on 600 held-out tasks",
    lines: [
      ("MAML", ["algorithm=maml"] + twentyWays, 0.958), ("FOMAML", ["algorithm=fomaml"] + twentyWays, 0.894),
      ("Meta-SGD", ["algorithm=meta-sgd"], 0.9593), ("MT-net", ["algorithm=mt-net"] + twentyWays, 0.9621),
    ].map { label, settings, published in
      Line(
        label, short + ["ways=20", "filters=32", "iterations=10000"] + settings,
        published: [nil, published], paper: ["filters=64", "iterations=60000", "meta_batch_size=16"])
    },
    columns: [.score("before", step: 0), .ownScore("after")], seeds: [1],
    figure: .heldOut(.init(), label: "accuracy on held-out tasks"),
    departures: ["32 filters and 40,000 tasks, where the papers have 64 and almost a million.", omniglotTasks],
    quickDivisor: 200)

  /// The inner steps of MAML with 20 ways (Finn, Abbeel, Levine 2017, A.1).
  private static let twentyWays = ["inner_steps=5", "inner_rate=0.1"]

  /// Table 2 of iMAML: Omniglot with 5 and 20 ways, 1 and 5 shots.
  static let imamlTable2 = Recipe(
    name: "imaml-table-2", summary: "Omniglot, 5 and 20 ways, 1 and 5 shots, by MAML, FOMAML and iMAML",
    source: "Rajeswaran, Finn, Kakade, Levine 2019, table 2", measure: "accuracy on 600 held-out tasks",
    lines: [
      (5, 1, [0.987, 0.983, 0.9916, 0.995]), (5, 5, [0.999, 0.992, 0.9967, 0.9974]),
      (20, 1, [0.958, 0.894, 0.9446, 0.9618]), (20, 5, [0.989, 0.979, 0.9869, 0.9914]),
    ].flatMap { ways, shots, published in
      let steps = ways == 20 ? twentyWays : []
      let implicit = ["regularization=2", "cg_steps=5"] + implicitDamping
      let descent = ["algorithm=imaml", "inner_steps=\(ways == 5 ? 16 : 25)"] + implicit
      return zip(
        [
          ("MAML", ["algorithm=maml"] + steps), ("FOMAML", ["algorithm=fomaml"] + steps),
          ("iMAML, gradient descent", descent),
          ("iMAML, Hessian-free", ["algorithm=imaml-hf"] + implicit),
        ], published
      ).map { method, number in
        Line(
          "\(ways) ways, \(shots.counted("shot")), \(method.0)",
          short + ["ways=\(ways)", "shots=\(shots)", "filters=16", "iterations=4000"] + method.1,
          published: [number],
          paper: ["filters=64", "iterations=60000", "meta_batch_size=\(ways == 5 ? 32 : 16)"])
      }
    },
    columns: [.ownScore("accuracy")], seeds: [1],
    departures: [
      "16 filters and 16,000 tasks, where the paper has 64 and up to two million.",
      omniglotTasks,
      "lambda stands beside the mean of the losses of a task's examples, which the paper's equations leave open.",
      "The solver's matrix is damped as in the authors' code, of which the paper says nothing: without it, lambda 2 and five steps of conjugate gradients diverge.",
    ], quickDivisor: 200)

  /// What every recipe of Omniglot departs in.
  private static let omniglotTasks =
    "323 characters are for testing, those that remain of 1,623 beside 1,200 for training and 100 for validation; the papers name 423, with or without those for validation."

  /// The damping of the authors' code of iMAML.
  private static let implicitDamping = ["cg_damping=1", "cg_regularization_damping=10"]

  /// A data set of the meta-optimizers paper, with the settings of its appendix A.1.2.
  struct SmallNetworks: Sendable {
    /// The name of the task family.
    let task: String
    let title: String
    /// The settings of all lines.
    let settings: [String]
    /// The settings that give a run the paper's own length.
    let paper: [String]
    /// The inner rates of MAML with one to four blocks.
    let rates: [Double]
    /// The inner rates of Meta-SGD, Meta-Curvature and KFC.
    let learnedRates: [Double]
    /// The sides of the squares that one to four blocks pool; none where blocks do not pool.
    var pooling: [Int] = []
    let departures: [String]

    static let omniglot = SmallNetworks(
      task: "omniglot", title: "Omniglot, 10 ways, 5 shots",
      settings: short + [
        "ways=10", "shots=5", "filters=16", "inner_steps=4", "outer_rate=0.003", "iterations=4000",
      ], paper: ["filters=64", "iterations=60000", "meta_batch_size=32"], rates: [0.8, 0.8, 0.5, 0.5],
      learnedRates: [0.5, 0.5, 0.5],
      departures: [
        "16 filters and 16,000 tasks, where the paper has 64 and almost two million.", omniglotTasks,
        "Training draws new tasks without end, where the paper has 20,000.",
      ])
    static let cifar = SmallNetworks(
      task: "cifar-fs", title: "CIFAR-FS, 10 ways, 3 shots",
      settings: [
        "task=cifar-fs", "meta_batch_size=4", "ways=10", "shots=3", "filters=32", "inner_steps=2", "outer_rate=0.003",
        "iterations=4000",
      ], paper: ["iterations=60000", "meta_batch_size=32"], rates: [0.7, 0.7, 0.7, 0.7], learnedRates: [0.5, 0.5, 0.5],
      departures: [
        "16,000 tasks, where the paper has almost two million.",
        "Training draws new tasks without end, where the paper has 20,000.",
      ])
    static let miniImageNet = SmallNetworks(
      task: "mini-imagenet", title: "mini-ImageNet, 10 ways, 1 shot",
      settings: [
        "task=mini-imagenet", "meta_batch_size=4", "ways=10", "shots=1", "filters=32", "inner_steps=5",
        "outer_rate=0.0005", "iterations=4000",
      ], paper: ["iterations=60000"], rates: [0.07, 0.07, 0.07, 0.07], learnedRates: [0.1, 0.09, 0.005],
      pooling: [16, 4, 3, 2],
      departures: [
        "16,000 tasks, where the paper has a quarter of a million.",
        "Blocks pool squares of 16, 4, 3 and 2 pixels where there are one to four of them: two and four then have the parameters that the paper counts, 18,282 and 36,906.",
      ])

    /// The settings of a network.
    func network(blocks: Int) -> [String] {
      settings + ["blocks=\(blocks)"] + (pooling.isEmpty ? [] : ["pooling=\(pooling[blocks - 1])"])
    }

    func maml(blocks: Int) -> [String] {
      network(blocks: blocks) + ["algorithm=maml", "inner_rate=\(rates[blocks - 1].shortText)"]
    }

    func kfc(blocks: Int) -> [String] {
      network(blocks: blocks)
        + ["algorithm=kfc", "meta_optimizer_layers=4", "inner_rate=\(learnedRates[2].shortText)"]
    }
  }

  /// Table A1 and figures 3, A.2 and A.3 of the meta-optimizers paper: fewer blocks, with and without a meta-optimizer, at four
  /// points along the training.
  static func blocks(_ data: SmallNetworks, figures: String, published: [(maml: Double, kfc: Double)]) -> Recipe {
    Recipe(
      name: "\(data.task)-blocks", summary: "\(data.title): one to four blocks by MAML and KFC",
      source: "Arnold, Iqbal, Sha 2021, table A1 and \(figures)",
      measure: "accuracy after the steps of training on 600 held-out tasks, after parts of the training",
      lines: (1...4).flatMap { blocks in
        let numbers = published.isEmpty ? nil : published[blocks - 1]
        return [("MAML", data.maml(blocks: blocks), numbers?.maml), ("KFC", data.kfc(blocks: blocks), numbers?.kfc)].map
        {
          label, settings, number in
          Line(
            "\(label), \(blocks.counted("block"))", settings, published: [nil, nil, nil, number], paper: data.paper)
        }
      },
      columns: [(0.25, "a quarter"), (0.5, "half"), (0.75, "three quarters")].map { .ownScore($1, afterShare: $0) }
        + [.ownScore("all")], figure: .heldOut(.init(), label: "accuracy on held-out tasks"),
      departures: data.departures + [
        "The rates of two and of four blocks are the paper's, those of one and three the same."
      ],
      quickDivisor: 200)
  }

  /// The examples of a step of the upper bound, of all classes together.
  private static let boundBatch = 50

  /// Table 2 of the meta-optimizers paper: two blocks by several meta-optimizers, beside a training on each task alone.
  static func metaOptimizers(_ data: SmallNetworks, bound: (shots: Int, queries: Int), published: [Double]) -> Recipe {
    func line(_ label: String, _ algorithm: String, _ rate: Double, _ number: Double?) -> Line {
      Line(
        label, data.network(blocks: 2) + ["algorithm=\(algorithm)", "inner_rate=\(rate.shortText)"],
        published: number.map { [$0] } ?? [], paper: data.paper)
    }
    return Recipe(
      name: "\(data.task)-meta-optimizers",
      summary: "\(data.title): two blocks by MAML, Meta-SGD, Meta-Curvature, KFC and low rank",
      source: "Arnold, Iqbal, Sha 2021, table 2", measure: "accuracy after the steps of training on 600 held-out tasks",
      lines: [
        // The last of two settings of a key holds: from random weights, which an outer rate of 0 leaves as they are.
        Line(
          "upper bound",
          data.network(blocks: 2) + [
            "algorithm=reptile", "iterations=1", "outer_rate=0", "meta_batch_size=1",
            "shots=\(bound.shots)",
            "queries=\(bound.queries)", "inner_optimizer=adam", "inner_steps=300", "inner_batch=\(boundBatch)",
            "inner_rate=0.003",
          ], published: [published[0]], paper: data.paper.filter { $0.hasPrefix("filters") }),
        line("MAML", "maml", data.rates[1], published[1]),
        line("Meta-SGD", "meta-sgd", data.learnedRates[0], published[2]),
        line("Meta-Curvature", "meta-curvature", data.learnedRates[1], published[3]),
        Line("KFC", data.kfc(blocks: 2), published: [published[4]], paper: data.paper),
        line("low rank", "low-rank", data.learnedRates[2], nil),
      ],
      columns: [.ownScore("accuracy")],
      departures: data.departures + [
        "The upper bound is 300 steps of Adam from random weights on \(bound.shots) examples of each class of a task, \(boundBatch) a step, judged by \(bound.queries) others; the paper trains to convergence and does not say on how many.",
        "Low rank is described in the paper's section 4.2 and not in its table.",
      ], quickDivisor: 200)
  }

  /// Figure 2 of the meta-optimizers paper: what becomes of an adaptation after training where one layer is frozen, where one
  /// alone adapts, and where the output layer is noisy.
  static func layers(_ data: SmallNetworks) -> Recipe {
    let layers = (1...4).map { "block\($0)" } + ["output"]
    func adapting(_ names: [String]) -> String { "adapted=[\(names.joined(separator: ","))]" }
    return Recipe(
      name: "\(data.task)-layers", summary: "\(data.title): four blocks by MAML, layers frozen or alone after training",
      source:
        "Arnold, Iqbal, Sha 2021, figure 2 (no numbers in its text: the last block has to adapt, the others do not)",
      measure: "accuracy after the steps of training on 600 held-out tasks",
      lines: [Line("MAML", data.maml(blocks: 4), paper: data.paper)],
      columns: [.ownScore("all adapt")]
        + layers.map { layer in .ownScore("all but \(layer)", with: [adapting(layers.filter { $0 != layer })]) }
        + layers.map { layer in .ownScore("\(layer) alone", with: [adapting([layer])]) }
        + [0, 0.5, 1, 2, 4].map { deviation in
          .ownScore(
            "block4 and output, noise \(deviation.shortText)", with: [adapting(["block4", "output"])],
            noise: deviation == 0 ? nil : Column.LayerNoise(layer: "output", deviation: deviation))
        },
      departures: data.departures + [
        "Noise is added to the weights of the output layer, with a standard deviation of so many times their root mean square; the paper does not say how strong its own is."
      ], quickDivisor: 200)
  }

  static let omniglotBlocks = blocks(
    .omniglot, figures: "figures 3, A.2",
    published: [(0.292, 0.6645), (0.6094, 0.9113), (0.9169, 0.9657), (0.9756, 0.9849)])
  static let cifarBlocks = blocks(
    .cifar, figures: "figure 3", published: [(0.2486, 0.4202), (0.3844, 0.5294), (0.5091, 0.5307), (0.5503, 0.5597)])
  static let omniglotMetaOptimizers = metaOptimizers(
    .omniglot, bound: (shots: 15, queries: 5), published: [0.9509, 0.6094, 0.6925, 0.8570, 0.9113])
  static let cifarMetaOptimizers = metaOptimizers(
    .cifar, bound: (shots: 100, queries: 15), published: [0.6394, 0.3844, 0.4596, 0.5289, 0.5294])
  static let miniImageNetMetaOptimizers = metaOptimizers(
    .miniImageNet, bound: (shots: 100, queries: 15), published: [0.5845, 0.1855, 0.2659, 0.2974, 0.2740])
  static let miniImageNetBlocks = blocks(
    .miniImageNet, figures: "figure A.3 (no numbers in its text)", published: [])
  static let omniglotLayers = layers(.omniglot)
  static let cifarLayers = layers(.cifar)

  /// mini-ImageNet, 5 ways, with 1 and 5 shots.
  static let miniImageNetFiveWays = Recipe(
    name: "mini-imagenet-5-way", summary: "mini-ImageNet, 5 ways, 1 and 5 shots, by eight algorithms",
    source: "Rajeswaran et al. 2019, table 3; Lee, Choi 2018, table 3; overview, section 5",
    measure: "accuracy on 600 held-out tasks",
    lines: [
      ("MAML", ["algorithm=maml"], [0.487, 0.6311]), ("FOMAML", ["algorithm=fomaml"], [0.4807, nil]),
      ("Reptile", ["algorithm=reptile"], [0.4997, nil]),
      (
        "iMAML", ["algorithm=imaml", "regularization=0.5", "inner_steps=10", "cg_steps=5"] + implicitDamping,
        [0.4896, nil]
      ),
      (
        "iMAML, Hessian-free", ["algorithm=imaml-hf", "regularization=0.5", "cg_steps=5"] + implicitDamping,
        [0.493, nil]
      ),
      ("Meta-SGD", ["algorithm=meta-sgd"], [0.5047, 0.6403]), ("T-net", ["algorithm=t-net"], [0.5082, nil]),
      ("MT-net", ["algorithm=mt-net"], [0.5169, 0.6408]),
    ].map { label, settings, published in
      Line(
        label, ["task=mini-imagenet", "iterations=4000"] + settings, published: published, paper: ["iterations=60000"])
    },
    columns: [.ownScore("1 shot", shots: 1), .ownScore("5 shots", shots: 5)], seeds: [1],
    departures: [
      "4,000 iterations in place of 60,000; both columns are of one training with the family's number of shots.",
      "The solver's matrix of iMAML is damped as in the authors' code, of which the paper says nothing.",
    ], quickDivisor: 200)

  /// Omniglot with models that are linear in the pixels.
  static let omniglotLinear = Recipe(
    name: "omniglot-linear", summary: "Omniglot, 5 ways, 1 shot: logistic regression, LinNet, KLin and KFC",
    source: "Arnold, Iqbal, Sha 2021, figures 1, A.1 and table 1",
    measure: "accuracy after two steps on 600 held-out tasks",
    lines: [
      Line(
        "logistic regression", linear(["algorithm=maml", "model=mlp", "hidden_sizes=[]", "inner_rate=1"], 0.0005),
        published: [0.45]),
      Line("LinNet", linear(["algorithm=maml", "model=linnet", "inner_rate=0.08"], 0.0005), published: [0.7]),
      Line("KLin", linear(["algorithm=klin", "model=mlp", "hidden_sizes=[]", "inner_rate=0.9"], 0.001)),
      Line(
        "KFC",
        linear(
          ["algorithm=kfc", "meta_optimizer_layers=4", "model=mlp", "hidden_sizes=[]", "inner_rate=0.01"], 0.001)),
    ],
    columns: [.ownScore("accuracy")], seeds: [1], figure: .heldOut(.init(), label: "accuracy on held-out tasks"),
    departures: [
      "12,000 tasks, where the paper has almost two million; an outer rate of 0.001 for KLin in place of 0.003, with which it ends lower here."
    ], quickDivisor: 100)

  private static func linear(_ settings: [String], _ outerRate: Double) -> [String] {
    // With the few queries of `short`, or at the paper's rate of 0.003, the accuracy of KLin falls again.
    ["task=omniglot", "inner_steps=2", "outer_rate=\(outerRate.shortText)", "iterations=1500"] + settings
  }

  /// Accuracy on pairs of MNIST digits after few and many gradient steps, on the pairs of training as in the paper, and on
  /// held-out pairs.
  static let mnistPairs = Recipe(
    name: "mnist-pairs", summary: "pairs of MNIST digits by MLSR and MAML, from few gradient steps to many",
    source: "Lou, Zhao, Wang 2021, figure 5 (no numbers in its text: MLSR as fast as MAML, and at last above it)",
    measure: "accuracy on 1,000 tasks of the pairs and images of training, and of held-out ones",
    lines: [
      ("random", ["random", "inner_rate=0.2"]), ("MAML", ["maml", "iterations=2000"]),
      ("MLSR", ["mlsr", "iterations=2000"]),
    ].map { label, settings in
      Line(label, ["task=mnist-pairs", "inner_steps=5", "algorithm=\(settings[0])"] + settings.dropFirst())
    },
    columns: [EvaluationRequest.Split.training, .test].flatMap { split in
      [0, 1, 2, 5, 10, 100].map {
        .score("\(split == .test ? "held out, " : "")\($0) \($0 == 1 ? "step" : "steps")", step: $0, split: split)
      }
    }, seeds: Array(1...20), figure: .columns(at: [0, 1, 2, 5, 10, 100], label: "gradient steps"),
    departures: [
      "Half of the 10,000 images of t10k for training, and the other half held out, where the paper has all of MNIST.",
      "The columns of held-out pairs and images are not in the paper.",
    ], quickDivisor: 20)
}
