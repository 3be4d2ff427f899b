public import NeuralNetworks
import RealModule
public import TensorCore

/// A gradient step on the loss plus the proximal term 1/2 sum of lambda_j (phi_j - theta_j)^2, which attracts a task to its
/// start (iMAML, eq. 3, whose lambda is a scalar; section 2.2 allows a vector).
///
/// With a `momentum` m the gradient is taken at phi + m (phi - the iterate before it), as in Nesterov's accelerated gradient
/// descent, the inner solver of iMAML's lemma 2. For an objective whose curvature is between mu and L the best m is (sqrt(L /
/// mu) - 1) / (sqrt(L / mu) + 1), at a step size of 1 / L.
public struct ProximalStep: PenalizedRule, Hashable {
  /// The form of a meta-learned lambda.
  public enum LearnedStrength: String, CaseIterable, Sendable {
    /// One number for all layers, multiplied by their factors.
    case scalar
    /// A number for each layer.
    case layer
    /// A number for each element.
    case element
  }

  /// The step size alpha.
  public var rate: Double
  /// The strength lambda of the proximal term, which is positive; where it is learned, its initial value.
  public var regularization: Double
  /// The factors of lambda for the adapted layers, from input to output, all positive; empty where each is 1.
  public var factors: [Double]
  /// The form of lambda as a meta-parameter (iMAML, section 2.2); nil where it is not learned. Each meta-parameter is a
  /// logarithm, so that lambda stays positive.
  public var learned: LearnedStrength?
  /// The momentum m of Nesterov's method, at least 0 and below 1; 0 for gradient descent.
  public var momentum: Double

  private static let start = "start"
  private static let offset = "offset"
  private static let logRegularization = "log_regularization"

  /// Creates the rule; `regularization` and `factors` must be positive.
  public init(
    rate: Double, regularization: Double, factors: [Double] = [], learned: LearnedStrength? = nil, momentum: Double = 0
  ) {
    precondition(
      regularization > 0 && factors.allSatisfy { $0 > 0 },
      "the strength of a proximal term is positive, not \(regularization) times \(factors)")
    precondition(momentum >= 0 && momentum < 1, "a momentum of \(momentum) does not lead to a minimum")
    (self.rate, self.regularization, self.factors) = (rate, regularization, factors)
    (self.learned, self.momentum) = (learned, momentum)
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    var groups: [(name: String, parameters: Parameters<Scalar>)] = [(Self.start, adapted)]
    if momentum != 0 { groups.append((Self.offset, adapted.zeros)) }
    return UpdateState(groups)
  }

  public func gradientPoint<Scalar>(
    _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    momentum == 0 ? parameters : parameters + state[Self.offset]
  }

  /// Stops the gradient of the momentum, which is a difference of earlier iterates. The start keeps its gradient.
  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    guard momentum != 0 else { return state }
    var stopped = state
    stopped[Self.offset] = state[Self.offset].map(stopGradient)
    return stopped
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let point = gradientPoint(parameters, state: state)
    let pull = strength(of: parameters, context.ruleParameters).times(point - state[Self.start])
    return Tensor(Scalar(rate)) * (gradient + pull)
  }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    if momentum != 0 { state[Self.offset] = Tensor(Scalar(momentum)) * (moved - parameters) }
    return moved
  }

  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    let squares = (parameters - state[Self.start]).map(square)
    switch strength(of: parameters, ruleParameters) {
    case .uniform(let strength): return 0.5 * strength * squares
    case .each(let strengths): return Tensor(Scalar(0.5)) * (strengths * squares)
    }
  }

  public func attraction<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>
  ) -> Attraction<Scalar>? { strength(of: parameters, ruleParameters) }
}

// The strength lambda, given and learned.
extension ProximalStep {
  /// The logarithms of lambda that are meta-learned, if any.
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    switch learned {
    case nil: return Parameters([])
    case .scalar: return Parameters([(Self.logRegularization, log(Tensor(Scalar(regularization))))])
    case .layer:
      return Parameters(
        layers(of: adapted).enumerated().map { index, layer in
          (Self.name(of: layer), Tensor(Scalar(Double.log(regularization * factor(ofLayer: index)))))
        })
    case .element:
      let layers = layers(of: adapted)
      return Parameters(
        zip(adapted.names, adapted.shapes).map { name, shape in
          let logarithm = Double.log(regularization * factor(of: name, layers))
          return (Self.name(of: name), Tensor(repeating: Scalar(logarithm), shape: shape))
        })
    }
  }

  /// The geometric mean of the learned strengths of each layer, where layers differ.
  public func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] {
    guard learned == .layer || learned == .element else { return [] }
    let logarithms = ruleParameters.group(Self.name(of: ""))
    let names = learned == .layer ? logarithms.names : layers(of: logarithms)
    return names.map { layer in
      let own = zip(logarithms.names, logarithms.tensors)
        .filter { $0.0 == layer || ParameterSelection.layer(of: $0.0) == layer }.flatMap { $0.1.scalars }
      let mean = own.reduce(0) { $0 + Double($1) } / Double(own.count)
      return ("regularization_\(layer)", .exp(mean))
    }
  }

  private static func name(of part: String) -> String { "\(logRegularization).\(part)" }

  /// The layers of the adapted parameters, in their order.
  private func layers<Scalar>(of adapted: Parameters<Scalar>) -> [String] {
    adapted.names.map { ParameterSelection.layer(of: $0) }.reduce(into: []) { layers, layer in
      if !layers.contains(layer) { layers.append(layer) }
    }
  }

  private func factor(ofLayer index: Int) -> Double {
    guard !factors.isEmpty else { return 1 }
    precondition(index < factors.count, "\(factors) have no factor for the layer number \(index + 1)")
    return factors[index]
  }

  private func factor(of name: String, _ layers: [String]) -> Double {
    layers.firstIndex(of: ParameterSelection.layer(of: name)).map(factor(ofLayer:)) ?? 1
  }

  private func strength<Scalar>(
    of parameters: Parameters<Scalar>, _ ruleParameters: Parameters<Scalar>
  ) -> Attraction<Scalar> {
    let common =
      learned == .scalar ? exp(ruleParameters[Self.logRegularization]) : Tensor(Scalar(regularization))
    if factors.isEmpty, learned == nil || learned == .scalar { return .uniform(common) }
    let layers = layers(of: parameters)
    return .each(
      parameters.replacingTensors(
        parameters.names.map { name in
          switch learned {
          case nil, .scalar: Tensor(Scalar(factor(of: name, layers))) * common
          case .layer: exp(ruleParameters[Self.name(of: ParameterSelection.layer(of: name))])
          case .element: exp(ruleParameters[Self.name(of: name)])
          }
        }))
  }
}
