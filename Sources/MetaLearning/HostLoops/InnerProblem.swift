import NeuralNetworks
import TensorCore

/// The objective of a phase of an inner loop in a traced function: each task's loss and the rule's penalty, as functions
/// of the adapted parameters phi.
struct InnerProblem<Scalar: TensorScalar> {
  private let rule: any PenalizedRule
  private let model: Parameters<Scalar>
  private let ruleParameters: Parameters<Scalar>
  private let state: UpdateState<Scalar>
  private let losses: Adaptation.Loss<Scalar>

  /// - Parameters:
  ///   - index: the phase's number.
  ///   - start: the state of the inner loop before its first step.
  ///   - losses: the loss of each task.
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

  /// The sum of loss and penalty for each task, `[tasks]`.
  func objectives(_ phi: Parameters<Scalar>) -> Tensor<Scalar> {
    let penalty = rule.penalty(of: phi, ruleParameters: ruleParameters, state: state)
    return losses(model.merging(phi)) + penalty.tensors.map { $0.summedOverTask() }.reduce(0, +)
  }

  /// The gradient of the objectives with respect to phi.
  func gradients(_ phi: Parameters<Scalar>) -> Parameters<Scalar> { gradient(at: phi) { objectives($0).sum() } }

  /// The vectors divided by the strength of the penalty's attraction, so that the system's matrix is the identity where
  /// the loss has no curvature.
  func scaled(_ vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let attraction = rule.attraction(ruleParameters: ruleParameters) else { return vectors }
    return vectors.map { $0 / attraction }
  }

  /// The products of vectors with the scaled Hessians of the objectives on the free elements: for a proximal term I + H /
  /// lambda (iMAML, eq. 6), for a sparse recovery the Hessian on the support. It is the identity on all other elements.
  func product(_ phi: Parameters<Scalar>, along vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    let free = rule.restricted(vectors, at: phi)
    let images = hessianVectorProduct(at: phi, along: free) { objectives($0).sum() }
    let inside = rule.restricted(scaled(images), at: phi)
    return inside + (vectors - free)
  }
}

extension Phase {
  /// The rule as a `PenalizedRule`. A rule that does not describe a minimum is a programming error.
  var penalizedRule: any PenalizedRule {
    guard let rule = rule as? any PenalizedRule else {
      preconditionFailure("\(rule) describes no minimum, so that none can be searched for or differentiated")
    }
    return rule
  }
}

extension PenalizedRule {
  /// The vectors with 0 for the elements that the minimum at `phi` holds fixed.
  func restricted<Scalar>(_ vectors: Parameters<Scalar>, at phi: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let support = support(of: phi) else { return vectors }
    return support * vectors
  }
}

extension Tensor {
  /// The sum over all axes except the first, which is the tasks axis.
  func summedOverTask() -> Tensor { sum(axes: Array(1..<shape.rank)) }

  /// The elements of each task multiplied by the factor of that task, `[tasks]`.
  func multiplied(byTask factors: Tensor) -> Tensor {
    factors.reshaped(to: Shape([shape[0]] + Array(repeating: 1, count: shape.rank - 1))) * self
  }
}
