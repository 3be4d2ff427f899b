@testable import Evaluation
import FewShotTasks
import Foundation
import ImageDataFixtures
import MetaLearning
import Parts
import RandomStreams
@testable import Reporting
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Image tasks from published files, small ones, to the evaluation.
@Suite struct ImageRunTests {
  private let temporary: TemporaryFolder
  private let data: ScratchFolder

  /// Where all tests keep decoded images, and which goes with them: not the cache of who runs them.
  private static let cache: String = {
    let path = FileManager.default.temporaryDirectory.appending(path: "metarl-tests-\(UUID().uuidString)").path
    setenv("XDG_CACHE_HOME", path, 1)
    atexit { try? FileManager.default.removeItem(atPath: getenv("XDG_CACHE_HOME").map { String(cString: $0) } ?? "") }
    return path
  }()

  init() throws {
    _ = Self.cache
    temporary = try TemporaryFolder()
    data = try ScratchFolder()
  }

  private func folder(_ name: String = "run") -> RunFolder { RunFolder(path: "\(temporary.path)/\(name)") }

  private func configuration(_ task: String, _ more: [String] = []) throws -> RunConfiguration {
    let isConvolutional =
      ["omniglot", "cifar-fs", "mini-imagenet"].contains(task) || more.contains("model=convolutional")
    let small =
      ["task=\(task)", "data=\(data.path)", "iterations=2", "meta_batch_size=3", "shots=1", "queries=2"]
      + (isConvolutional ? ["blocks=2", "filters=3"] : ["hidden_sizes=[6]"])
    return try RunConfiguration(
      settings: (small + more).map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  private func train(_ task: String, _ more: [String] = [], name: String = "run") throws {
    _ = try TrainingRun(
      configuration: configuration(task, more), folder: folder(name), catalog: .standard
    ).train()
  }

  private func evaluate(
    _ name: String = "run", tasks: Int = 4, shots: Int? = nil, split: EvaluationRequest.Split? = nil,
    data: String? = nil
  ) throws -> EvaluationReport {
    try folder(name).evaluate(
      tasks: tasks, steps: 1, seed: nil, shots: shots, split: split,
      settings: data.map { [try ConfigurationSetting(argument: "data=\($0)")] } ?? [], catalog: .standard,
      warn: { _ in })
  }

  private func expectRun(_ task: String, _ more: [String] = []) throws {
    try train(task, more)
    let report = try evaluate()
    #expect(report.measure == "accuracy" && report.steps.count == 2)
    #expect(report.steps.allSatisfy { (0...1).contains($0.mean) })
    let table = try MetricsTable(path: folder().metricsPath)
    #expect(table.column("accuracy_after")?.allSatisfy { (0...1).contains($0) } == true)
  }

  @Test func glyphsNeedNoData() throws { try expectRun("glyphs", ["data="]) }

  @Test func omniglotRunsFromItsZips() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 20, drawings: 4)
    try expectRun("omniglot", ["ways=3"])
    // 40 characters leave 2 for validation, with their turns 8 classes.
    #expect(try evaluate(split: .validation).split == .validation)
  }

