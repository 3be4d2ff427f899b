import Runs
import Testing
@testable import Training

@Suite struct CollapseWatchTests {
  private static let column = ProgressColumn(
    "return_after",
    causes: [
      ProgressColumn.Cause("standard_deviation", fallen: "the policy has stopped exploring"),
      ProgressColumn.Cause("inner_kl", grown: "inner steps overshoot"),
      ProgressColumn.Cause("entropy", grown: "never said"),
    ])

  /// The lines for a run of these returns, whose standard deviation falls and whose inner divergence stays.
  private func lines(_ returns: [Double], watch: inout CollapseWatch) -> [(iteration: Int, text: String)] {
    returns.enumerated().compactMap { index, value in
      let line = watch.note(iteration: index + 1) { column in
        switch column {
        case "return_after": value
        case "standard_deviation": index < 102 ? 0.4 : 0.01
        case "inner_kl": 0.5
        default: nil
        }
      }
      return line.map { (index + 1, $0) }
    }
  }

  /// A little noise, the same in every test.
  private func noise(_ index: Int) -> Double { Double((index * 7_919) % 11) - 5 }

  @Test func collapseIsToldOnceWithWhatHasChanged() throws {
    var watch = CollapseWatch(Self.column)
    let rise = (0..<100).map { 2 * Double($0) }
    let fall = (0..<100).map { max(10, 200 - 10 * Double($0)) }
    let returns = (rise + fall).enumerated().map { $1 + noise($0) }
    let lines = lines(returns, watch: &watch)
    #expect(lines.count == 1)
    let line = try #require(lines.first)
    // The mean of ten returns is below half of the best, about 195, some 14 iterations after the fall began.
    #expect((112...118).contains(line.iteration))
    #expect(line.text.contains("mean return_after "))
    #expect(line.text.contains("standard_deviation 0.4 -> 0.01 (the policy has stopped exploring)"))
    #expect(!line.text.contains("inner_kl") && !line.text.contains("never said"))
    #expect(watch.isCollapsed)
  }

  @Test func recoveredRunHasNotCollapsedAtItsEnd() {
    var watch = CollapseWatch(Self.column)
    let returns = (0..<200).map { (50..<70).contains($0) ? 10.0 : 100 + noise($0) }
    let start = (0..<20).map { 5 * Double($0) }
    #expect(lines(start + returns, watch: &watch).count == 1)
    #expect(!watch.isCollapsed)
  }

  @Test(arguments: [0.0, -50]) func noiseIsNoCollapse(level: Double) {
    var watch = CollapseWatch(Self.column)
    #expect(lines((0..<300).map { level + noise($0) }, watch: &watch).isEmpty)
  }

  /// Where returns are negative, half of them is nothing to compare with: more than half of what was gained is lost.
  @Test func negativeReturnsAreComparedWithTheStart() {
    var watch = CollapseWatch(Self.column)
    let rise = (0..<40).map { -200 + 4 * Double($0) }
    let returns = rise + Array(repeating: -90.0, count: 10) + Array(repeating: -160.0, count: 10)
    let lines = lines(returns, watch: &watch)
    #expect(lines.count == 1)
    #expect((lines.first?.iteration ?? 0) > 50)
    // From -1,000 to 60 is a gain of which a fall to 20 takes little.
    var other = CollapseWatch(Self.column)
    let gained = (0..<40).map { min(60, -1_000 + 40 * Double($0)) }
    let less = Array(repeating: 20.0, count: 20)
    #expect(self.lines(gained + less, watch: &other).isEmpty)
  }
}
