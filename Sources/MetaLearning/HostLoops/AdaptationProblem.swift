public import NeuralNetworks
public import TensorCore

/// Several tasks that adapt at once, as loops on the host see them: losses as functions of parameters and of examples
/// that are filled in for each batch.
public struct AdaptationProblem<Scalar: TensorScalar>: Sendable {
  /// The names and shapes of the meta-parameters.
  public let layout: Parameters<Scalar>
  /// How many tasks there are.
  public let tasks: Int
  /// The shapes of the examples that tasks adapt to.
  public let supportShapes: [Shape]
  /// The shapes of the examples that their adaptation is judged by; none where it is not.
  public let queryShapes: [Shape]
  /// Each task's own loss `[tasks]` on the former, or another objective on them.
  public let supportLosses:
    @Sendable (_ parameters: Parameters<Scalar>, _ examples: [Tensor<Scalar>], _ objective: Adaptation.Objective)
      -> Tensor<Scalar>
  /// Each task's own loss `[tasks]` on the latter.
  public let queryLosses: @Sendable (_ parameters: Parameters<Scalar>, _ examples: [Tensor<Scalar>]) -> Tensor<Scalar>
  /// What is told of each task beside its loss `[tasks]`, such as the accuracy of a classifier on the latter; nil for
  /// nothing.
  public var queryScores:
    (@Sendable (_ parameters: Parameters<Scalar>, _ examples: [Tensor<Scalar>]) -> Tensor<Scalar>)?

  /// Creates a problem.
  public init(
    layout: Parameters<Scalar>, tasks: Int, supportShapes: [Shape], queryShapes: [Shape],
    supportLosses:
      @escaping @Sendable (
        _ parameters: Parameters<Scalar>, _ examples: [Tensor<Scalar>], _ objective: Adaptation.Objective
      ) -> Tensor<Scalar>,
    queryLosses:
      @escaping @Sendable (_ parameters: Parameters<Scalar>, _ examples: [Tensor<Scalar>]) -> Tensor<Scalar>
  ) {
    self.layout = layout
    self.tasks = tasks
    self.supportShapes = supportShapes
    self.queryShapes = queryShapes
    self.supportLosses = supportLosses
    self.queryLosses = queryLosses
  }
}

/// The inner problem of several tasks in a traced function: each one's loss and the rule's penalty, as functions of the
/// tasks' own parameters phi.
struct InnerProblem<Scalar: TensorScalar> {
  private let adaptation: Adaptation
  private let rule: any PenalizedRule
  /// The parameters and the memory where the inner loop starts.
  private let start: Parameters<Scalar>
  private let losses: Adaptation.Loss<Scalar>

  /// - Parameters:
  ///   - parameters: the meta-parameters theta.
  ///   - examples: what the tasks adapt to.
  init(
    _ adaptation: Adaptation, _ problem: AdaptationProblem<Scalar>, parameters: Parameters<Scalar>,
    examples: [Tensor<Scalar>]
  ) {
    guard let rule = adaptation.rule as? any PenalizedRule else {
      preconditionFailure("\(adaptation.rule) describes no minimum, so that none can be searched for or differentiated")
    }
    self.adaptation = adaptation
    self.rule = rule
    start = adaptation.start(parameters, tasks: problem.tasks)
    losses = { problem.supportLosses($0, examples, adaptation.objective) }
  }

  private func own(_ phi: [Tensor<Scalar>]) -> Parameters<Scalar> {
    adaptation.adaptedParameters(of: start).replacingTensors(phi)
  }

  private var ruleParameters: Parameters<Scalar> { start.group(Adaptation.rulePrefix) }

  /// Loss and penalty of each task, `[tasks]`.
  func objectives(_ phi: [Tensor<Scalar>]) -> Tensor<Scalar> {
    let own = own(phi)
    let penalty = rule.penalty(of: own, own: ruleParameters, memory: start.group(Adaptation.memoryPrefix))
    return losses(start.merging(own)) + penalty.tensors.map { $0.summedOverTask() }.reduce(0, +)
  }

  /// The gradient of the objectives.
  func slope(_ phi: [Tensor<Scalar>]) -> [Tensor<Scalar>] { gradient(at: phi) { objectives($0).sum() } }

  /// What a solution is to be divided by so that, without a curvature of the loss, the system's matrix is the identity.
  func scaled(_ vectors: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    guard let attraction = rule.attraction(own: ruleParameters) else { return vectors }
    return vectors.map { $0 / attraction }
  }

  /// Vectors without the numbers that the minimum at `phi` holds.
  func restricted(_ vectors: [Tensor<Scalar>], at phi: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    guard let support = rule.support(of: own(phi)) else { return vectors }
    return zip(support.tensors, vectors).map { $0 * $1 }
  }

  /// The Hessians of the objectives on the numbers that are free, scaled, times vectors: for a proximal term
  /// I + H / lambda (iMAML, eq. 6), for a sparse recovery the Hessian on the support. The identity on all other numbers.
  func product(_ phi: [Tensor<Scalar>], along vectors: [Tensor<Scalar>]) -> [Tensor<Scalar>] {
    let free = restricted(vectors, at: phi)
    let images = hessianVectorProduct(at: phi, along: free) { objectives($0).sum() }
    let inside = restricted(scaled(images), at: phi)
    return zip(inside, zip(vectors, free)).map { $0 + ($1.0 - $1.1) }
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
