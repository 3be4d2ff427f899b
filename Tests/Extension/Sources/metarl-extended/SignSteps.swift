import MetaLearning
import NeuralNetworks
import Parts
import TensorCore

/// MAML whose inner steps follow the sign of a running mean of the task's own gradients: a setting, and a memory of each task.
struct SignSteps: MetaAlgorithm {
  let card = Card("sign-steps", "inner steps by the sign of a running mean of gradients", source: "an example")
  var rate = 0.01
  var decay = 0.9

  static let settings = [
    Setting<Self>.innerRate(\.rate),
    Setting<Self>("sign_decay", \.decay, in: 0...1, "weight of the gradients before in the running mean"),
  ]

  var phases: [Phase] { [Phase(adapted: .all, rule: SignStep(rate: rate, decay: decay), gradients: .stopped)] }
}

private struct SignStep: UpdateRule {
  let rate: Double
  let decay: Double

  func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> { UpdateState([("mean", adapted.zeros)]) }

  func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    state["mean"] = Tensor(Scalar(decay)) * state["mean"] + Tensor(Scalar(1 - decay)) * gradient
    return Tensor(Scalar(rate)) * state["mean"].map(sign)
  }
}
