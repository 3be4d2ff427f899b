import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport

/// A small regression task in Double: a tanh network, rows of support and of query data, mean squared errors.
struct RegressionTask: Sendable {
  let network = MultilayerPerceptron(inputSize: 2, hiddenSizes: [4, 3], outputSize: 2)

  var parameters: Parameters<Double> {
    let sizes = [2, 4, 3, 2]
    return Parameters(
      network.layerNames.enumerated().flatMap { index, name in
        [
          ("\(name).weight", testValues([sizes[index], sizes[index + 1]], seed: 10 + index)),
          ("\(name).bias", 0.3 * testValues([sizes[index + 1]], seed: 20 + index)),
        ]
      })
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

  /// The gradient of the outer loss by the algorithm.
  func metaGradient(_ algorithm: MetaAlgorithm, steps: Int, at start: Parameters<Double>? = nil) -> Parameters<Double> {
    algorithm.outerLossAndGradient(
      start ?? parameters, supportLosses: supportLosses(steps: steps), queryLoss: queryLoss
    ).gradient
  }

  /// The gradient of the outer loss by central differences of the whole inner loop.
  func finiteDifferences(_ algorithm: MetaAlgorithm, steps: Int, at start: Parameters<Double>? = nil) -> [[Double]] {
    let start = start ?? parameters
    return GradientCheck.finiteDifferences(at: start.tensors) { tensors in
      algorithm.outerLoss(
        start.replacingTensors(tensors), supportLosses: supportLosses(steps: steps), queryLoss: queryLoss
      ).scalar
    }
  }
}

func scalars(_ parameters: Parameters<Double>) -> [Double] { parameters.tensors.flatMap(\.scalars) }
