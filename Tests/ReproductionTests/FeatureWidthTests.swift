@testable import Reproduction
import Testing

/// Theorem 1 of the MLSR paper on the features of random tanh networks of growing width: eqs. 5 and 6 with the constant of
/// Candes (2008, theorem 1.2), on which the paper rests.
@Suite struct FeatureWidthTests {
  private static let widths = FeatureWidthStudy.widths

  private func layer(_ width: Int, _ weights: FeatureLayer.Weights = .orthogonal) -> FeatureLayer {
    FeatureLayer(width: width, weights, number: 0)
  }

  /// Eq. 5: features move, and the recovered weights move by at most C1 epsilon, where epsilon is what the move does to the
  /// outputs, and what the recovery leaves of the targets. The weights are sparse, so that the other term is 0.
  @Test func recoveredWeightsMoveByNoMoreThanTheConstant() {
    var (constants, measured) = ([Double](), [Double]())
    for width in Self.widths {
      let layer = layer(width)
      let delta = layer.isometryConstant
      #expect(delta < 2.0.squareRoot() - 1, "width \(width): \(delta)")
      let found = layer.movedRecovery()
      // The norm of a recovery with a penalty is no larger than that of the truth: the cone of Candes's proof.
      #expect(found.norm <= 1)
      // Candes's alpha and rho, of which C1 is 2 alpha / (1 - rho).
      let (alpha, rho) = (2 * (1 + delta).squareRoot() / (1 - delta), 2.0.squareRoot() * delta / (1 - delta))
      #expect(abs(layer.constant - 2 * alpha / (1 - rho)) < 1e-12 * layer.constant)
      #expect(
        found.distance <= layer.constant * found.epsilon, "width \(width): \(found.distance), \(found.epsilon)")
      constants.append(layer.constant)
      measured.append(found.distance / found.epsilon)
    }
    // The constant is at least 4 and grows with the width, since there are more pairs of columns; the ratio itself is 0.1
    // to 0.3 at every width. Neither becomes small where the layer is wide, as the paper has it.
    #expect(constants[0] >= 4 && constants == constants.sorted() && constants[3] > 1.1 * constants[0], "\(constants)")
    #expect(measured.allSatisfy { $0 > 0.05 && $0 < 0.5 }, "\(measured)")
  }

  /// The theorem needs delta_2s below sqrt(2) - 1. Layers whose weights are drawn independently, as networks have them at
  /// first, do not have it, and the wider they are the less.
  @Test func independentWeightsAreNoIsometry() {
    let constants = Self.widths.map { layer($0, .independent).isometryConstant }
    #expect(constants == constants.sorted() && constants[3] > 2.0.squareRoot() - 1, "\(constants)")
  }

  /// Eq. 6: the term that the direct gradient drops is within C1 times the sum of |dL/dPhi_i Phi_j dF_nj/dtheta_k|.
  @Test(arguments: widths) func droppedTermIsWithinTheBoundAtEveryWidth(_ width: Int) {
    let term = layer(width).droppedTerm()
    #expect(term.recovered.indices.filter { abs(term.recovered[$0]) > 0.1 } == [FeatureLayer.used])
    #expect(term.dropped.count == FeatureLayer.inputs * width && term.bound.count == term.dropped.count)
    // A weight that is 0 has no influence on its own feature's derivative; roundings are left.
    for (dropped, bound) in zip(term.dropped, term.bound) { #expect(dropped <= bound + 1e-12) }
    // There is something to drop at every width.
    let largest = term.dropped.max() ?? 0
    #expect(largest > 1e-6, "width \(width): \(largest)")
  }

  @Test func pointsAreMeansOfTheLayersOfAWidth() {
    let points = Self.widths.flatMap { width in
      [1.0, 4].map { value in
        FeatureWidthStudy.Point(
          width: width, isometryConstant: value, constant: 5, independentConstant: 1, distance: 10 * value,
          distanceBound: 1_000, ratio: 0.5, dropped: 0.1, droppedBound: 10)
      }
    }
    let findings = FeatureWidthStudy(layers: 2).findings(points)
    #expect(findings.tables[0].rows[0].cells == Array(repeating: [2.5], count: 4))
    #expect(findings.charts.map(\.name) == ["isometry-constant", "distance", "dropped-term"])
    // The logarithm of a mean, and of means, not of sums.
    #expect(findings.charts[1].curves[1].y == [3, 3, 3, 3])
    #expect(findings.charts[2].curves[0].y.allSatisfy { abs($0 + 1) < 1e-12 })
  }
}
