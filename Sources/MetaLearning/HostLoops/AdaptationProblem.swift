public import NeuralNetworks
public import TensorCore

/// Several tasks that adapt at once, as loops on the host see them: losses as functions of parameters and of samples that
/// are filled in for each batch.
public struct AdaptationProblem<Samples: TensorStructure>: Sendable {
  /// The type of the tensors' elements.
  public typealias Scalar = Samples.Scalar

  /// The names and shapes of the meta-parameters.
  public let layout: Parameters<Scalar>
  /// How many tasks there are.
  public let tasks: Int
  /// What tasks adapt to, of which the shapes count alone.
  public let support: Samples
  /// What their adaptation is judged by, likewise.
  public let query: Samples
  /// Each task's own loss `[tasks]` on the former, or another objective on them.
  public let supportLosses:
    @Sendable (_ parameters: Parameters<Scalar>, _ samples: Samples, _ objective: Adaptation.Objective)
      -> Tensor<Scalar>
  /// Each task's own loss `[tasks]` on the latter.
  public let queryLosses: @Sendable (_ parameters: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>
  /// What is told of each task beside its loss `[tasks]`, such as the accuracy of a classifier on the latter; nil for
  /// nothing.
  public var queryScores: (@Sendable (_ parameters: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>)?

  /// Creates a problem.
  public init(
    layout: Parameters<Scalar>, tasks: Int, support: Samples, query: Samples,
    supportLosses:
      @escaping @Sendable (_ parameters: Parameters<Scalar>, _ samples: Samples, _ objective: Adaptation.Objective)
      -> Tensor<Scalar>,
    queryLosses: @escaping @Sendable (_ parameters: Parameters<Scalar>, _ samples: Samples) -> Tensor<Scalar>
  ) {
    self.layout = layout
    self.tasks = tasks
    self.support = support
    self.query = query
    self.supportLosses = supportLosses
    self.queryLosses = queryLosses
  }
}

/// Where an inner loop is, as its programs take it.
struct InnerPoint<Samples: TensorStructure>: TensorStructure {
  /// The meta-parameters theta.
  var parameters: Parameters<Samples.Scalar>
  /// The tasks' own parameters phi.
  var own: Parameters<Samples.Scalar>
  /// What the loss is taken on.
  var samples: Samples

  mutating func forEachTensor(_ body: (inout Tensor<Samples.Scalar>) throws -> Void) rethrows {
    try parameters.forEachTensor(body)
    try own.forEachTensor(body)
    try samples.forEachTensor(body)
  }
}

/// The inner problem of several tasks in a traced function: each one's loss and the rule's penalty, as functions of the
/// tasks' own parameters phi.
struct InnerProblem<Scalar: TensorScalar> {
  private let rule: any PenalizedRule
  /// The parameters and the memory where the inner loop starts.
  private let start: Parameters<Scalar>
  private let losses: Adaptation.Loss<Scalar>

  /// - Parameters:
  ///   - parameters: the meta-parameters theta.
  ///   - losses: each task's own loss.
  init(
    _ adaptation: Adaptation, tasks: Int, parameters: Parameters<Scalar>, losses: @escaping Adaptation.Loss<Scalar>
  ) {
    rule = Self.rule(of: adaptation)
    start = adaptation.start(parameters, tasks: tasks)
    self.losses = losses
  }

  /// The rule of an inner loop, which must describe a minimum.
  static func rule(of adaptation: Adaptation) -> any PenalizedRule {
    guard let rule = adaptation.rule as? any PenalizedRule else {
      preconditionFailure("\(adaptation.rule) describes no minimum, so that none can be searched for or differentiated")
    }
    return rule
  }

  private var ruleParameters: Parameters<Scalar> { start.group(Adaptation.rulePrefix) }

  /// Loss and penalty of each task, `[tasks]`.
  func objectives(_ phi: Parameters<Scalar>) -> Tensor<Scalar> {
    let penalty = rule.penalty(of: phi, own: ruleParameters, memory: start.group(Adaptation.memoryPrefix))
    return losses(start.merging(phi)) + penalty.tensors.map { $0.summedOverTask() }.reduce(0, +)
  }

  /// The gradient of the objectives.
  func slope(_ phi: Parameters<Scalar>) -> Parameters<Scalar> { gradient(at: phi) { objectives($0).sum() } }

  /// What a solution is to be divided by so that, without a curvature of the loss, the system's matrix is the identity.
  func scaled(_ vectors: Parameters<Scalar>) -> Parameters<Scalar> {
    guard let attraction = rule.attraction(own: ruleParameters) else { return vectors }
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
