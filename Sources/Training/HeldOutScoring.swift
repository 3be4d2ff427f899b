import Parts
import Runs

/// How often a run looks at held-out tasks while it trains, and at how many.
struct HeldOutScoring: Part {
  let card = Card("held-out returns", "looks at held-out tasks while training", source: "metarl")
  /// The number of meta-iterations between two looks; 0 for none.
  var interval = 10
  /// The number of tasks of a look.
  var tasks = 4

  static let settings: [Setting<Self>] = [
    Setting(
      "evaluation_interval", \.interval, in: 0...1_000_000_000,
      "meta-iterations between looks at held-out tasks, whose return is the column \(HeldOutScoring.column); "
        + "checkpoints/best.safetensors keeps the best; 0: none"
    ).addedLater(before: 0).resumed(.freeSchedule),
    Setting(
      "evaluation_tasks", \.tasks, in: 1...10_000, "held-out tasks of a look, which draw random numbers of their own"
    ).measured(in: "tasks").addedLater().used("with evaluation_interval above 0") { $0.interval > 0 },
  ]

  /// The column of the mean return of a look; without a number in the iterations between.
  static let column = MetricsTable.heldOutReturn
}
