import MetaLearning
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// What the three meta-gradients are to first order in the inner rate alpha (overview, eqs. 28 to 41, after Nichol, Achiam,
/// Schulman 2018): with k minibatches, the last one of them MAML's query,
///
///     E[MAML]    = AvgGrad   - 2 (k - 1) alpha     AvgGradInner
///     E[FOMAML]  = AvgGrad   -   (k - 1) alpha     AvgGradInner
///     E[Reptile] = k AvgGrad - k (k - 1) alpha / 2 AvgGradInner
///
/// with AvgGrad = E[g_i] and AvgGradInner = E[H_i g_j], i and j different.
@Suite struct MetaGradientExpansionTests {
  private let task = RegressionTask()

  /// Orders of 0 ..< k, k prime, in which every pair of places holds every pair of numbers once: i -> a i + b modulo k. The
  /// mean over them is the expectation over all orders for whatever depends on pairs.
  private func orders(_ k: Int) -> [[Int]] {
    (1..<k).flatMap { a in (0..<k).map { b in (0..<k).map { (a * $0 + b) % k } } }
  }

  private func mean(_ values: [Tensor<Double>]) -> Tensor<Double> {
    Tensor(1 / Double(values.count)) * values.dropFirst().reduce(values[0], +)
  }

  private func derivative(_ loss: @escaping Adaptation.Loss<Double>) -> Parameters<Double> {
    gradient(at: task.parameters, of: loss)
  }

  private func averageGradient(_ k: Int) -> Tensor<Double> {
    mean((0..<k).map { derivative(task.supportLoss($0)).flattened() })
  }

  private func averageInnerGradient(_ k: Int) -> Tensor<Double> {
    let derivatives = (0..<k).map { derivative(task.supportLoss($0)) }
    return mean(
      (0..<k).flatMap { i in
        (0..<k).filter { $0 != i }.map { j in
          hessianVectorProduct(at: task.parameters, along: derivatives[j], of: task.supportLoss(i)).flattened()
        }
      })
  }

  /// The expected meta-gradient. Reptile's displacement is divided by the rate.
  private func expectation(_ name: String, rate: Double, _ k: Int) -> Tensor<Double> {
    let settings = InnerLoopSettings(rate: rate)
    let isReptile = name == "reptile"
    let algorithm: MetaObjective = isReptile ? .reptile(settings) : name == "maml" ? .maml(settings) : .fomaml(settings)
    let gradients = orders(k).map { order in
      let losses = order.map(task.supportLoss)
      return algorithm.outerLossAndGradient(
        task.parameters, supportLosses: isReptile ? losses : losses.dropLast(), queryLoss: losses[k - 1]
      ).gradient.flattened()
    }
    return isReptile ? Tensor(1 / rate) * mean(gradients) : mean(gradients)
  }

  private func relativeError(_ found: Tensor<Double>, _ expected: Tensor<Double>) -> Double {
    GradientCheck.relativeError([found], [expected.scalars])
  }

  @Test(arguments: ["maml", "fomaml", "reptile"], [2, 3, 5])
  func coefficientsAreThoseOfTheExpansion(_ name: String, _ k: Int) {
    let expected: (gradient: Double, inner: Double) =
      switch name {
      case "maml": (1, Double(2 * (k - 1)))
      case "fomaml": (1, Double(k - 1))
      default: (Double(k), Double(k * (k - 1)) / 2)
      }
    // With steps of +-h the even part has an error of h^2 and the odd part, over h, of h^2 as well, both times third
    // derivatives of up to k^2; rounding gives 1e-16 / h (Reptile: over h^2). With h = 1e-4 all are below 1e-6.
    let h = 1e-4
    let (forward, backward) = (expectation(name, rate: h, k), expectation(name, rate: -h, k))
    let constant = 0.5 * (forward + backward)
    let linear = Tensor(0.5 / h) * (forward - backward)
    #expect(relativeError(constant, Tensor(expected.gradient) * averageGradient(k)) < 1e-5)
    #expect(relativeError(linear, Tensor(-expected.inner) * averageInnerGradient(k)) < 1e-5)
  }

  /// Eq. 32: AvgGradInner is half the mean gradient of the inner products of different minibatches' gradients.
  @Test(arguments: [2, 3]) func innerGradientIsThatOfTheInnerProductsOfGradients(_ k: Int) {
    let products = (0..<k).flatMap { i in
      (0..<k).filter { $0 != i }.map { j in
        gradient(at: task.parameters) { parameters in
          gradient(at: parameters, of: task.supportLoss(i))
            .innerProduct(with: gradient(at: parameters, of: task.supportLoss(j)))
        }.flattened()
      }
    }
    // The same derivatives, in another order of sums.
    #expect(relativeError(0.5 * mean(products), averageInnerGradient(k)) < 1e-13)
  }

  @Test func theTwoAveragesAreNotAlike() {
    // A wrong coefficient of one could not hide in the other.
    let (a, b) = (averageGradient(3), averageInnerGradient(3))
    let cosine = (a * b).sum() / sqrt(square(a).sum() * square(b).sum())
    #expect(abs(cosine.scalar) < 0.95)
    #expect(square(b).sum().scalar > 1e-4)
  }
}
