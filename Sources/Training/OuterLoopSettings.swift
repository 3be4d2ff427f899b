import NeuralNetworks
package import Parts

/// The settings of the outer loop, which updates the meta-parameters.
struct OuterLoopSettings: Part {
  let card = Card("outer loop", "what moves the meta-parameters", source: "metarl")
  /// The optimizer of the meta-parameters.
  var optimizer: any OuterOptimizer = OuterAdam()
  /// The step size of the optimizer, or its initial value where the step size decreases.
  var rate = 0.001
  /// The largest global norm of the meta-gradient; 0 for none.
  var clip = 0.0

  static let optimizerSetting = Setting<Self>(
    "outer_step", \.optimizer, of: .outerOptimizer, "moves the initial parameters")
  static let clipSetting = Setting<Self>(
    "gradient_clip", \.clip, in: 0...1e9,
    "largest global norm of the meta-gradient, longer ones are scaled to it; 0: no limit")

  static let settings: [Setting<Self>] = [optimizerSetting, .outerRate(\.rate), clipSetting]
}

extension Setting {
  /// Returns the setting of the key `outer_rate`.
  /// - Parameter more: the text that the key's comment adds to what the rate is.
  fileprivate static func outerRate(_ path: any Path<Double>, _ more: String = "") -> Setting {
    Setting("outer_rate", path, in: outerRates, "step size of the outer optimizer\(more)")
  }

  /// The range of a step size of the outer optimizer.
  fileprivate static var outerRates: ClosedRange<Double> { 0...1_000 }

  /// Returns the setting of the key `meta_batch_size`.
  static func metaBatchSize(_ path: any Path<Int>) -> Setting {
    Setting("meta_batch_size", path, in: 1...10_000, "tasks in a meta-iteration").measured(in: "tasks")
  }
}

/// The settings of the outer loop of policies, with a rate that decreases and a limit on each task's meta-gradient.
package struct PolicyOuterLoopSettings: Part {
  package let card = Card("outer loop", "what moves the meta-parameters", source: "metarl")
  /// The settings that every outer loop has.
  var common: OuterLoopSettings
  /// The rate after `rateIterations`, which is reached in equal steps.
  var finalRate = 0.001
  /// The number of iterations over which the rate decreases.
  var rateIterations = 300
  /// The largest global norm of one task's meta-gradient; 0 for none.
  var taskClip = 1.0

  package static let settings: [Setting<Self>] = [
    Setting(OuterLoopSettings.optimizerSetting, at: \.common),
    .outerRate(
      \.common.rate,
      " at first: Adam at 0.001 is too slow for 300 iterations; it falls, so that the end is quiet"
    ).ofARate(),
    Setting("outer_rate_final", \.finalRate, in: Setting<Self>.outerRates, "what outer_rate falls to, in equal steps")
      .ofARate(),
    Setting(
      "outer_rate_iterations", \.rateIterations, in: 1...1_000_000_000,
      "iterations over which outer_rate falls; it stays there afterwards"
    ).measured(in: "meta-iterations").ofARate(),
    Setting(
      "task_gradient_clip", \.taskClip, in: 0...1e9,
      "largest global norm of one task's meta-gradient: no task with an unlucky batch outvotes the others; 0: no limit"),
    Setting(OuterLoopSettings.clipSetting, at: \.common).ofARate(),
  ]

  package init() {
    common = OuterLoopSettings()
    common.rate = 0.01
    common.clip = 0.5
  }
}

extension Setting<PolicyOuterLoopSettings> {
  /// The setting as one that an outer step without a rate has no use for.
  fileprivate func ofARate() -> Setting { used("with an outer step that has a rate") { $0.common.optimizer.hasRate } }
}
