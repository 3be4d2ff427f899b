import Foundation
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Runs of a network whose cell is in a file.
@Suite struct CellRunTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private static let cell = Cell([
    Cell.Block(Cell.Branch(.separable3, of: 0), Cell.Branch(.maximum3, of: 1))
  ])

  private var path: String { "\(temporary.path)/mine.json" }

  private func configuration(_ more: [String] = []) throws -> RunConfiguration {
    let small = [
      "task=glyphs", "model=cell", "cell=\(path)", "filters=2", "stages=1", "normal_cells=0", "iterations=2",
      "meta_batch_size=2", "ways=2", "shots=1", "queries=2",
    ]
    return try RunConfiguration(
      settings: (small + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func folder(_ name: String) -> RunFolder { RunFolder(path: "\(temporary.path)/\(name)") }

  @Test func runKeepsItsCellAndGoesOnWithIt() throws {
    try StoredFile.write(Self.cell.json, to: path)
    for algorithm in ["maml", "reptile"] {
      let wanted = try configuration(["algorithm=\(algorithm)", "iterations=4"])
      let folder = self.folder(algorithm)
      var count = 0
      let run = try TrainingRun(configuration: wanted, folder: folder, catalog: .standard)
      let outcome = try run.train(
        shouldStop: {
          count += 1
          return count == 2
        })
      #expect(outcome == .interrupted)
      #expect(try temporary.bytes("\(algorithm)/cell.json") == Self.cell.json)
    }
    // The user's file may change or go.
    try FileManager.default.removeItem(atPath: path)
    let resumed = try TrainingRun(resuming: folder("maml"), settings: [], catalog: .standard) { _ in }
    #expect(try resumed.train() == .completed)
    try StoredFile.write(Self.cell.json, to: path)
    let whole = try TrainingRun(
      configuration: configuration(["iterations=4"]), folder: folder("whole"), catalog: .standard)
    #expect(try whole.train() == .completed)
    let hashes = try ["maml", "whole"].map { try temporary.text("\($0)/hashes.csv") }
    #expect(hashes[0] == hashes[1])
    let report = try folder("whole").evaluatedMeasure()
    #expect(report == "accuracy")
  }

  @Test func parametersAreCountedWithoutARun() throws {
    try StoredFile.write(Self.cell.json, to: path)
    let network = CellNetwork(
      image: .init(height: 28, width: 28, channels: 1), cell: Self.cell, filters: 2, stages: 1, normalCells: 0,
      outputSize: 2)
    let count = network.layerSizes.reduce(0) { $0 + $1.rows * $1.columns }
    // Scales and shifts of the stem, of the convolution and of the head, and the biases of the output.
    #expect(try configuration().modelParameterCount() == count + 3 * 4 + 2)
  }

  @Test func faultsAreOneLine() throws {
    func fault(_ more: [String]) -> UserError? { userError { _ = try SupervisedSetup(configuration(more)) } }
    #expect(
      fault([])?.message.hasPrefix("glyphs: cannot read \(path): ") == true)
    #expect(
      fault(["cell="])?.message
        == "glyphs: model cell: expected the file of a cell in the key cell, found none; `metarl search` writes such files"
    )
    try StoredFile.write("{}", to: path)
    #expect(fault([])?.status == .malformedData)
    try StoredFile.write(Self.cell.json, to: path)
    #expect(
      fault(["algorithm=t-net"])?.message.hasPrefix("glyphs: model cell: expected an algorithm whose layers have no ")
        == true)
    let sinusoid = try RunConfiguration(
      settings: ["task=sinusoid", "model=cell", "cell=\(path)"].map { try ConfigurationSetting(argument: $0) },
      catalog: .standard)
    #expect(
      userError { _ = try SupervisedSetup(sinusoid) }?.message
        == "sinusoid: model cell: expected a task of images, found one of other inputs")
  }
}

extension RunFolder {
  fileprivate func evaluatedMeasure() throws -> String {
    let configuration = try configuration(catalog: .standard)
    let evaluator = try Catalog.standard.makeEvaluator(configuration)
    let shape = try Catalog.standard.makeTrainer(configuration).checkpoint
    let checkpoint = try checkpoints.newest(fitting: shape, of: RunIdentity(configuration)) { _ in }
    guard let checkpoint else { return "no checkpoint" }
    let outcomes = try evaluator.evaluate(
      EvaluationRequest(checkpoint: checkpoint.contents, tasks: 2, steps: 1, seed: 1, split: .validation))
    return outcomes.allSatisfy { $0.scores.allSatisfy((0...1).contains) } ? configuration.family.measure : "none"
  }
}
