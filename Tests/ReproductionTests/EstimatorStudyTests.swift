import RandomStreams
@testable import Reproduction
import TensorCore
import Testing

@Suite struct EstimatorStudyTests {
  private static func process(horizon: Int) -> TabularProcess {
    var stream = RandomAddress(seed: 3, purpose: .test).stream
    return TabularProcess(states: 4, actions: 3, horizon: horizon, from: &stream)
  }

  private static let parameters = Tensor<Double>(
    shape: [4, 3], scalars: (0..<12).map { Double(($0 * 5) % 7) / 4 - 0.7 })

  private func moved(_ index: Int, by step: Double) -> Tensor<Double> {
    var scalars = Self.parameters.scalars
    scalars[index] += step
    return Tensor(shape: [4, 3], scalars: scalars)
  }

  private func central(_ index: Int, _ value: (Tensor<Double>) -> Double) -> Double {
    (value(moved(index, by: 1e-5)) - value(moved(index, by: -1e-5))) / 2e-5
  }

  @Test func valueIsTheMeanOfEpisodes() {
    let process = Self.process(horizon: 6)
    var stream = RandomAddress(seed: 4, purpose: .test).stream
    let returns = process.episodes(20_000, Self.parameters, from: &stream).returns
    let exact = process.value(Self.parameters).scalar
    let mean = returns.reduce(0, +) / Double(returns.count)
    // A return per time step deviates by about 0.4: four standard errors.
    #expect(abs(mean - exact) < 4 * 0.4 / Double(returns.count).squareRoot())
    #expect(abs(process.stateValues(Self.parameters)[0][0] / 6 - exact) < 1e-12)
  }

  /// Against finite differences in Double, of an exact inner step.
  @Test func exactMetaGradientIsTheDerivativeOfTheReturnAfterAStep() {
    let process = Self.process(horizon: 5)
    let problem = MetaGradientEstimator.Problem(process: process, rate: 1.5, episodes: 1)
    let exact = problem.exact(Self.parameters).scalars
    for index in [0, 4, 11] {
      let expected = central(index) { point in
        let slope = (0..<12).map { other in
          var (up, down) = (point.scalars, point.scalars)
          up[other] += 1e-5
          down[other] -= 1e-5
          func value(_ scalars: [Double]) -> Double { process.value(Tensor(shape: [4, 3], scalars: scalars)).scalar }
          return (value(up) - value(down)) / 2e-5
        }
        let end = zip(point.scalars, slope).map { $0 + 1.5 * $1 }
        return process.value(Tensor(shape: [4, 3], scalars: end)).scalar
      }
      #expect(abs(exact[index] - expected) < 1e-4)
    }
  }

  /// DiCE is exact: with more episodes its bias vanishes, and that of the naive surrogate does not. DiCE varies more at a
  /// long horizon than LVC.
  @Test func estimatorsDifferAsTheirDefinitionsSay() throws {
    func point(_ name: String, episodes: Int, horizon: Int) throws -> EstimatorStudy.Point {
      let estimator = try #require(MetaGradientEstimator.all.first { $0.name == name })
      return EstimatorStudy.point(estimator, episodes: episodes, horizon: horizon, processes: 2, estimates: 25)
    }
    let (dice, naive) = (
      try point("dice", episodes: 800, horizon: 5), try point("naive", episodes: 800, horizon: 5)
    )
    #expect(dice.bias < 0.05 && naive.bias > 1.5 * dice.bias, "\(dice.bias) \(naive.bias)")
    let (long, low) = (
      try point("dice", episodes: 20, horizon: 40), try point("lvc", episodes: 20, horizon: 40)
    )
    #expect(long.deviation > 1.1 * low.deviation && low.cosine > long.cosine)
    // At the parameters that sampled, likelihood ratios have LVC's derivatives.
    let ratio = try point("ratio", episodes: 20, horizon: 40)
    #expect(abs(ratio.cosine - low.cosine) < 1e-9 && abs(ratio.bias - low.bias) < 1e-9)
  }
}
