import RealModule
import TensorCore

/// The direction of Adam (Kingma and Ba 2015, algorithm 1): the bias-corrected running mean of gradients, divided by the
/// square root of the bias-corrected running mean of their squares. A `Scaled` or `Scheduled` link after it gives the step
/// size alpha.
public struct Adam: UpdateRule, Hashable {
  /// The decay of the running mean of gradients, beta1.
  public var meanDecay: Double
  /// The decay of the running mean of squared gradients, beta2.
  public var squareDecay: Double
  /// The term that keeps the division finite, epsilon.
  public var epsilon: Double

  /// An average below this value is set to 0, since it no longer moves any parameter. The averages of a unit that is never
  /// active decay without end, and arithmetic on subnormal numbers is a hundred times slower.
  private static let nothing = 1e-30

  private static let (mean, squares) = ("moment1", "moment2")
  private static let (meanWeight, squareWeight) = ("mean_weight", "square_weight")

  /// Creates the rule with the paper's defaults.
  public init(meanDecay: Double = 0.9, squareDecay: Double = 0.999, epsilon: Double = 1e-8) {
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
  }

  /// Adam with its step size.
  public static func steps(rate: Double, meanDecay: Double = 0.9) -> Chain {
    Chain(Adam(meanDecay: meanDecay), Scaled(by: rate))
  }

  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.mean, adapted.zeros), (Self.squares, adapted.zeros)])
  }

  /// The bias corrections of the two averages in step `count`: 1 - beta^t for each decay.
  public func coefficients(step count: Int) -> [(name: String, value: Double)] {
    [(Self.meanWeight, 1 - .pow(meanDecay, count)), (Self.squareWeight, 1 - .pow(squareDecay, count))]
  }

  public func stoppingGradients<Scalar>(ofTheWay state: UpdateState<Scalar>) -> UpdateState<Scalar> {
    state.mapTensors(stopGradient)
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    func number(_ value: Double) -> Tensor<Scalar> { Tensor(Scalar(value)) }
    func running(_ average: Parameters<Scalar>, _ value: Parameters<Scalar>, _ decay: Double) -> Parameters<Scalar> {
      (number(decay) * average + number(1 - decay) * value).map { select(abs($0) .< number(Self.nothing), 0, $0) }
    }
    let mean = running(state[Self.mean], gradient, meanDecay)
    let squares = running(state[Self.squares], gradient * gradient, squareDecay)
    (state[Self.mean], state[Self.squares]) = (mean, squares)
    let (meanWeight, squareWeight) = (context.coefficients[Self.meanWeight], context.coefficients[Self.squareWeight])
    return .combining(mean, squares) { mean, squares in
      (mean / meanWeight) / (sqrt(squares / squareWeight) + number(epsilon))
    }
  }
}
