import NeuralNetworks
public import RandomStreams
public import Rollouts
import TensorCore

/// A baseline by a tanh network, which is trained on the returns of the batch by a fixed number of Adam steps on the
/// squared error.
///
/// A step takes a part of the episodes, the parts in turn, as of minibatches: many short steps learn more in the same time
/// than few long ones.
/// Its inputs are the clipped observation and the time, because at a finite horizon the return depends on the time left; each
/// is standardised over the batch.
/// Every fit starts from weights that are drawn from the stream at its address, so that no state is kept between fits.
/// Returns are standardised for the fit, and the values are scaled back.
public final class ValueNetworkBaseline: ReturnBaseline {
  /// The settings of the training of a value network.
  public struct Settings: Hashable, Sendable {
    /// The sizes of the hidden layers.
    public var hiddenSizes: [Int]
    /// The number of Adam steps of a fit.
    public var steps: Int
    /// The number of parts of the episodes, each of which has eight episodes at least; a step takes one of them.
    public var parts: Int
    /// The step size of Adam.
    public var rate: Double

    /// Creates settings; the layers are those of garage's value functions.
    public init(hiddenSizes: [Int] = [32, 32], steps: Int = 40, parts: Int = 4, rate: Double = 0.02) {
      precondition(
        steps >= 0 && parts > 0 && rate > 0,
        "a value network cannot be trained in \(steps) steps on \(parts) parts at rate \(rate)")
      self.hiddenSizes = hiddenSizes
      self.steps = steps
      self.parts = parts
      self.rate = rate
    }

    /// The first episode of each part, and the number of all.
    func bounds(ofParts episodes: Int) -> [Int] {
      let count = min(parts, max(1, episodes / 8))
      return (0...count).map { $0 * episodes / count }
    }
  }

  /// The inputs of a fit, whose rows are the time steps of the first part, of the second, and so on.
  private struct Fit: TensorStructure {
    /// The initial weights.
    var weights: Parameters<Float>
    /// The inputs of the network, `[rows, observationSize + 1]`.
    var inputs: Tensor<Float>
    /// The standardised returns, `[rows]`.
    var targets: Tensor<Float>
    /// The mask of valid time steps, `[rows]`.
    var mask: Tensor<Float>

    mutating func forEachTensor(_ body: (inout Tensor<Float>) throws -> Void) rethrows {
      try weights.forEachTensor(body)
      try inputs.forEachTensor(body)
      try targets.forEachTensor(body)
      try mask.forEachTensor(body)
    }
  }

  private let size: EpisodeBatchSize
  private let settings: Settings
  private let network: MultilayerPerceptron
  /// The row of a fit that has each time step of a batch.
  private let rowOfTimeStep: [Int]
  /// The compiled fit with all of its steps; its output is that of the trained network, `[rows]`.
  private let training: Workspace<Fit, Tensor<Float>>

  /// Creates a baseline for batches of `size`.
  public init(size: EpisodeBatchSize, settings: Settings = Settings()) {
    self.size = size
    self.settings = settings
    network = MultilayerPerceptron(
      inputSize: size.observationSize + 1, hiddenSizes: settings.hiddenSizes, outputSize: 1)
    let bounds = settings.bounds(ofParts: size.episodes)
    training = Self.makeTraining(network, settings: settings, bounds: bounds.map { $0 * size.horizon }).makeWorkspace()
    rowOfTimeStep = (0..<size.timeSteps).map { timeStep in
      let (time, episode) = (timeStep / size.episodes, timeStep % size.episodes)
      let part = bounds.lastIndex { $0 <= episode } ?? 0
      return bounds[part] * size.horizon + time * (bounds[part + 1] - bounds[part]) + episode - bounds[part]
    }
  }

