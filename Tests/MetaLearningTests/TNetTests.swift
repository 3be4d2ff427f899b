import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// T-nets: adapted weights W behind matrices T that no task changes.
@Suite struct TNetTests {
  private let task = RegressionTask(layerForm: .transformed)
  private let algorithm = MetaObjective.tNet(InnerLoopSettings(rate: 0.3))

  private func isTransform(_ name: String) -> Bool { name.hasSuffix(".transform") }

  @Test func weightsAreAdaptedAndTransformsAreNot() {
    let adapted = algorithm.adaptation(task.parameters, losses: task.supportLosses(steps: 2))
    for (name, tensor) in zip(adapted.names, adapted.tensors) {
      let isEqual = tensor.scalars == task.parameters[name].scalars
      #expect(isEqual == isTransform(name), "\(name)")
    }
    #expect(adapted.names.filter(isTransform) == ["hidden1.transform", "hidden2.transform", "output.transform"])
  }

  @Test(arguments: [1, 3]) func metaGradientMatchesFiniteDifferences(_ steps: Int) {
    let exact = task.metaGradient(algorithm, steps: steps)
    // The tolerance of MetaGradientTests.
    #expect(GradientCheck.relativeError(exact.tensors, task.finiteDifferences(algorithm, steps: steps)) < 1e-7)
    for name in exact.names where isTransform(name) { #expect(exact[name].scalars.contains { abs($0) > 0.01 }) }
  }

  @Test func identityTransformsAreTheNetworkItself() {
    // What a T-net starts as: MAML's steps on the plain network.
    let plain = RegressionTask()
    let start = task.parameters.merging(plain.parameters).merging(
      Parameters(
        task.parameters.names.filter(isTransform).map { ($0, .identity(task.parameters[$0].shape[0])) }))
    let found = task.metaGradient(algorithm, steps: 2, at: start).selecting(.weights)
    let maml = plain.metaGradient(.maml(InnerLoopSettings(rate: 0.3)), steps: 2)
    #expect(found.names == maml.names)
    // Products with 0 and 1 beside: no more than another order of sums.
    for (x, y) in zip(scalars(found), scalars(maml)) { #expect(abs(x - y) < 1e-14) }
  }

  /// MT-net, appendix A: every T = sqrt(a) I, weights and biases over sqrt(a), and rate 1 are gradient descent at the
  /// rate a. The bias is inside T, or it would not be so.
  @Test(arguments: [1, 3]) func scaledIdentitiesAreALearningRate(_ steps: Int) {
    let (rate, root) = (0.3, 0.3.squareRoot())
    let plain = RegressionTask()
    let scaled = (Tensor(1 / root) * plain.parameters)
    let transforms = task.parameters.names.filter(isTransform).map { name in
      (name, Tensor(root) * .identity(task.parameters[name].shape[0]))
    }
    let losses = (task.supportLosses(steps: steps), plain.supportLosses(steps: steps))
    let found = MetaObjective.tNet(InnerLoopSettings(rate: 1)).adaptation(
      task.parameters.merging(scaled).merging(Parameters(transforms)), losses: losses.0)
    let expected = MetaObjective.maml(InnerLoopSettings(rate: rate)).adaptation(plain.parameters, losses: losses.1)
    // Every product is rounded once more: some dozens of roundings of 1e-16.
    for (x, y) in zip(scalars(Tensor(root) * found.selecting(.weights)), scalars(expected)) {
      #expect(abs(x - y) < 1e-13)
    }
    #expect(scalars(expected) != scalars(plain.parameters))
  }

  /// MT-net, eq. 17: the step of y = T W x is -alpha (T T^T) (gradient with respect to A = T W) x. A row is an input here,
  /// and so T, W and A are the transposes.
  @Test func stepInActivationSpaceIsThatOfEquation17() {
    let network = MultilayerPerceptron(inputSize: 3, hiddenSizes: [], outputSize: 4, layerForm: .transformed)
    let (weight, transform): (Tensor<Double>, Tensor<Double>) = (
      testValues([3, 4], seed: 1), testValues([4, 4], seed: 2)
    )
    let parameters = Parameters([
      ("output.weight", weight), ("output.bias", .zeros([4])), ("output.transform", transform),
    ])
    let (inputs, targets): (Tensor<Double>, Tensor<Double>) = (
      testValues([5, 3], seed: 3), testValues([5, 4], seed: 4)
    )
    // The equation has no bias: with a gradient of zeros it stays 0.
    let withoutBias: Adaptation.Loss<Double> = { parameters in
      square(matmul(matmul(inputs, parameters["output.weight"]), parameters["output.transform"]) - targets).mean()
    }
    let adapted = algorithm.adaptation(parameters, losses: [withoutBias])
    let step = network(adapted, inputs) - network(parameters, inputs)
    let product = matmul(weight, transform)
    let derivative = gradient(at: [product]) { square(matmul(inputs, $0[0]) - targets).mean() }[0]
    let metric = matmul(transform, transposed: true, transform, transposed: false)
    let expected = Tensor(-0.3) * matmul(inputs, matmul(derivative, metric))
    // Sums of four products, three deep.
    for (x, y) in zip(step.scalars, expected.scalars) { #expect(abs(x - y) < 1e-14) }
    #expect(expected.scalars.contains { abs($0) > 0.01 })
  }
}
