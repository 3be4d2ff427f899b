import MetaLearning
public import NeuralNetworks
public import Parts
package import Runs

/// A stack of cells as a choice of a run, with its settings. The cell is read from a file, of which the run keeps a copy.
public struct CellModel: SupervisedModel {
  public let card = Card("cell", "a stack of cells from a file, for images", source: "Kim et al. 2018 (Auto-Meta)")
  /// The path of the cell's file.
  public var cell = ""
  /// The number of channels of every operation.
  public var filters = 16
  /// The number of stages, each of which ends in a reducing cell.
  public var stages = 2
  /// The number of normal cells of a stage.
  public var normalCells = 1
  /// The distribution of the initial weights.
  public var initializer = WeightInitializer.xavier

  /// The name of the key of the file.
  package static let fileKey = "cell"
  /// The largest size of a file, in bytes.
  private static let largestFile = 1 << 16

  public static let settings: [Setting<Self>] = [
    Setting(
      file: fileKey, \.cell, "file of the cell, which must be given; `\(ProgramName.current) search` writes such"),
    Setting("filters", \.filters, in: 1...1_024, "channels of every operation").measured(in: "filters"),
    Setting("stages", \.stages, in: 1...4, "stages, each of which ends in a cell that halves the image").measured(
      in: "stages"),
    Setting("normal_cells", \.normalCells, in: 0...4, "cells of a stage that keep the size of the image").measured(
      in: "cells"),
    .initializer(\.initializer),
  ]

  /// Creates the model with its default settings.
  public init() {}

  public func network(for problem: ModelProblem) throws(UserError) -> any Network {
    guard let image = problem.image else {
      throw UserError("model cell: expected a task of images, found one of other inputs", status: .usage)
    }
    guard problem.layerForm == .plain else {
      throw UserError(
        "model cell: expected an algorithm whose layers have no transforms of their own, found one that adds them; take "
          + "model=convolutional", status: .usage)
    }
    guard !cell.isEmpty else {
      throw UserError(
        "model cell: expected the file of a cell in the key \(Self.fileKey), found none; `\(ProgramName.current) search` "
          + "writes such files", status: .usage)
    }
    return CellNetwork(
      image: image, cell: try Cell(json: StoredFile.read(cell, limit: Self.largestFile), path: cell), filters: filters,
      stages: stages, normalCells: normalCells, outputSize: problem.outputSize, initializer: initializer.initializer)
  }
}

extension RunConfiguration {
  /// Returns the number of parameters of the model of a supervised run, without what the algorithm adds.
  /// - Throws: `UserError` where the model or the data cannot be made.
  package func modelParameterCount() throws(UserError) -> Int {
    try SupervisedSetup(self).initialParameters.model.count
  }
}
