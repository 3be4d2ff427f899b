import RealModule
public import TensorCore

/// A rule that turns a gradient into new parameters. A value: what it remembers is passed in and out.
///
/// The rule itself is the same computation in every step, so that it can be traced once; the numbers that change from one
/// step to the next come in as `coefficients`.
public protocol Optimizer: Sendable {
  /// The step size, which a schedule may change between steps.
  var rate: Double { get set }

  /// What the rule remembers before its first step.
  func initialState<Scalar>(for parameters: Parameters<Scalar>) -> OptimizerState<Scalar>

  /// The numbers that step `count`, the first being 1, works with; the same number of them in every step.
  func coefficients(step count: Int) -> [Double]

  /// The parameters after one step against `gradient`, and the running averages to remember, on known values and in
  /// traced functions alike.
  /// - Parameters:
  ///   - moments: the running averages of `initialState`, or of the step before.
  ///   - coefficients: those of this step, each a scalar.
  func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, moments: [Parameters<Scalar>],
    coefficients: [Tensor<Scalar>]
  ) -> (parameters: Parameters<Scalar>, moments: [Parameters<Scalar>])
}

extension Optimizer {
  /// The parameters after one step against `gradient`, and what to remember for the next.
  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: OptimizerState<Scalar>
  ) -> (parameters: Parameters<Scalar>, state: OptimizerState<Scalar>) {
    let count = state.step + 1
    let (moved, moments) = step(
      parameters, gradient: gradient, moments: state.moments,
      coefficients: coefficients(step: count).map { Tensor(Scalar($0)) })
    return (moved, OptimizerState(step: count, moments: moments))
  }
}

/// What an optimizer remembers between steps.
public struct OptimizerState<Scalar: TensorScalar>: Sendable {
  /// The number of steps made.
  public var step: Int
  /// Running averages, with the names and shapes of the parameters; how many depends on the optimizer.
  public var moments: [Parameters<Scalar>]

  /// Creates a state.
  public init(step: Int, moments: [Parameters<Scalar>]) {
    self.step = step
    self.moments = moments
  }
}

/// Stochastic gradient descent: a step of `rate` times the gradient.
public struct GradientDescent: Optimizer, Hashable {
  /// The step size.
  public var rate: Double

  /// Creates the rule.
  public init(rate: Double) { self.rate = rate }

  public func initialState<Scalar>(for parameters: Parameters<Scalar>) -> OptimizerState<Scalar> {
    OptimizerState(step: 0, moments: [])
  }

  public func coefficients(step count: Int) -> [Double] { [rate] }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, moments: [Parameters<Scalar>],
    coefficients: [Tensor<Scalar>]
  ) -> (parameters: Parameters<Scalar>, moments: [Parameters<Scalar>]) {
    (parameters - coefficients[0] * gradient, [])
  }
}

/// Adam (Kingma and Ba 2015, algorithm 1).
public struct Adam: Optimizer, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The decay of the running mean of gradients, beta1.
  public var meanDecay: Double
  /// The decay of the running mean of squared gradients, beta2.
  public var squareDecay: Double
  /// What keeps the division finite, epsilon.
  public var epsilon: Double

  /// An average below this is 0: it moves no parameter any more. The averages of a unit that is never active fall without
  /// end, and arithmetic on numbers too small for a full mantissa is a hundred times as slow as on others.
  private static let nothing = 1e-30

  /// Creates the rule with the paper's defaults.
  public init(rate: Double = 1e-3, meanDecay: Double = 0.9, squareDecay: Double = 0.999, epsilon: Double = 1e-8) {
    self.rate = rate
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
  }

  public func initialState<Scalar>(for parameters: Parameters<Scalar>) -> OptimizerState<Scalar> {
    OptimizerState(step: 0, moments: [parameters.zeros, parameters.zeros])
  }

  /// The step size, and what is left of the zeros that the two averages start from: 1 - beta^t each.
  public func coefficients(step count: Int) -> [Double] {
    [rate, 1 - .pow(meanDecay, count), 1 - .pow(squareDecay, count)]
  }

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, moments: [Parameters<Scalar>],
    coefficients: [Tensor<Scalar>]
  ) -> (parameters: Parameters<Scalar>, moments: [Parameters<Scalar>]) {
    precondition(moments.count == 2, "Adam remembers two averages, not \(moments.count)")
    let (rate, meanWeight, squareWeight) = (coefficients[0], coefficients[1], coefficients[2])
    func number(_ value: Double) -> Tensor<Scalar> { Tensor(Scalar(value)) }
    func running(_ average: Parameters<Scalar>, _ value: Parameters<Scalar>, _ decay: Double) -> Parameters<Scalar> {
      (number(decay) * average + number(1 - decay) * value).map { select(abs($0) .< number(Self.nothing), 0, $0) }
    }
    let mean = running(moments[0], gradient, meanDecay)
    let squares = running(moments[1], gradient * gradient, squareDecay)
    let direction = Parameters.combining(mean, squares) { mean, squares in
      (mean / meanWeight) / (sqrt(squares / squareWeight) + number(epsilon))
    }
    return (parameters - rate * direction, [mean, squares])
  }
}
