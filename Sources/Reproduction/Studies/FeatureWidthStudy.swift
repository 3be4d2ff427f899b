import Foundation

extension Study {
  /// Theorem 1 of MLSR: what its constant and its bounds are on networks of growing width, and what they bound.
  static let sparseRecovery = Study(
    name: "mlsr-theorem-1",
    summary: "the isometry constant and the bounds of sparse recovery by the width of a layer, beside what is measured",
    source: "Lou, Zhao, Wang 2021, theorem 1, eqs. 5 and 6 (no numbers: C1 \"can be made very small\")"
  ) { request in
    let study = FeatureWidthStudy(layers: request.isQuick ? 1 : 5)
    let jobs = FeatureWidthStudy.widths.flatMap { width in (0..<study.layers).map { (width, $0) } }
    guard let points = try request.map(jobs, { FeatureWidthStudy.Point(width: $0.0, number: $0.1) }) else { return nil }
    return study.findings(points)
  }
}

/// The two sides of theorem 1 on layers of tanh units, by their width.
struct FeatureWidthStudy: Sendable {
  /// The numbers of units.
  static let widths = [8, 16, 32, 64]
  /// The number of layers of each width.
  let layers: Int

  /// What is measured of a layer, or the mean over some.
  struct Point: Equatable, Sendable {
    let width: Int
    /// delta_2 of orthogonal weights, with C1, and of independent ones.
    let isometryConstant, constant, independentConstant: Double
    /// |Phi_2 - Phi_1| of eq. 5, and C1 epsilon.
    let distance, distanceBound: Double
    /// |Phi_2 - Phi_1| over epsilon, which C1 bounds.
    let ratio: Double
    /// The norms over theta of the two sides of eq. 6, by that of the whole gradient.
    let dropped, droppedBound: Double
  }

  /// Returns the means over the layers of each width.
  static func means(of points: [Point]) -> [Point] {
    widths.map { width in
      let own = points.filter { $0.width == width }
      func mean(_ value: (Point) -> Double) -> Double { own.reduce(0) { $0 + value($1) } / Double(own.count) }
      return Point(
        width: width, isometryConstant: mean(\.isometryConstant), constant: mean(\.constant),
        independentConstant: mean(\.independentConstant), distance: mean(\.distance),
        distanceBound: mean(\.distanceBound), ratio: mean(\.ratio), dropped: mean(\.dropped),
        droppedBound: mean(\.droppedBound))
    }
  }

  /// The table and the charts of the points.
  func findings(_ points: [Point]) -> StudyResult.Findings {
    let means = Self.means(of: points)
    func row(_ label: String, _ value: (Point) -> Double) -> StudyResult.Row {
      StudyResult.Row(label: label, cells: means.map { [value($0)] })
    }
    func chart(
      _ name: String, _ title: String, _ yLabel: String, _ curves: [(String, (Point) -> Double)]
    ) -> StudyResult.Chart {
      StudyResult.Chart(
        name: name, title: title, xLabel: "units of the layer", yLabel: yLabel,
        curves: curves.map { title, value in
          StudyResult.Curve(title: title, x: means.map { Double($0.width) }, y: means.map(value))
        })
    }
    return StudyResult.Findings(
      preface:
        "theorem 1 with s = 1 on tanh layers with \(FeatureLayer.rows) examples of \(FeatureLayer.inputs) inputs, "
        + "\(layers == 1 ? "one layer" : "means over \(layers) layers") of each width; weights are orthogonal but for the "
        + "last row; the theorem needs delta_2 < 0.41; C1 is that of Candes 2008, theorem 1.2, at least 4; eq. 5 where the "
        + "weights of the layer have moved by up to 0.02, eq. 6 as shares of the norm of the whole meta-gradient",
      tables: [
        StudyResult.Table(
          corner: "", columns: Self.widths.map { "\($0) units" },
          rows: [
            row("delta_2", \.isometryConstant), row("C1", \.constant),
            row("eq. 5, distance of the weights over epsilon", \.ratio),
            row("eq. 5, distance of the weights", \.distance), row("eq. 5, bound", \.distanceBound),
            row("eq. 6, dropped term", \.dropped), row("eq. 6, bound", \.droppedBound),
            row("delta_2, independent weights", \.independentConstant),
          ])
      ],
      charts: [
        chart(
          "isometry-constant", "isometry constant of pairs of features", "delta_2",
          [
            ("orthogonal weights", \.isometryConstant), ("independent weights", \.independentConstant),
            ("sqrt 2 - 1, the limit", { _ in FeatureLayer.largestIsometryConstant }),
          ]),
        chart(
          "distance", "eq. 5: weights recovered on moved features", "log10 of the distance of the weights",
          [("measured", { log10($0.distance) }), ("bound, C1 epsilon", { log10($0.distanceBound) })]),
        chart(
          "dropped-term", "eq. 6: what the direct meta-gradient leaves out", "log10 of the share of the whole gradient",
          [("measured", { log10($0.dropped) }), ("bound", { log10($0.droppedBound) })]),
      ])
  }
}

extension FeatureWidthStudy.Point {
  /// Measures a layer.
  init(width: Int, number: Int) {
    let layer = FeatureLayer(width: width, .orthogonal, number: number)
    let (constant, moved, term) = (layer.constant, layer.movedRecovery(), layer.droppedTerm())
    let whole = FeatureLayer.norm(term.whole)
    self.init(
      width: width, isometryConstant: layer.isometryConstant, constant: constant,
      independentConstant: FeatureLayer(width: width, .independent, number: number).isometryConstant,
      distance: moved.distance, distanceBound: constant * moved.epsilon, ratio: moved.distance / moved.epsilon,
      dropped: FeatureLayer.norm(term.dropped) / whole, droppedBound: FeatureLayer.norm(term.bound) / whole)
  }
}
