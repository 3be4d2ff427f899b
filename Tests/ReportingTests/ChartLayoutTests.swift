@testable import Reporting
import Testing

@Suite struct ChartLayoutTests {
  /// Labels that have room stay where they are; others move apart as little as can be, and stay inside.
  @Test func labelsMoveApartAsFarAsTheyMust() {
    #expect(ChartLayout.spread([0.2, 0.5, 0.8], sizes: [0.1, 0.1, 0.1]) == [0.2, 0.5, 0.8])
    let pair = ChartLayout.spread([0.5, 0.52], sizes: [0.1, 0.1])
    #expect(abs(pair[0] - 0.46) < 1e-12 && abs(pair[1] - 0.56) < 1e-12)
    let top = ChartLayout.spread([1, 0.99, 0.2], sizes: [0.1, 0.2, 0.1])
    #expect(abs(top[0] - 0.95) < 1e-12 && abs(top[1] - 0.8) < 1e-12 && top[2] == 0.2)
  }

  /// Any number of labels at any places: in their order, without overlap, between the edges.
  @Test(arguments: [1, 2, 7, 20]) func labelsNeverOverlap(count: Int) {
    let wanted = (0..<count).map { Double($0 * 7_919 % 101) / 100 }
    let sizes = (0..<count).map { (1 + Double($0 % 3)) / Double(3 * count) }
    let middles = ChartLayout.spread(wanted, sizes: sizes)
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
    var last = 0.0
    for index in order {
      #expect(middles[index] - sizes[index] / 2 >= last - 1e-9)
      last = middles[index] + sizes[index] / 2
    }
    #expect(last <= 1 + 1e-9)
  }

  @Test func longLabelsAreBrokenBetweenWords() {
    #expect(
      ChartLayout.wrapped("maml inner_rate=0.01 baseline=linear, before adaptation", to: 30) == [
        "maml inner_rate=0.01", "baseline=linear, before", "adaptation",
      ])
    #expect(ChartLayout.wrapped("short one", to: 30) == ["short one"])
    #expect(ChartLayout.wrapped("in /a/long/path", to: 6) == ["in", "/a/lon", "g/path"])
  }

  private func curve(_ title: String, from start: Double, to end: Double) -> CurveChart.Curve {
    CurveChart.Curve(title: title, points: [.init(x: 0, mean: start), .init(x: 1, mean: end)])
  }

  /// The lines keep their room, however long a label is: a path, a title of many words, or none.
  @Test(arguments: [String(repeating: "/folder", count: 40), String(repeating: "key=1 ", count: 60), ""])
  func labelsLeaveTheLinesTheirRoom(title: String) {
    for count in [1, 40] {
      let chart = CurveChart(
        title: "t", xLabel: "x", yLabel: "y",
        curves: (0..<count).map { curve(title, from: Double($0), to: 1) })
      let layout = ChartLayout(chart)
      #expect(layout.right - layout.left > 0.45 && layout.right < 1 && layout.labelSize > 0)
    }
  }

  @Test func manyLabelsAreSmallerRatherThanOverEachOther() {
    let chart = CurveChart(
      title: "t", xLabel: "x", yLabel: "y",
      curves: (0..<60).map { curve("line \($0)", from: 0, to: Double($0)) })
    let layout = ChartLayout(chart)
    #expect(layout.labelSize < 0.5 && layout.labels.count == 60)
    for (below, above) in zip(layout.labels, layout.labels.dropFirst()) {
      #expect(above.height - below.height >= layout.rowHeight - 1e-9)
    }
  }
}
