@testable import Evaluation
import FewShotTasks
import MetaLearning
import NeuralNetworks
import Parts
import RandomStreams
import RunFixtures
@testable import Runs
import TensorCore
import Testing
@testable import Training

/// Runs whose evaluations normalise by what training has averaged.
@Suite struct RunningNormalizationTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func folder(_ name: String) -> RunFolder { RunFolder(path: "\(temporary.path)/\(name)") }

  private func configuration(_ more: [String] = []) throws -> RunConfiguration {
    let small = [
      "task=glyphs", "model=convolutional", "blocks=2", "filters=3", "ways=3", "queries=2", "iterations=3",
      "meta_batch_size=3", "normalization=running",
    ]
    return try RunConfiguration(
      settings: (small + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func train(_ name: String, _ more: [String] = []) throws {
    _ = try TrainingRun(configuration: configuration(more), folder: folder(name), catalog: .standard).train()
  }

  private func checkpoint(_ name: String) throws -> [UInt8] {
    try temporary.bytes("\(name)/checkpoints/iteration-000003.safetensors")
  }

  @Test func averagesAreThoseOfTheTasksMoments() throws {
    let configuration = try configuration(["iterations=1"])
    let setup = try SupervisedSetup(configuration)
    let network = try #require(setup.model as? ConvolutionalNetwork)
    var trainer = try SupervisedTrainer(configuration)
    _ = try trainer.iterate(1)
    var batch = TaskBatch(
      of: setup.task.distribution, tasks: 3, shots: setup.supportRows, queries: setup.queryRows)
    batch.fill(at: RandomAddress(seed: 1, purpose: .taskSampling, iteration: 1), from: 0)
    let moments = network.batchStatistics(setup.initialParameters.model, batch.queryExamples.inputs)
    for (name, tensor) in zip(moments.names, moments.tensors) {
      let array = try #require(trainer.checkpoint.tensors.first { $0.name == "statistics.\(name)" })
      let start: Float = name.hasSuffix("variance") ? 1 : 0
      for filter in 0..<3 {
        let mean = (0..<3).map { tensor.scalars[3 * $0 + filter] }.reduce(0, +) / 3
        // Rounding of sums of three numbers of order 1.
        #expect(abs(array.values[filter] - (0.9 * start + 0.1 * mean)) < 1e-6)
      }
    }
  }

  @Test func evaluationSeesNoImageBesideAnother() throws {
    try train("run")
    let setup = try SupervisedSetup(configuration())
    let contents = try #require(
      try folder("run").checkpoints.newest(
        fitting: SupervisedTrainer(configuration()).checkpoint, of: RunIdentity(configuration())
      ) { _ in }
    ).contents
    let network = try setup.normalized(by: contents).model
    let parameters = try setup.initialParameters.reading(contents, prefix: SupervisedSetup.checkpointPrefix)
      .model
    var batch = TaskBatch(of: setup.task.distribution, tasks: 1, shots: setup.supportRows, queries: setup.queryRows)
    batch.fill(at: RandomAddress(seed: 1, purpose: .test), from: 0)
    let images = Tensor(shape: [setup.queryRows, 784], scalars: batch.query.inputs)
    let (together, alone) = (network(parameters, images), network(parameters, images.sliced(axis: 0, 4..<5)))
    // Sums in another order.
    for (a, b) in zip(together.scalars[12..<15], alone.scalars) { #expect(abs(a - b) < 1e-5) }
    let transductive = setup.model(parameters, images.sliced(axis: 0, 4..<5))
    #expect(zip(transductive.scalars, alone.scalars).contains { abs($0 - $1) > 1e-3 })
  }

  @Test func trainingIsTheSameAndEvaluationIsNot() throws {
    try train("running")
    try train("batch", ["normalization=batch"])
    #expect(
      try MetricsTable(path: folder("running").metricsPath).column("loss")
        == MetricsTable(path: folder("batch").metricsPath).column("loss"))
    let scores = try ["running", "batch"].map {
      try folder($0).evaluate(tasks: 20, steps: 1, seed: 7, catalog: .standard, warn: { _ in }).steps[1].mean
    }
    #expect(scores[0] != scores[1])
  }

  @Test(arguments: ["maml", "imaml"]) func resumedRunHasTheSameAverages(algorithm: String) throws {
    let more = ["algorithm=\(algorithm)", "inner_steps=1"]
    try train("whole", more + ["workers=2"])
    try trainTwoIterations("part", more)
    _ = try TrainingRun(resuming: folder("part"), settings: [], catalog: .standard) { _ in }.train()
    #expect(try checkpoint("whole") == checkpoint("part"))
  }

  private func trainTwoIterations(_ name: String, _ more: [String]) throws {
    let run = try TrainingRun(configuration: configuration(more), folder: folder(name), catalog: .standard)
    #expect(try run.train(shouldStop: { run.completedIterations == 2 }) == .interrupted)
  }
}
