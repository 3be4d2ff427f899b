public import NeuralNetworks
public import TensorCore

/// A gradient step on some outputs of each layer, phi' = phi - rate * mask o gradient, where the mask is drawn for every
/// task with meta-learned probabilities (Lee and Choi, "MT-net", 2018, eqs. 8 to 11).
///
/// An output of a layer is a row of the paper's W and a column of `weight` here; its bias shares its mask. The outputs of
/// one layer have logits zeta; a hard mask is 1 with the probability sigma(zeta). A task draws it once, before its first step
/// ("we sample a new M each time we adapt to a task"), in evaluation too. The authors' code does the same: the masks are a
/// part of the trained network, and their mean would be another network.
public struct MaskedGradientStep: UpdateRule, Hashable {
  /// The values of a mask.
  public enum Mask: String, CaseIterable, Sendable {
    /// 0 or 1, as in eq. 9; the logits get the gradient of the soft mask (a straight-through estimator).
    case hard
    /// A number between 0 and 1, as eq. 11 has it, which tends to the hard mask at low temperatures.
    case soft
  }

  /// The inner learning rate alpha.
  public var rate: Double
  /// The initial value of every logit zeta.
  public var initialLogit: Double
  /// The values of the masks.
  public var mask: Mask
  /// The temperature T of eq. 11, which is positive. Of a hard mask only the gradient depends on it.
  public var temperature: Double

  /// The name of the group of masks in the state of the rule.
  public static let masks = "masks"

  /// Creates the rule; logits start at 0 in the paper (section 6.1), and the temperature must be positive.
  public init(rate: Double, initialLogit: Double = 0, mask: Mask = .hard, temperature: Double = 1) {
    precondition(temperature > 0, "a mask has a positive temperature, not \(temperature)")
    (self.rate, self.initialLogit) = (rate, initialLogit)
    (self.mask, self.temperature) = (mask, temperature)
  }

  /// One vector of logits for each layer, under the layer's name.
  public func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
    Parameters(layers(of: adapted).map { ($0.name, Tensor(repeating: Scalar(initialLogit), shape: $0.shape)) })
  }

  public func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    layers(of: adapted)
  }

  private func layers<Scalar>(of adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
    var layers: [(name: String, shape: Shape)] = []
    for (name, shape) in zip(adapted.names, adapted.shapes) {
      let (layer, outputs) = (ParameterSelection.layer(of: name), shape[shape.rank - 1])
      guard let known = layers.first(where: { $0.name == layer }) else {
        layers.append((layer, [outputs]))
        continue
      }
      precondition(known.shape == [outputs], "\(name) has \(outputs) outputs and its layer \(known.shape)")
    }
    return layers
  }

  /// A state that holds the task's masks, under the names of their layers.
  public func initialState<Scalar>(
    for adapted: Parameters<Scalar>, ruleParameters logits: Parameters<Scalar>, noise: Parameters<Scalar>
  ) -> UpdateState<Scalar> {
    UpdateState([(Self.masks, masks(logits, noise))])
  }

  private func masks<Scalar>(_ logits: Parameters<Scalar>, _ noise: Parameters<Scalar>) -> Parameters<Scalar> {
    .combining(logits, noise) { logits, uniform in
      // The difference of the two Gumbel variables of eq. 11 is a logistic variable, log(u / (1 - u)), and the softmax
      // over two values is a sigmoid.
      let level = logits + log(uniform) - log(1 - uniform)
      let soft = sigmoid(Tensor(1 / Scalar(temperature)) * level)
      guard mask == .hard else { return soft }
      // Straight-through estimator: 0 or 1 in the forward pass, the gradient of the soft mask in the backward pass.
      return (level .> 0) + (soft - stopGradient(soft))
    }
  }

  public func update<Scalar>(
    _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
    context: UpdateContext<Scalar>
  ) -> Parameters<Scalar> {
    let masked = zip(gradient.names, gradient.tensors).map { name, component in
      var mask = state[Self.masks][ParameterSelection.layer(of: name)]
      // The mask is the same for every input, so axes are inserted between the tasks and the outputs.
      while mask.shape.rank < component.shape.rank { mask = mask.insertingAxis(mask.shape.rank - 1) }
      return mask * component
    }
    return Tensor(Scalar(rate)) * gradient.replacingTensors(masked)
  }

  /// The mean share of outputs that a task updates, the mean of sigma(zeta), over all layers and for each layer (MT-net,
  /// figure 4).
  public func summary(of logits: Parameters<Float>) -> [(name: String, value: Double)] {
    func mean(_ shares: [Float]) -> Double { shares.reduce(0) { $0 + Double($1) } / Double(shares.count) }
    // One operation for each layer, since this runs after every iteration.
    let shares = logits.tensors.map { sigmoid($0).scalars }
    let layers = zip(logits.names, shares).map { ("update_share_\($0)", mean($1)) }
    return [("update_share", mean(shares.flatMap(\.self)))] + layers
  }
}
