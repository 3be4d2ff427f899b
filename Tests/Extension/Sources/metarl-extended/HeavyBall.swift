import NeuralNetworks
import Parts
import TensorCore

/// An outer optimizer with a setting: a ball that rolls against the meta-gradient and is slowed by friction.
struct HeavyBall: OuterOptimizer {
  let card = Card("heavy-ball", "steps that keep a share of the step before", source: "Polyak 1964")
  var friction = 0.1

  static let settings = [
    Setting<Self>("friction", \.friction, in: 0...1, "share of its velocity that the ball loses in a step")
  ]

  var links: [any UpdateRule] { [Rolling(friction: friction)] }
}

private struct Rolling: UpdateRule {
  let friction: Double

  func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> { UpdateState([("velocity", adapted.zeros)]) }

  func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    state["velocity"] = Tensor(Scalar(1 - friction)) * state["velocity"] + gradient
    return state["velocity"]
  }
}
