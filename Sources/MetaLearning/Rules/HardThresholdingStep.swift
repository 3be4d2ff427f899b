public import NeuralNetworks
import TensorCore

/// A step of iterative hard thresholding: a gradient step, after which each unit keeps its `kept` largest weights and sets
/// the others to 0 (MLSR, section 3.1; Blumensath and Davies, "Iterative hard thresholding for compressed sensing", 2009,
/// eq. 4).
///
/// Each output of a layer is a separate recovery problem. Biases and other parameters that are not a layer's weights take
/// gradient steps without a threshold.
public struct HardThresholdingStep: PenalizedRule, Hashable {
  /// The step size alpha.
  public var rate: Double
  /// The number of weights that a unit keeps.
  public var kept: Int
  /// The weight rho of half the squared L2 norm; 0 for no ridge.
  public var ridge: Double

  /// Creates the rule. A unit must keep at least one weight.
  public init(rate: Double, kept: Int, ridge: Double = 0) {
    precondition(kept >= 1, "a unit cannot keep \(kept) weights")
    self.rate = rate
    self.kept = kept
    self.ridge = ridge
  }

  /// Whether the parameter with this name is a layer's weight `[..., inputs, outputs]`.
  private func isThresholded(_ name: String) -> Bool { name == "weight" || name.hasSuffix(".weight") }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    Tensor(Scalar(rate)) * gradient
  }

  public var setsZeros: Bool { true }

  public func proximal<Scalar>(
    _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    let thresholded = moved.replacingTensors(
      zip(moved.names, moved.tensors).map { name, weights in
        isThresholded(name) ? weights * largestMask(weights, count: kept, axis: -2) : weights
      })
    return shrunk(thresholded, rate: rate, ridge: ridge)
  }

  /// The penalty of the ridge alone: the minimum is that of the loss on the weights that are kept.
  public func penalty<Scalar>(
    of parameters: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, state: UpdateState<Scalar>
  ) -> Parameters<Scalar> {
    ridge == 0 ? parameters.zeros : Tensor(Scalar(0.5 * ridge)) * parameters.map(square)
  }

  public func support<Scalar>(of parameters: Parameters<Scalar>) -> Parameters<Scalar>? {
    parameters.replacingTensors(
      zip(parameters.names, parameters.tensors).map { name, weights in
        isThresholded(name) ? weights .!= 0 : .ones(weights.shape)
      })
  }
}
