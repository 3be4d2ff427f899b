import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport

/// A small regression task in Double: a tanh network, rows of support and of query data, mean squared errors.
struct RegressionTask: Sendable {
  let network: MultilayerPerceptron

  init(layerForm: LayerForm = .plain) {
    network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [4, 3], outputSize: 2, layerForm: layerForm)
  }

  var parameters: Parameters<Double> {
    let sizes = [2, 4, 3, 2]
    return Parameters(
      network.layerNames.enumerated().flatMap { index, name in
        [
          ("\(name).weight", testValues([sizes[index], sizes[index + 1]], seed: 10 + index)),
          ("\(name).bias", 0.3 * testValues([sizes[index + 1]], seed: 20 + index)),
        ] + transform(of: name, size: sizes[index + 1], seed: 50 + index)
      })
  }

  /// A matrix that is neither symmetric nor the identity.
  private func transform(of layer: String, size: Int, seed: Int) -> [(String, Tensor<Double>)] {
    guard network.layerForm == .transformed else { return [] }
    return [("\(layer).transform", .identity(size) + 0.4 * testValues([size, size], seed: seed))]
  }

  private func loss(rows: Int, seed: Int) -> Adaptation.Loss<Double> {
    let inputs: Tensor<Double> = 2 * testValues([rows, 2], seed: seed)
    let targets: Tensor<Double> = testValues([rows, 2], seed: seed + 1)
    return { square(network($0, inputs) - targets).mean() }
  }

  /// The loss of an inner step; every step has data of its own.
  func supportLoss(_ step: Int) -> Adaptation.Loss<Double> { loss(rows: 6, seed: 30 + 2 * step) }

  var queryLoss: Adaptation.Loss<Double> { loss(rows: 7, seed: 40) }

  func supportLosses(steps: Int) -> [Adaptation.Loss<Double>] { (0..<steps).map(supportLoss) }

  /// The gradient of the outer loss by an algorithm whose rules bring no meta-parameters.
  func metaGradient(
    _ algorithm: MetaObjective, steps: Int, at start: Parameters<Double>? = nil
  ) -> Parameters<Double> {
    metaGradient(algorithm, steps: steps, at: algorithm.adaptation.metaParameters(startingFrom: start ?? parameters))
      .model
  }

  /// The gradient of the outer loss by the algorithm.
  func metaGradient(
    _ algorithm: MetaObjective, steps: Int, at start: MetaParameters<Double>, noise: [Parameters<Double>]? = nil
  ) -> MetaParameters<Double> {
    algorithm.outerLossAndGradient(
      start, supportLosses: supportLosses(steps: steps), queryLoss: queryLoss, noise: noise
    ).gradient
  }

  /// The gradient of the outer loss by central differences of the whole inner loop.
  func finiteDifferences(
    _ algorithm: MetaObjective, steps: Int, at start: MetaParameters<Double>? = nil, noise: [Parameters<Double>]? = nil
  ) -> [[Double]] {
    let (start, task) = (start ?? algorithm.adaptation.metaParameters(startingFrom: parameters), self)
    // Compiled once and run for every difference: tracing takes a hundred times as long as these small loops.
    let outerLoss = TracedFunction { (parameters: MetaParameters<Double>) in
      algorithm.outerLoss(
        parameters, supportLosses: task.supportLosses(steps: steps), queryLoss: task.queryLoss, noise: noise)
    }
    return GradientCheck.finiteDifferences(at: start.tensors) { outerLoss(start.replacingTensors($0)).scalar }
  }
}

// From a model alone, by algorithms whose rules bring no meta-parameters.
extension Adaptation {
  func callAsFunction(
    _ model: Parameters<Double>, losses: [Loss<Double>], tasks: Int? = nil
  ) -> Parameters<Double> {
    self(metaParameters(startingFrom: model), losses: losses, tasks: tasks)
  }
}

extension MetaObjective {
  func outerLossAndGradient(
    _ model: Parameters<Double>, supportLosses: [Adaptation.Loss<Double>], queryLoss: Adaptation.Loss<Double>,
    tasks: Int? = nil
  ) -> (loss: Tensor<Double>, gradient: Parameters<Double>) {
    let (loss, gradient) = outerLossAndGradient(
      adaptation.metaParameters(startingFrom: model), supportLosses: supportLosses, queryLoss: queryLoss, tasks: tasks)
    return (loss, gradient.model)
  }
}

/// Random numbers between 0 and 1 for an algorithm whose rules draw some, without a pattern.
func testNoise(_ algorithm: MetaObjective, for model: Parameters<Double>, seed: Int) -> [Parameters<Double>] {
  let noise: [Parameters<Double>] = algorithm.adaptation.noise(for: model)
  return noise.replacingTensors(
    noise.shapes.enumerated().map { index, shape in 0.5 + 0.49 * testValues(shape, seed: seed + index) })
}

func scalars(_ structure: some TensorStructure<Double>) -> [Double] { structure.tensors.flatMap(\.scalars) }
