import Evaluation
import Foundation
import MetaLearning
import NeuralNetworks
import Parts
import Reporting
import RunFixtures
import Runs
import Scenes
import TensorCore
import Testing

@testable import Training

/// Supervised models that leave the program compute what they compute in it.
@Suite struct SupervisedExportTests {
  /// Outputs by onnxruntime of the models that `scripts/peers/onnx_cases.py` exported, with the settings of their runs.
  struct Cases: Decodable {
    struct Run: Decodable {
      var settings: [String]
      var outputs: [[Float]]
    }

    var seed, task, steps: Int
    var runs: [String: Run]

    static let stored: Result<Cases, any Error> = Result {
      let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Oracles/onnx_supervised.json")
      return try JSONDecoder().decode(Cases.self, from: Data(contentsOf: url))
    }
  }

  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func train(_ settings: [String]) throws -> (RunFolder, RunConfiguration) {
    let folder = RunFolder(path: "\(temporary.path)/run")
    let configuration = try RunConfiguration(
      settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    _ = try TrainingRun(configuration: configuration, folder: folder, catalog: .standard).train()
    return (folder, configuration)
  }

  private func model(_ folder: RunFolder, task: String?, steps: Int, seed: Int) throws -> AdaptedModel {
    let options = EvaluationOptions(steps: steps, seed: seed)
    return try RunRehearsal(folder, options: options, catalog: .standard) { _ in }.model(task: task)
  }

  /// The inputs of the script.
  private func inputs(_ size: Int, rows: Int) -> Tensor<Float> {
    let values = (0..<rows * size).map { place in
      let (row, column) = (Double(place / size), Double(place % size))
      return Float(0.5 + 0.5 * sin(0.37 * row + 1.3 * column))
    }
    return Tensor(shape: [rows, size], scalars: values)
  }

  @Test(arguments: (try? Cases.stored.get().runs.keys.sorted()) ?? ["no cases"])
  func onnxruntimeGivesTheSameOutputs(_ name: String) throws {
    let cases = try Cases.stored.get()
    let run = try #require(cases.runs[name])
    let (folder, configuration) = try train(run.settings)
    let model = try model(folder, task: String(cases.task), steps: cases.steps, seed: cases.seed)
    let trainer = try Catalog.standard.makeTrainer(configuration)
    let checkpoint = try folder.checkpoints.newest(
      fitting: trainer.checkpoint, of: RunIdentity(configuration), warn: { _ in })
    let setup = try SupervisedSetup(configuration).normalized(by: #require(checkpoint).contents)
    let values = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.name, $0.values) })
    let layout = setup.initialParameters.model
    let parameters = layout.replacingTensors(
      try zip(layout.names, layout.shapes).map { Tensor(shape: $1, scalars: try #require(values[$0])) })
    // As a run computes them.
    let ours = setup.model(parameters, inputs(model.inputSize, rows: run.outputs.count)).scalars
    let theirs = run.outputs.flatMap { $0 }
    #expect(ours.count == theirs.count && !ours.isEmpty)
    // Of outputs above 1, a share of them.
    #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
    // Not all the same.
    #expect((ours.max() ?? 0) - (ours.min() ?? 0) > 1e-3)
    #expect(try ONNXFile.bytes(of: model).count > 4 * parameters.count)
  }

  /// The model that leaves is the one that an evaluation scores, by the statistics of a task's queries where it has any.
  @Test(arguments: [
    ["task=sinusoid", "hidden_sizes=[8]", "initializer=xavier"],
    ["task=glyphs", "ways=3", "queries=3", "model=convolutional", "blocks=2", "filters=3"],
    ["task=glyphs", "ways=3", "queries=3", "model=convolutional", "blocks=1", "filters=3", "normalization=running"],
  ])
  func anAdaptedModelScoresAsTheEvaluationSays(_ settings: [String]) throws {
    let (folder, _) = try train(settings + ["meta_batch_size=2", "iterations=3", "workers=1", "seed=4"])
    let report = try RunEvaluation(
      [folder], options: EvaluationOptions(tasks: 20, steps: 3, seed: 11), catalog: .standard, warn: { _ in }
    ).findings().report
    for (task, step) in [(1, 0), (7, 2), (20, 3)] {
      let options = EvaluationOptions(steps: step, seed: 11)
      let picture = try RunRehearsal(folder, options: options, catalog: .standard) { _ in }.picture(task: String(task))
      // A task that adapts alone has products of another shape than one of a chunk.
      let score = try #require(picture.scores.last?.score)
      let known = report.steps[step].values[task - 1].value
      #expect(
        picture.measure == report.measure && abs(score - known) < 1e-5 * (1 + known), "task \(task), step \(step)")
    }
  }

  @Test func aFileSaysWhatTheModelNeeds() throws {
    let (folder, _) = try train([
      "task=glyphs", "ways=3", "shots=1", "queries=2", "model=convolutional", "blocks=1", "filters=2", "iterations=1",
      "workers=1", "normalization=running",
    ])
    let model = try model(folder, task: "3", steps: 1, seed: 1)
    #expect(model.metadata["metarl.format"] == "model-1" && model.metadata["task"] == "task 3")
    #expect(model.metadata["input.shape"] == "[28,28,1]" && model.metadata["family"] == "glyphs")
    #expect(model.metadata["layers"] == #"["block1","output"]"# && model.metadata["config.ways"] == "3")
    #expect(model.metadata["normalization"]?.hasPrefix("running: ") == true)
    #expect(model.tensors.map(\.name).suffix(2) == ["block1.mean", "block1.variance"])
    #expect(model.inputSize == 784 && model.outputSize == 3 && model.result == .classes)
    // Before adaptation a model knows of no task.
    let before = try self.model(folder, task: nil, steps: 0, seed: 1)
    #expect(before.metadata["task"] == nil && before.metadata["inner_steps"] == "0")
  }

  @Test(arguments: ["0", "10001", "forward"]) func aTaskThatIsNoneIsOneLine(_ task: String) throws {
    let (folder, _) = try train(["task=sinusoid", "iterations=1", "hidden_sizes=[2]", "workers=1"])
    let error = #expect(throws: UserError.self) { try model(folder, task: task, steps: 1, seed: 1) }
    #expect(error?.message == "task \(task): expected the number of a held-out task, from 1 to 10000")
  }
}
