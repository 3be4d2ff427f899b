import NeuralNetworks
import TensorCore

/// What a phase of an inner loop minimizes, in a traced function: each task's loss and the rule's penalty, as functions of the
/// tasks' own parameters phi.
struct InnerProblem<Scalar: TensorScalar> {
  private let rule: any PenalizedRule
  private let model: Parameters<Scalar>
  private let ruleParameters: Parameters<Scalar>
  private let state: UpdateState<Scalar>
  private let losses: Adaptation.Loss<Scalar>

  /// - Parameters:
  ///   - index: the phase's number.
  ///   - start: where the inner loop starts.
  ///   - losses: each task's own loss.
  init(
    _ adaptation: Adaptation, phase index: Int, from start: AdaptationState<Scalar>,
    losses: @escaping Adaptation.Loss<Scalar>
  ) {
    rule = adaptation.phases[index].penalizedRule
    model = start.model
    ruleParameters = start.rules[index]
    state = start.states[index]
    self.losses = losses
  }

  /// Loss and penalty of each task, `[tasks]`.
  func objectives(_ phi: Parameters<Scalar>) -> Tensor<Scalar> {
    let penalty = rule.penalty(of: phi, ruleParameters: ruleParameters, state: state)
    return losses(model.merging(phi)) + penalty.tensors.map { $0.summedOverTask() }.reduce(0, +)
  }

  /// The gradient of the objectives.
  func gradients(_ phi: Parameters<Scalar>) -> Parameters<Scalar> { gradient(at: phi) { objectives($0).sum() } }

  /// What a solution is to be divided by so that, without a curvature of the loss, the system's matrix is the identity.
  func scaled(_ vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let attraction = rule.attraction(ruleParameters: ruleParameters) else { return vectors }
    return vectors.map { $0 / attraction }
  }

  /// The Hessians of the objectives on the numbers that are free, scaled, times vectors: for a proximal term
  /// I + H / lambda (iMAML, eq. 6), for a sparse recovery the Hessian on the support. The identity on all other numbers.
  func product(_ phi: Parameters<Scalar>, along vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    let free = rule.restricted(vectors, at: phi)
    let images = hessianVectorProduct(at: phi, along: free) { objectives($0).sum() }
    let inside = rule.restricted(scaled(images), at: phi)
    return inside + (vectors - free)
  }
}

extension Phase {
  /// The rule, which must describe a minimum.
  var penalizedRule: any PenalizedRule {
    guard let rule = rule as? any PenalizedRule else {
      preconditionFailure("\(rule) describes no minimum, so that none can be searched for or differentiated")
    }
    return rule
  }
}

extension PenalizedRule {
  /// Vectors without the numbers that the minimum at `phi` holds.
  func restricted<Scalar>(_ vectors: Parameters<Scalar>, at phi: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let support = support(of: phi) else { return vectors }
    return support * vectors
  }
}

extension Tensor {
  /// The sum over all axes but the first, which is the tasks'.
  func summedOverTask() -> Tensor { sum(axes: Array(1..<shape.rank)) }

  /// Each task's numbers times the task's own factor, of `[tasks]`.
  func multiplied(byTask factors: Tensor) -> Tensor {
    factors.reshaped(to: Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))) * self
  }
}
