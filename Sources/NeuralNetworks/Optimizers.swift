import RealModule
public import TensorCore

/// A rule that turns a gradient into new parameters. A value: what it remembers is passed in and out.
public protocol Optimizer: Sendable {
  /// What the rule remembers before its first step.
  func initialState<Scalar>(for parameters: Parameters<Scalar>) -> OptimizerState<Scalar>

  /// The parameters after one step against `gradient`, and what to remember for the next.
  func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: OptimizerState<Scalar>
  ) -> (parameters: Parameters<Scalar>, state: OptimizerState<Scalar>)
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

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: OptimizerState<Scalar>
  ) -> (parameters: Parameters<Scalar>, state: OptimizerState<Scalar>) {
    (parameters - Tensor(Scalar(rate)) * gradient, OptimizerState(step: state.step + 1, moments: []))
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

  public func step<Scalar>(
    _ parameters: Parameters<Scalar>, gradient: Parameters<Scalar>, state: OptimizerState<Scalar>
  ) -> (parameters: Parameters<Scalar>, state: OptimizerState<Scalar>) {
    precondition(state.moments.count == 2, "Adam remembers two averages, not \(state.moments.count)")
    let count = state.step + 1
    func number(_ value: Double) -> Tensor<Scalar> { Tensor(Scalar(value)) }
    func running(_ average: Parameters<Scalar>, _ value: Parameters<Scalar>, _ decay: Double) -> Parameters<Scalar> {
      number(decay) * average + number(1 - decay) * value
    }
    let mean = running(state.moments[0], gradient, meanDecay)
    let squares = running(state.moments[1], gradient * gradient, squareDecay)
    // The averages start at zero; dividing by 1 - beta^t takes that bias out.
    let meanCorrection = number(1 - .pow(meanDecay, count))
    let squareCorrection = number(1 - .pow(squareDecay, count))
    let direction = Parameters.combining(mean, squares) { mean, squares in
      (mean / meanCorrection) / (sqrt(squares / squareCorrection) + number(epsilon))
    }
    return (parameters - number(rate) * direction, OptimizerState(step: count, moments: [mean, squares]))
  }
}
