@testable import ArchitectureSearch
import NeuralNetworks
import RandomStreams
import Testing

@Suite struct CellPredictorTests {
  private static func cells(_ count: Int, blocks: Int, from first: Int) -> [Cell] {
    (first..<first + count).map { number in
      var stream = RandomAddress(seed: 1, purpose: .test, task: number).stream
      return Cell(randomBlocks: blocks, from: &stream)
    }
  }

  /// A score that depends on operations, on the inputs that they have, and on what is output.
  private static func score(_ cell: Cell) -> Double {
    let branches = cell.blocks.flatMap(\.branches).map { branch in
      let own = [0.5, 0.3, 0.8, 0.6, 0.1, 0, 0.2][branch.operation.rawValue]
      return branch.input == 1 ? 1.5 * own : own
    }
    return branches.reduce(0, +) / Double(branches.count) + 0.05 * Double(cell.outputBlocks.count)
  }

  @Test func unseenCellsOfOneBlockMoreAreRanked() throws {
    let known = Self.cells(40, blocks: 1, from: 0) + Self.cells(20, blocks: 2, from: 100)
    let predictor = CellPredictor(cells: known, scores: known.map(Self.score), seed: 1)
    for blocks in [2, 3] {
      let unseen = Self.cells(60, blocks: blocks, from: 1_000 * blocks).filter { !known.contains($0) }
      let correlation = try #require(RankCorrelation.spearman(predictor(unseen), unseen.map(Self.score)))
      // Of a predictor that knows nothing it is below 0.5 with a probability of 0.9999.
      #expect(correlation > 0.8, "\(correlation) at \(blocks) blocks")
    }
  }

  /// The scores are those of accuracies: of their size, and not standardised.
  @Test func predictionsAreOnTheScaleOfTheScores() {
    let known = Self.cells(30, blocks: 2, from: 0)
    let predictor = CellPredictor(cells: known, scores: known.map { 90 + Self.score($0) }, seed: 1)
    #expect(predictor(known).allSatisfy { (88...94).contains($0) })
    #expect(predictor([]).isEmpty)
  }

  @Test func sameExamplesAndSeedGiveTheSameBits() {
    let known = Self.cells(12, blocks: 1, from: 0)
    func predictions(seed: Int) -> [Double] {
      CellPredictor(cells: known, scores: known.map(Self.score), seed: seed)(Self.cells(5, blocks: 2, from: 50))
    }
    #expect(predictions(seed: 1) == predictions(seed: 1))
    #expect(predictions(seed: 1) != predictions(seed: 2))
  }

  /// A search that has trained a single cell, or whose cells all score the same, goes on.
  @Test func fewOrEqualScoresGivePredictions() {
    let cells = Self.cells(3, blocks: 1, from: 0)
    for count in [1, 3] {
      let predictor = CellPredictor(
        cells: Array(cells.prefix(count)), scores: Array(repeating: 0.5, count: count), seed: 1)
      #expect(predictor(cells) == [0.5, 0.5, 0.5])
    }
  }

  /// Computed by SciPy's spearmanr.
  @Test func rankCorrelationIsSpearmans() throws {
    let found = try #require(RankCorrelation.spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]))
    #expect(abs(found - 0.8207826816681233) < 1e-15)
    #expect(RankCorrelation.ranks(of: [3, 1, 3, 0]) == [3.5, 2, 3.5, 1])
    #expect(RankCorrelation.spearman([1, 2, 4], [0.3, 0.2, 0.1]) == -1)
    #expect(RankCorrelation.spearman([1, 2], [1, 2]) == nil)
    #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == nil)
  }
}
