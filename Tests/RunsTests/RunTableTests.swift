import Parts
import RunFixtures
@testable import Runs
import Testing

/// The tables of a run folder as other programs write them again.
@Suite struct RunTableTests {
  @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
  func metricsAreReadWithAMarkAndOtherLineEnds(end: String, mark: String) throws {
    func table(_ lines: [String]) throws -> MetricsTable {
      try MetricsTable(bytes: Array((mark + lines.map { $0 + end }.joined()).utf8), path: "metrics.csv")
    }
    let found = try table(["iteration,\"loss\"", "1,0.5", "2,nan"])
    #expect(found.columns == ["iteration", "loss"])
    #expect(found.rows.count == 2 && found.rows[0] == [1, 0.5] && found.rows[1][1].isNaN)
    #expect(
      userError { _ = try table(["iteration,loss", "1,0.5", "", "2"]) }?.message
        == "metrics.csv:4: expected 2 numbers, found '2'")
    #expect(
      userError { _ = try table(["loss"]) }?.message
        == "metrics.csv: expected different column names, the first 'iteration'")
  }

  /// A name with a comma is written as it is read.
  @Test func metricsAreWrittenAsTheyAreRead() throws {
    let text = "iteration,\"a,b\",\"c\"\"d\"\n1,2,3\n"
    #expect(try MetricsTable(bytes: Array(text.utf8), path: "metrics.csv").text == text)
  }

  @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
  func hashesAreReadWithAMarkAndOtherLineEnds(end: String, mark: String) throws {
    let lines = [IterationHashes.header, "1,0123456789abcdef,fedcba9876543210,v4+Haswell"]
    let text = mark + lines.map { $0 + end }.joined()
    let rows = try IterationHashes(bytes: Array(text.utf8), path: "hashes.csv").rows
    #expect(rows.map(\.kernels) == ["v4+Haswell"])
    #expect(
      userError { _ = try IterationHashes(bytes: Array((text + "3,0,0,v" + end).utf8), path: "hashes.csv") }?.message
        == "hashes.csv:3: expected the hashes of iteration 2, found '3,0,0,v'")
  }
}
