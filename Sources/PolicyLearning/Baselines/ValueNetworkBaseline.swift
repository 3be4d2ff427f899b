import NeuralNetworks
public import RandomStreams
public import Rollouts
import TensorCore

/// A tanh network that is trained on the returns of the batch by a set number of Adam steps on the squared error.
///
/// Its inputs are the clipped observation and the time, because at a finite horizon the return depends on the time left.
/// Every fit starts from the weights that the stream at its address draws, so that it needs no memory. Returns are
/// standardised for the fit and the values scaled back.
public final class ValueNetworkBaseline: ReturnBaseline {
  /// How a value network is trained.
  public struct Settings: Hashable, Sendable {
    /// The sizes of the hidden layers.
    public var hiddenSizes: [Int]
    /// The Adam steps of a fit, each on the whole batch.
    public var steps: Int
    /// Adam's step size.
    public var rate: Double

    /// Creates settings; the layers are those of garage's value functions.
    public init(hiddenSizes: [Int] = [32, 32], steps: Int = 40, rate: Double = 0.02) {
      precondition(steps >= 0 && rate > 0, "a value network cannot be trained in \(steps) steps at rate \(rate)")
      self.hiddenSizes = hiddenSizes
      self.steps = steps
      self.rate = rate
    }
  }

  private let size: EpisodeBatchSize
  private let settings: Settings
  private let network: MultilayerPerceptron
  /// A whole fit, every step of it: from the first weights, the inputs `[rows, observationSize + 1]`, the targets and the
  /// mask `[rows]` to the trained network's outputs `[rows]`.
  private let training: Program<Float>
  private let workspace: Workspace<Float>
  /// The inputs' index among the program's arguments.
  private var firstDataIndex: Int { training.argumentShapes.count - 3 }

  /// Creates a baseline for batches of `size`.
  public init(size: EpisodeBatchSize, settings: Settings = Settings()) {
    self.size = size
    self.settings = settings
    network = MultilayerPerceptron(
      inputSize: size.observationSize + 1, hiddenSizes: settings.hiddenSizes, outputSize: 1)
    training = Self.makeTraining(network, settings: settings, rows: size.timeSteps)
    workspace = training.makeWorkspace()
  }

  private static func makeTraining(
    _ network: MultilayerPerceptron, settings: Settings, rows: Int
  ) -> Program<Float> {
    var stream = RandomAddress(seed: 0, purpose: .baseline).stream
    // Only the names and shapes matter here.
    let layout: Parameters<Float> = network.initialParameters(from: &stream)
    let shapes = layout.shapes + [[rows, network.inputSize], [rows], [rows]]
    return Program(argumentShapes: shapes) { arguments in
      let count = layout.tensors.count
      let (inputs, targets, mask) = (arguments[count], arguments[count + 1], arguments[count + 2])
      let optimizer = Adam(rate: settings.rate)
      var parameters = layout.replacingTensors(Array(arguments[..<count]))
      var state = optimizer.initialState(for: parameters)
      for _ in 0..<settings.steps {
        let slope = gradient(at: parameters.tensors) { tensors in
          let values = network(parameters.replacingTensors(tensors), inputs).flattened()
          return (square(values - targets) * mask).sum() / mask.sum()
        }
        (parameters, state) = optimizer.step(parameters, gradient: parameters.replacingTensors(slope), state: state)
      }
      return [network(parameters, inputs).flattened()]
    }
  }

  public func fit(
    _ batch: EpisodeBatch, returns: [Float], at address: RandomAddress, values: inout [Float]
  ) throws(BaselineError) {
    precondition(batch.size == size, "a batch of \(batch.size) was given to a baseline for \(size)")
    let scale = ReturnScale(of: returns, mask: batch.mask)
    drawFirstWeights(at: address)
    writeInputs(of: batch)
    writeTargets(of: batch, returns: returns, scale: scale)
    training.run(in: workspace)
    var isFinite = true
    workspace.withResult(0) { outputs in
      for row in 0..<size.timeSteps {
        values[row] = Float(scale.mean + scale.deviation * Double(outputs[row]))
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
    let parameters: Parameters<Float> = network.initialParameters(from: &stream)
    for (index, tensor) in parameters.tensors.enumerated() { workspace.setArgument(index, to: tensor.scalars) }
  }

  private func writeInputs(of batch: EpisodeBatch) {
    let observations = batch.observations.span
    let largest = LinearFeatureBaseline.largestObservation
    workspace.withArgument(firstDataIndex) { inputs in
      for row in 0..<size.timeSteps {
        let start = row * network.inputSize
        for index in 0..<size.observationSize {
          inputs[start + index] = min(max(observations[row * size.observationSize + index], -largest), largest)
        }
        inputs[start + size.observationSize] = Float(row / size.episodes) / Float(size.horizon)
      }
    }
  }

  private func writeTargets(of batch: EpisodeBatch, returns: [Float], scale: ReturnScale) {
    workspace.withArgument(firstDataIndex + 1) { targets in
      for row in 0..<size.timeSteps {
        targets[row] = Float((Double(returns[row]) - scale.mean) / scale.deviation)
      }
    }
    workspace.setArgument(firstDataIndex + 2, to: batch.mask)
  }
}

/// The mean and the standard deviation of the valid returns.
private struct ReturnScale {
  let mean: Double
  let deviation: Double

  init(of returns: [Float], mask: [Float]) {
    var (count, sum, squares) = (0.0, 0.0, 0.0)
    for index in 0..<returns.count where mask[index] != 0 {
      count += 1
      sum += Double(returns[index])
      squares += Double(returns[index]) * Double(returns[index])
    }
    mean = count > 0 ? sum / count : 0
    // Equal returns have no scale; 1 leaves them as they are.
    let variance = count > 0 ? squares / count - mean * mean : 0
    deviation = variance > 1e-12 * max(1, mean * mean) ? variance.squareRoot() : 1
  }
}