  /// With other files beside them, images that were trained on may be test images.
  @Test func runIsTiedToItsImages() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 8)
    try train("mnist-pairs", ["ways=2"])
    _ = try evaluate()
    try DataSetFixtures.writeMNIST(to: data, part: "train", images: 8)
    for error in [
      userError { _ = try evaluate() },
      userError { _ = try TrainingRun(resuming: folder(), settings: [], catalog: .standard, warn: { _ in }) },
    ] {
      #expect(error?.status == .malformedData)
      #expect(error?.message.contains("of other images: the data set has other files") == true)
    }
  }

  /// A run that no checkpoint tells the images of is a seed of the others while those agree. Where they do not, it may belong
  /// to either, and the others are not taken together for its sake.
  @Test func runOfUnknownImagesDoesNotJoinOthersOfDifferentImages() throws {
    func begin(_ name: String, seed: Int) throws {
      struct Killed: Error {}
      let run = try TrainingRun(
        configuration: configuration("mnist-pairs", ["ways=2", "seed=\(seed)"]), folder: folder(name),
        catalog: .standard)
      #expect(throws: Killed.self) { try run.train(report: { _ in throw Killed() }) }
    }
    func lines(_ names: [String]) throws -> [CurveChart.Line] {
      let runs = try names.map { try RunCurves(folder($0), catalog: .standard) }
      let chart = try CurveChart(runs, curve: "loss")
      return chart.lines
    }
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 8)
    for seed in [1, 2] { try train("mnist-pairs", ["ways=2", "seed=\(seed)"], name: "few\(seed)") }
    for seed in [3, 4] { try begin("new\(seed)", seed: seed) }
    #expect(try lines(["few1", "few2", "new3", "new4"]).map(\.seeds) == [4])
    try DataSetFixtures.writeMNIST(to: data, part: "train", images: 8)
    for seed in [5, 6] { try train("mnist-pairs", ["ways=2", "seed=\(seed)"], name: "many\(seed)") }
    let mixed = try lines(["few1", "many5", "new3", "few2", "new4", "many6"])
    #expect(mixed.map(\.seeds) == [2, 2, 1, 1])
    #expect(mixed[2].title == "images=unknown in \(folder("new3").path)")
    #expect(Set(mixed.map(\.title)).count == 4)
  }

  @Test func digitsRunFromIDXFiles() throws {
    try DataSetFixtures.writeMNIST(to: data, part: "t10k", images: 8)
    try expectRun("mnist-pairs", ["ways=2"])
    #expect(
      userError { _ = try evaluate(split: .validation) }?.message
        == "split validation: mnist-pairs has no classes for validation")
  }

  @Test func photographsRunFromTheBinaryArchive() throws {
    try DataSetFixtures.writeCIFAR(to: data, images: 4)
    try expectRun("cifar-fs", ["ways=3"])
    #expect(try evaluate(split: .validation).steps.count == 2)
  }

  @Test func photographsRunFromTheirSplitFiles() throws {
    try DataSetFixtures.writeMiniImageNet(to: data, classes: 3, images: 3)
    try expectRun("mini-imagenet", ["ways=3", "pooling=4", "inner_steps=1"])
  }

  @Test func heldOutClassesAreNotThoseOfTraining() throws {
    try DataSetFixtures.writeCIFAR(to: data, images: 4)
    try train("cifar-fs", ["ways=2", "iterations=1"])
    let setup = try SupervisedSetup(configuration("cifar-fs", ["ways=2"]))
    let distributions = [
      try setup.evaluatedTasks(.training), try setup.evaluatedTasks(.test), try setup.evaluatedTasks(.validation),
    ]
    // Red is the class. With 500 pairs a class of 64 is missed with a chance of 1e-7.
    let seen = distributions.map { distribution in
      var batch = TaskBatch(of: distribution, tasks: 500, shots: setup.supportRows, queries: setup.queryRows)
      batch.fill(at: RandomAddress(seed: 1, purpose: .test), from: 0)
      return Set(
        stride(from: 0, to: batch.query.inputs.count, by: 3_072).map {
          DataSetFixtures.cifarClasses[Int((batch.query.inputs[$0] * 255).rounded())]
        })
    }
    #expect(seen.map(\.count) == [64, 20, 16])
    #expect(seen.reduce(Set()) { $0.union($1) }.count == 100)
  }

  @Test func bitsDependNeitherOnTheWorkersNorOnTheCache() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 20, drawings: 4)
    for workers in [1, 2] { try train("omniglot", ["workers=\(workers)", "meta_batch_size=20"], name: "\(workers)") }
    let last = "checkpoints/iteration-000002.safetensors"
    #expect(try temporary.bytes("1/\(last)") == temporary.bytes("2/\(last)"))
  }

  @Test func missingDataAreNamedWithTheCommandThatBringsThem() throws {
    let error = userError { try train("omniglot") }
    #expect(
      error?.message == "omniglot: expected its files in \(data.path)/omniglot, found no such folder; "
        + "metarl data fetch omniglot gets them, or says how to")
    #expect(error?.status == .missingInput)
    #expect(!FileManager.default.fileExists(atPath: folder().path))
  }

  @Test func otherDataThanThePublishedAreToldOf() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 20, drawings: 4)
    var warnings: [String] = []
    let run = try TrainingRun(
      configuration: configuration("omniglot", ["ways=2"]), folder: folder(), catalog: .standard,
      warn: { warnings.append($0) })
    _ = try run.train()
    #expect(warnings.count == 1)
    let begin = "\(data.path)/omniglot: expected the 1623 classes and 32460 images of omniglot, found 40 and 160,"
    #expect(warnings.first?.hasPrefix(begin) == true, "\(warnings)")
    _ = try folder().evaluate(
      tasks: 4, steps: 1, seed: nil, shots: nil, split: nil, catalog: .standard,
      warn: { warnings.append($0) })
    #expect(warnings.count == 2 && warnings.first == warnings.last)
  }

  @Test func moreShotsThanThereAreImagesAreRefused() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 20, drawings: 4)
    try train("omniglot", ["ways=2"])
    #expect(try evaluate(shots: 2).shots == 2)
    let message = userError { _ = try evaluate(shots: 3) }?.message ?? ""
    #expect(message.hasPrefix("\(data.path)/omniglot: omniglot, training: class Alphabet_"), "\(message)")
    #expect(
      message.hasSuffix(
        "expected at least 5 images for 3 shots and 2 queries, found 4; take fewer shots or queries"), "\(message)")
  }

  @Test func evaluationTakesTheDataFromAnotherFolder() throws {
    try DataSetFixtures.writeOmniglot(to: data, characters: 20, drawings: 4)
    try train("omniglot", ["ways=2"])
    let before = try evaluate()
    let other = try ScratchFolder()
    try FileManager.default.moveItem(atPath: "\(data.path)/omniglot", toPath: "\(other.path)/omniglot")
    #expect(userError { _ = try evaluate() }?.status == .missingInput)
    #expect(try evaluate(data: other.path) == before)
  }

  @Test func keysOfImagesAreThoseOfSupervisedTasksAndTheirOwn() throws {
    func names(_ task: String) throws -> Set<String> {
      Set(try Catalog.standard.keys(task: task, algorithm: nil).map(\.key.name))
    }
    #expect(try names("glyphs") == names("sinusoid").union(["ways", "data"]))
    let omniglot = try Catalog.standard.keys(task: "omniglot", algorithm: nil)
    let values = Dictionary(uniqueKeysWithValues: omniglot.map { ($0.key.name, $0.value) })
    #expect(values["ways"] == 5 && values["shots"] == 1 && values["meta_batch_size"] == 8)
    #expect(try configuration("omniglot", ["data=there"])["data"]?.description.hasPrefix("/") == true)
    #expect(userError { _ = try configuration("glyphs", ["horizon=5"]) }?.status == .usage)
  }

  /// What algorithms take by themselves stands below what is given.
  @Test(arguments: [
    ("imaml", "omniglot", 0.1, 16), ("anil", "omniglot", 2, 5), ("mlsr", "mnist-pairs", 5, 5),
    ("maml", "omniglot", 0.4, 1),
  ])
  func algorithmsBringTheirInnerSteps(_ algorithm: String, _ task: String, _ rate: Double, _ steps: Int) throws {
    let found = try configuration(task, ["algorithm=\(algorithm)", "ways=2"])
    #expect(found["inner_rate"] == .scalar(rate.shortText) && found["inner_steps"] == .scalar(String(steps)))
    let given = try configuration(task, ["algorithm=\(algorithm)", "ways=2", "inner_rate=0.3", "inner_steps=4"])
    #expect(given["inner_rate"] == 0.3 && given["inner_steps"] == 4)
  }

  @Test(
    arguments: Catalog.standard.tasks.filter { Catalog.standard.learning(of: $0).name == "images" }.map(\.card.name))
  func configurationReadsBackFromItsText(task: String) throws {
    let configuration = try configuration(task, ["ways=2"])
    let again = try RunConfiguration(
      settings: ConfigurationFile.settings(in: ConfigurationFile.text(of: configuration), path: "config.yaml"),
      catalog: .standard)
    #expect(again == configuration)
  }

  /// Every algorithm takes the filters of a convolutional model as it takes the weights of another.
  @Test(arguments: MetaAlgorithms.all.map(\.card.name))
  func everyAlgorithmTrainsAConvolutionalModel(algorithm: String) throws {
    try train("glyphs", ["data=", "model=convolutional", "blocks=1", "algorithm=\(algorithm)", "iterations=1"])
    let report = try evaluate(tasks: 2)
    #expect(report.steps.allSatisfy { (0...1).contains($0.mean) })
  }

  /// The loop on the host and the straight line adapt in the same way, whatever their meta-gradients.
  @Test func implicitAndUnrolledRunsTellTheSameAccuracies() throws {
    let more = ["data=", "model=convolutional", "blocks=1", "algorithm=imaml", "inner_steps=3", "iterations=1"]
    let names = ["implicit", "unrolled"]
    for name in names { try train("glyphs", more + ["inner_rate=0.3", "meta_gradient=\(name)"], name: name) }
    let tables = try names.map { try MetricsTable(path: folder($0).metricsPath) }
    // Beside what a solver left, which the straight line has none of.
    #expect(tables[0].columns.filter { $0 != "cg_residual" } == tables[1].columns)
    #expect(tables[0].columns != tables[1].columns)
    for column in ["accuracy_before", "accuracy_after", "loss_before", "loss_after"] {
      let values = tables.map { $0.column(column)?.first ?? .nan }
      // Float's rounding.
      #expect(abs(values[0] - values[1]) < 1e-5, "\(column)")
    }
    #expect(tables[0].column("loss_before") != tables[0].column("loss_after"))
  }

  @Test func convolutionalModelsNeedImagesThatAreLargeEnough() throws {
    let small = userError { try train("glyphs", ["data=", "model=convolutional", "blocks=5", "pooling=2"]) }
    #expect(
      small?.message == "glyphs: pooling 2 in 5 blocks: expected some of 28 x 28 pixels to be left, found none; "
        + "take fewer blocks or smaller squares")
    let sinusoid = try RunConfiguration(
      settings: ["task=sinusoid", "model=convolutional"].map { try ConfigurationSetting(argument: $0) },
      catalog: .standard)
    #expect(
      userError { _ = try SupervisedSetup(sinusoid) }?.message
        == "sinusoid: model convolutional: expected a task of images, found one of other inputs")
  }

  @Test func settingsOfTheOtherModelAreRefused() {
    #expect(
      userError { _ = try configuration("glyphs", ["filters=8"]) }?.message
        == "--set filters=8: maml on glyphs has no key filters, which belongs to model=convolutional, model=cell; leave "
        + "it out, or choose what has it"
    )
    #expect(userError { _ = try configuration("omniglot", ["hidden_sizes=[8]"]) }?.status == .usage)
  }

  @Test func tasksThatDoNotFitInMemoryAreRefused() throws {
    let error = userError { try train("glyphs", ["ways=1000", "shots=1000", "queries=1000", "data="]) }
    #expect(error?.message.hasPrefix("ways x (shots + queries): expected at most 500000000 numbers in 3 tasks") == true)
  }
}
