import Parts
import Runs

extension Preset {
  /// The settings of papers on policies. What papers leave open, or give in the units of another loss, is a line of `source`.
  static let standard = [
    Preset(
      "finn-2017", summary: "MAML's half-cheetah by TRPO, 40 tasks of 20 episodes of 200 actions",
      source: "Finn, Abbeel, Levine 2017, section 5.3 and appendix A; damping and line search of its code",
      algorithms: ["maml", "fomaml"],
      [
        "task": "cheetah-dir", "horizon": 200, "meta_batch_size": 40, "episodes": 20, "hidden_sizes": [100, 100],
        "activation": "relu", "inner_rate": 0.1, "surrogate": "ratio", "outer_step": "trpo", "trust_region": 0.01,
        "trust_region_damping": 0.00001, "task_gradient_clip": 0, "iterations": 500,
      ].merging(unlike) { own, _ in own }),
    Preset(
      "promp-2019", summary: "ProMP: PPO outside with a penalty on the inner step",
      source: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019, appendix; 20 episodes of 40 tasks, 1,001 iterations",
      algorithms: ["maml"],
      [
        "task": "cheetah-dir", "meta_batch_size": 40, "episodes": 20, "inner_rate": 0.1, "surrogate": "ratio",
        "outer_step": "ppo", "ppo_passes": 5, "ppo_clip": 0.3, "ppo_inner_penalty": 0.0005, "ppo_stop": 0,
        "outer_rate": 0.001, "outer_rate_final": 0.001, "gradient_clip": 0, "task_gradient_clip": 0,
        "iterations": 1_001,
      ].merging(unlike) { own, _ in own }),
    Preset(
      "lou-2021", summary: "the half-cheetah of MLSR's figure 6",
      source: "Lou, Zhao, Wang 2021, figure 6; rates and the trust region are garage's, which the paper used",
      algorithms: ["mlsr", "maml", "l1-maml"],
      [
        "task": "cheetah-dir", "meta_batch_size": 20, "episodes": 40, "hidden_sizes": [32, 64], "baseline": "network",
        "inner_rate": 0.1, "l1_strength": 0.0001, "surrogate": "naive", "outer_step": "trpo", "trust_region": 0.01,
        "trust_region_damping": 0.00001, "task_gradient_clip": 0, "iterations": 300,
      ].merging(unlike) { own, _ in own }),
  ]

  /// What papers have in common where the defaults differ.
  private static let unlike: [String: SettingText] = [
    "inner_rate_learning": false, "exploration_deviation": 0, "later_rate": 1, "later_steps": "same",
    "advantage_decay": 1, "velocity_scale": 1, "task_sampling": "random",
  ]
}