  /// - Parameter bounds: the first row of each part, and the number of all.
  private static func makeTraining(
    _ network: MultilayerPerceptron, settings: Settings, bounds: [Int]
  ) -> Program<Fit, Tensor<Float>> {
    let rows = bounds[bounds.count - 1]
    var stream = RandomAddress(seed: 0, purpose: .baseline).stream
    // Only the names and shapes of these weights are used.
    let layout: Parameters<Float> = network.initialParameters(from: &stream)
    let start = Fit(
      weights: layout, inputs: .placeholder([rows, network.inputSize]), targets: .placeholder([rows]),
      mask: .placeholder([rows]))
    return Program(for: start) { fit in
      let rule = Adam.steps(rate: settings.rate)
      var parameters = fit.weights
      var state = rule.initialState(for: parameters)
      let parts = zip(bounds, bounds.dropFirst()).map { start, end in
        (
          inputs: fit.inputs.sliced(axis: 0, start..<end), targets: fit.targets.sliced(axis: 0, start..<end),
          mask: fit.mask.sliced(axis: 0, start..<end)
        )
      }
      for step in 0..<settings.steps {
        let part = parts[step % parts.count]
        let lossGradient = gradient(at: parameters) { parameters in
          let values = network(parameters, part.inputs).flattened()
          return (square(values - part.targets) * part.mask).sum() / part.mask.sum()
        }
        parameters = rule.step(parameters, gradient: lossGradient, state: &state, count: step + 1)
      }
      return network(parameters, fit.inputs).flattened()
    }
  }

  public func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError) {
    precondition(batch.size == size, "a batch of \(batch.size) was given to a baseline for \(size)")
    var scale = Scale()
    for index in 0..<size.timeSteps where batch.mask[index] != 0 { scale.add(Double(returns[index])) }
    drawFirstWeights(at: address)
    writeInputs(of: batch)
    writeTargets(of: batch, returns: returns, scale: scale)
    training.run()
    var isFinite = true
    training.outputs.withElements { outputs in
      for row in 0..<size.timeSteps {
        values[row] = Float(scale.mean + scale.deviation * Double(outputs[rowOfTimeStep[row]]))
        isFinite = isFinite && values[row].isFinite
      }
    }
    guard isFinite else {
      throw BaselineError(
        baseline: .network, reason: "its values are not finite after \(settings.steps) steps at rate \(settings.rate)")
    }
  }

  private func drawFirstWeights(at address: RandomAddress) {
    var address = address
    address.purpose = .baseline
    var stream = address.stream
    training.inputs.weights.write(network.initialParameters(from: &stream))
  }

  /// Writes the inputs, each shifted and scaled to mean 0 and standard deviation 1 over the valid time steps, as garage does:
  /// in few steps, a network learns little from inputs that are small beside others.
  private func writeInputs(of batch: EpisodeBatch) {
    let observations = batch.observations.span
    let largest = LinearFeatureBaseline.largestObservation
    func input(_ column: Int, at timeStep: Int) -> Float {
      column < size.observationSize
        ? min(max(observations[timeStep * size.observationSize + column], -largest), largest)
        : Float(timeStep / size.episodes) / Float(size.horizon)
    }
    training.inputs.inputs.withElements { inputs in
      for column in 0..<network.inputSize {
        var scale = Scale()
        for timeStep in 0..<size.timeSteps where batch.mask[timeStep] != 0 {
          scale.add(Double(input(column, at: timeStep)))
        }
        let (mean, inverse) = (Float(scale.mean), Float(1 / scale.deviation))
        for timeStep in 0..<size.timeSteps {
          inputs[rowOfTimeStep[timeStep] * network.inputSize + column] = (input(column, at: timeStep) - mean) * inverse
        }
      }
    }
  }

  private func writeTargets(of batch: EpisodeBatch, returns: [Float], scale: Scale) {
    training.inputs.targets.withElements { targets in
      for row in 0..<size.timeSteps {
        targets[rowOfTimeStep[row]] = Float((Double(returns[row]) - scale.mean) / scale.deviation)
      }
    }
    training.inputs.mask.withElements { mask in
      for row in 0..<size.timeSteps { mask[rowOfTimeStep[row]] = batch.mask[row] }
    }
  }
}

/// The mean and the standard deviation of numbers.
private struct Scale {
  private var count = 0.0
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    sum += value
    squares += value * value
  }

  var mean: Double { count > 0 ? sum / count : 0 }

  /// The standard deviation; 1 for equal numbers, which have no scale and are left as they are.
  var deviation: Double {
    let variance = count > 0 ? squares / count - mean * mean : 0
    return variance > 1e-12 * max(1, mean * mean) ? variance.squareRoot() : 1
  }
}
