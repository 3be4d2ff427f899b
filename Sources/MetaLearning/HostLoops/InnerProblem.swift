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

  private func attraction(_ phi: Parameters<Scalar>) -> Attraction<Scalar>? {
    rule.attraction(of: phi, ruleParameters: ruleParameters)
  }

  /// An upper bound of each task's distance from the minimum, `[tasks]`: the norm of the objective's gradient, divided by
  /// the smallest strength of the attraction. It holds where the loss is convex, since the objective is then strongly convex
  /// with this modulus.
  func distanceBounds(_ phi: Parameters<Scalar>) -> Tensor<Scalar> {
    guard let attraction = attraction(phi) else {
      preconditionFailure("\(rule) attracts nothing, so that no gradient bounds the distance from its minimum")
    }
    return sqrt(gradients(phi).tensors.map { square($0).summedOverTask() }.reduce(0, +)) / attraction.smallest
  }
}

// The linear system of the objectives' Hessians, scaled so that its matrix is the identity where the loss has no curvature.
// With the Hessian H of the loss and an attraction of one strength lambda, the matrix is I + H / lambda. With strengths in a
// diagonal matrix Lambda it is I + S H S, S = Lambda^(-1/2), which is symmetric, and solutions are multiplied by S.
extension InnerProblem {
  /// The vectors divided by lambda, or multiplied by S.
  func scaled(_ vectors: Parameters<Scalar>, at phi: Parameters<Scalar>) -> Parameters<Scalar> {
    switch attraction(phi) {
    case nil: vectors
    case .uniform(let strength): vectors.map { $0 / strength }
    case .each(let strengths): .combining(vectors, strengths) { $0 / sqrt($1) }
    }
  }

  /// The vectors multiplied by S; for one strength the vectors themselves.
  func balanced(_ vectors: Parameters<Scalar>, at phi: Parameters<Scalar>) -> Parameters<Scalar> {
    if case .each = attraction(phi) { scaled(vectors, at: phi) } else { vectors }
  }

  /// The products of vectors with the scaled Hessians of the objectives on the free elements: for a proximal term I + H /
  /// lambda (iMAML, eq. 6), for a sparse recovery the Hessian on the support. It is the identity on all other elements.
  /// Damping terms are added on the free elements.
  func product(
    _ phi: Parameters<Scalar>, along vectors: Parameters<Scalar>, damping: ImplicitDamping = ImplicitDamping()
  ) -> Parameters<Scalar> {
    let free = rule.restricted(vectors, at: phi)
    let images = hessianVectorProduct(at: phi, along: balanced(free, at: phi)) { objectives($0).sum() }
    let inside = rule.restricted(damped(images, of: free, at: phi, damping), at: phi)
    return inside + (vectors - free)
  }

  /// The images of vectors by the Hessians of the objectives, scaled, with the damping terms.
  private func damped(
    _ images: Parameters<Scalar>, of vectors: Parameters<Scalar>, at phi: Parameters<Scalar>, _ damping: ImplicitDamping
  ) -> Parameters<Scalar> {
    let identity = Tensor(Scalar(damping.identity))
    if damping.strength > 0 {
      guard case .uniform(let lambda) = attraction(phi) else {
        preconditionFailure("only an attraction of one strength for all elements can be damped by \(damping.strength)")
      }
      // The objective's Hessian is H + lambda I: (1 + d) v + H v / (lambda + c).
      let curved = images - lambda * vectors
      return (1 + identity) * vectors + curved.map { $0 / (lambda + Tensor(Scalar(damping.strength))) }
    }
    let scaled = scaled(images, at: phi)
    return damping.identity > 0 ? scaled + identity * vectors : scaled
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
