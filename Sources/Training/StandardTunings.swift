import FewShotTasks
import Parts
import Runs

extension Tuning {
  /// The values of algorithms and models whose inner step differs from MAML's; the articles on results say what was tried.
  static let standard: [Tuning] =
    [
      Tuning(
        tasks: ["cheetah-dir"], algorithm: "reptile",
        ["inner_steps": 2, "inner_rate": 3, "exploration_deviation": 0, "outer_step": "adam"],
        why: noGradient),
      Tuning(
        tasks: ["cheetah-dir"], algorithm: "anil", ["inner_rate": 3],
        why: "one layer takes larger steps than all of them"),
      Tuning(
        tasks: ["cheetah-dir"], algorithm: "mlsr", ["inner_rate": 3, "l1_strength": 0.000001],
        why:
          "one layer takes larger steps than all of them; the threshold of each step costs return, 30 at 0.0001 and 10 at "
          + "0.00001"),
      Tuning(
        tasks: ["hopper-rand-params", "walker-rand-params"], algorithm: "mlsr", ["inner_rate": 1], why: oneLayerOfRobots
      ),
      Tuning(
        tasks: ["hopper-rand-params", "walker-rand-params"], algorithm: "anil", ["inner_rate": 1], why: oneLayerOfRobots
      ),
    ] + severalSteps + minibatches + [
      fineTuning,
      Tuning(
        tasks: ["cheetah-dir"], algorithm: "meta-sgd", ["inner_rate_learning": false],
        why: "its rates are learned already"),
      Tuning(
        tasks: ["cheetah-dir"], algorithm: "random", ["iterations": 300, "outer_step": "adam"],
        why: "a line beside the curves of the others, over as many iterations; it makes no outer step"),
      Tuning(
        tasks: ["point-navigation"], algorithm: "reptile",
        ["inner_steps": 2, "exploration_deviation": 0, "outer_step": "adam"], why: noGradient),
      Tuning(
        tasks: ["bandit", "tabular-mdp"], algorithm: "reptile", ["inner_steps": 2, "outer_step": "adam"],
        why: noGradient),
      Tuning(
        tasks: ["point-navigation", "bandit"], algorithm: "meta-sgd", ["inner_rate_learning": false],
        why: "its rates are learned already"),
      Tuning(
        tasks: [images], algorithm: "imaml",
        ["inner_rate": 0.1, "inner_steps": 16, "regularization": 0.5, "cg_steps": 1],
        why:
          "table 2 has 16 steps, lambda 2 and 5 steps of conjugate gradients, and its code adds to the matrix what keeps it "
          + "positive; without that lambda 2 learns until the curvature outweighs it, and then forgets; one step of conjugate "
          + "gradients does not follow the flat directions; steps above 0.1 leave the minimum"),
      Tuning(
        tasks: [images], algorithm: "reptile", ["inner_rate": 0.1], why: "five steps at MAML's one rate overshoot"),
      Tuning(
        tasks: ["omniglot"], algorithm: "reptile",
        [
          "inner_optimizer": "adam", "inner_rate": 0.001, "inner_batch": 10, "inner_steps": 5, "meta_batch_size": 5,
          "shots": 10,
        ],
        why:
          "Nichol, Achiam, Schulman 2018 on 5 ways; it does not look at queries, so that it trains with more shots than it is "
          + "tested with: evaluate --shots 1 --steps 50; its outer step falls from 1 to 0 over 100,000 iterations"),
      Tuning(
        tasks: ["sparse-spectrum"], algorithm: "mlsr", if: ["model": "sinusoids"],
        [
          "recovery": "fista", "recovery_start": "zero", "l1_strength": 0.01, "inner_rate": 0.08, "inner_steps": 200,
          "iterations": 1,
        ],
        why:
          "the features are given and the recovery begins at 0, so that nothing is left to learn outside; the Hessian's largest "
          + "eigenvalue is 8 to 12, and a weaker norm needs more steps"),
      Tuning(
        tasks: [images], algorithm: "mlsr", if: ["model": "convolutional"], ["inner_rate": 2, "inner_steps": 5],
        why: oneLayer),
      Tuning(
        tasks: [images], algorithm: "anil", if: ["model": "convolutional"], ["inner_rate": 2, "inner_steps": 5],
        why: oneLayer),
      Tuning(tasks: ["mnist-pairs"], algorithm: "mlsr", ["inner_rate": 5, "inner_steps": 5], why: oneLayer),
      Tuning(
        tasks: ["linear-classification"], if: ["model": "linnet"],
        ["hidden_sizes": [64, 64, 64], "initializer": "xavier", "outer_rate": 0.1],
        why:
          "from weights of 0.01 the product of four layers is so flat that it does not start to learn; A.1.1 has plain "
          + "gradient descent outside at the inner rate 1.9, with which it diverges here"),
      Tuning(
        tasks: ["linear-classification"], algorithm: "klin", ["inner_rate": 3.33, "outer_rate": 0.1],
        why: "A.1.1 has 3.33 outside, too, with which it diverges here"),
      Tuning(
        tasks: ["linear-classification"], algorithm: "kfc",
        [
          "iterations": 7_500, "inner_rate": 10, "initializer": "xavier", "outer_step": "adam", "outer_rate": 0.0003,
          "meta_batch_size": 4,
        ],
        why:
          "ReLU between identities stops every other gradient: until the start of the model has learned to shift them, which "
          + "takes Adam's even steps, nothing above 84% is reached; as many tasks as the paper's 30,000 iterations of one"
      ),
    ]

  /// The rates of robots and points for joint training, whose policy no step has been prepared for: a larger one destroys it.
  private static let fineTuning = Tuning(
    tasks: ["cheetah-dir", "cheetah-vel", "hopper-rand-params", "walker-rand-params", "point-navigation"],
    algorithm: "joint", ["inner_rate": 0.01],
    why:
      "the largest step that improves a policy which was trained without it, on cheetah-vel from -180 to -148; 0.1 ends at -347"
  )

  /// The rates of the half-cheetah's directions where training takes several steps.
  private static let severalSteps: [Tuning] = (2...5).flatMap { steps in
    let rates: [(algorithm: String?, one: Double)] = [(nil, 1), ("reptile", 3), ("anil", 3), ("mlsr", 3)]
    return rates.map { algorithm, one in
      let rate = (0.6 * one / Double(steps) * 100).rounded() / 100
      return Tuning(
        tasks: ["cheetah-dir"], algorithm: algorithm, if: ["inner_steps": .scalar(String(steps))],
        ["inner_rate": .scalar(rate.shortText)],
        why: "several steps at a rate that is right for one overshoot, each from what the others have left")
    }
  }

  /// Reptile on generated tasks: each of its steps has examples of its own, with which its gradient is that of the expansions
  /// of Nichol, Achiam, Schulman 2018 (overview, eqs. 28 to 41).
  private static let minibatches: [Tuning] = SupervisedTaskFamilies.generated.map { family in
    let (steps, enough) = (5, 50)
    let shots = family.defaults["shots"].flatMap { Int($0.description) } ?? SupervisedSampling().shots
    let parts: [String: SettingText] =
      shots < enough
      ? ["shots": .scalar(String(enough)), "inner_batch": .scalar(String(enough / steps)), "inner_rate": 0.02]
      : ["inner_batch": .scalar(String(shots / steps))]
    return Tuning(
      tasks: [family.card.name], algorithm: "reptile", parts,
      why:
        "each of the \(steps) steps has a part of the examples of its own, as in its paper's analysis; it does not look at "
        + "queries, so that it trains with more shots than others: evaluate --shots 10 compares them")
  }

  private static let images = "images"
  private static let oneLayerOfRobots = "one layer takes larger steps than all of them"
  private static let noGradient =
    "two steps, since one is joint training, and every step has fresh episodes, which cost as many as a sampling; its "
    + "displacement is no gradient of a loss that a trust region could measure"
  private static let oneLayer =
    "one layer has fewer ways to fit a task than all have, and so takes larger steps, and more"
}

extension Caution {
  /// The cautions of this version.
  static let standard = [
    Caution(
      task: "sparse-spectrum", unless: ("mlsr", ["model": "sinusoids"]),
      text: "no network learns these signals at its default settings, and the loss stays near 1, that of predicting 0; "
        + "--algorithm mlsr --set model=sinusoids recovers them in their own basis")
  ]
}
