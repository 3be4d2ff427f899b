import FewShotTasks
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// A file's values, and a flag or `--set` that replaces the task, the algorithm or the model that they belong to.
@Suite struct PartReplacementTests {
  private func resolve(
    _ arguments: [String], file: String = "", note: (String) -> Void = { _ in }
  ) throws -> RunConfiguration {
    let settings = try ConfigurationFile.settings(in: file, path: "f.yaml")
    return try RunConfiguration(
      settings: settings + arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard, note: note)
  }

  private func text(_ arguments: String...) throws -> String { ConfigurationFile.text(of: try resolve(arguments)) }

  /// What stands below is as earlier versions listed it, too.
  @Test(arguments: ["", "l1_strength: 0\n"]) func filesOfOneAlgorithmLeaveTheDefaultsOfAnother(listed: String) throws {
    let file = try text("task=sinusoid", "algorithm=maml", "hidden_sizes=[7]", "inner_rate=0.02") + listed
    let configuration = try resolve(["algorithm=mlsr"], file: file)
    #expect(configuration["l1_strength"] == 0.0001)
    // What somebody chose, and the algorithm takes, stays.
    #expect(configuration["hidden_sizes"] == [7] && configuration["inner_rate"] == 0.02)
    #expect(
      try configuration == resolve(["task=sinusoid", "algorithm=mlsr", "hidden_sizes=[7]", "inner_rate=0.02"]))
  }

  @Test(
    arguments: Catalog.standard.algorithms.map(\.card.name), ["maml", "mlsr", "imaml-hf", "random", "reptile"])
  func listOfOneAlgorithmsDefaultsLeadsToAnothersDefaults(own: String, other: String) throws {
    let file = try text("task=sinusoid", "algorithm=\(own)")
    #expect(try resolve(["algorithm=\(other)"], file: file) == resolve(["task=sinusoid", "algorithm=\(other)"]))
  }

  @Test func keysOfAReplacedAlgorithmAreListedInOneLine() throws {
    let file = try text("task=sinusoid", "algorithm=mlsr", "l1_strength=0.3", "seed=7")
    var notes: [String] = []
    let configuration = try resolve(["algorithm=maml"], file: file) { notes.append($0) }
    #expect(notes == ["f.yaml: dropped meta_gradient, recovery, l1_strength, recovery_start: maml replaces mlsr"])
    #expect(try configuration == resolve(["task=sinusoid", "seed=7"]))
    notes = []
    _ = try resolve(["seed=8"], file: file) { notes.append($0) }
    #expect(notes.isEmpty)
  }

  @Test func keysOfAReplacedTaskOrModelAreDropped() throws {
    var notes: [String] = []
    let sines = try text("task=sinusoid", "hidden_sizes=[7]", "seed=7")
    let policy = try resolve(["task=cheetah-dir"], file: sines) { notes.append($0) }
    #expect(try policy == resolve(["task=cheetah-dir", "hidden_sizes=[7]", "seed=7"]))
    #expect(notes.count == 1 && notes[0].hasPrefix("f.yaml: dropped ") && notes[0].contains(" shots, queries, "))
    #expect(notes[0].hasSuffix(": cheetah-dir replaces sinusoid, trpo replaces adam"))
    let cheetah = try text("task=cheetah-dir", "seed=7", "control_cost=0.1")
    #expect(try resolve(["task=omniglot"], file: cheetah) == resolve(["task=omniglot", "seed=7"]))
    let convolutional = try text("task=omniglot", "filters=8", "seed=7")
    notes = []
    let perceptron = try resolve(["model=mlp"], file: convolutional) { notes.append($0) }
    #expect(try perceptron == resolve(["task=omniglot", "model=mlp", "seed=7"]))
    #expect(notes == ["f.yaml: dropped blocks, filters, pooling, features, normalization: mlp replaces convolutional"])
    #expect(try resolve(["task=omniglot"], file: sines)["model"] == "convolutional")
  }

  /// A choice that other keys depend on is such a part, too.
  @Test func keysThatAnotherChoiceLeavesNoUseForAreDropped() throws {
    let file = try text("task=sinusoid", "algorithm=mlsr", "l1_strength=0.3")
    var notes: [String] = []
    let configuration = try resolve(["recovery=mae"], file: file) { notes.append($0) }
    #expect(try configuration == resolve(["task=sinusoid", "algorithm=mlsr", "recovery=mae"]))
    #expect(notes == ["f.yaml: dropped l1_strength: the other settings leave no use for them"])
  }

  /// Two families, and two optimizers, that give one name to things of their own.
  @Test func valueDoesNotStayForAnotherPartsKeyOfTheName() throws {
    let catalog = Catalog.standard.adding([
      .task(Steps()), .task(Waves()), .outerOptimizer(Ball()), .outerOptimizer(Rope()),
    ])
    func resolve(_ arguments: [String], _ file: String, note: (String) -> Void = { _ in }) throws -> RunConfiguration {
      let settings = try ConfigurationFile.settings(in: file, path: "f.yaml")
      return try RunConfiguration(
        settings: settings + arguments.map { try ConfigurationSetting(argument: $0) }, catalog: catalog, note: note)
    }
    let file = "task: steps\nwidth: 0.75\nouter_step: ball\nfriction: 0.25\nhidden_sizes: [7]\n"
    #expect(try resolve([], file)["width"] == 0.75)
    var notes: [String] = []
    let waves = try resolve(["task=waves"], file) { notes.append($0) }
    #expect(waves["width"] == 0.5 && waves["friction"] == 0.25 && waves["hidden_sizes"] == [7])
    #expect(notes == ["f.yaml: dropped width: waves replaces steps"])
    notes = []
    let rope = try resolve(["outer_step=rope"], file) { notes.append($0) }
    #expect(rope["friction"] == 0.5 && rope["width"] == 0.75)
    #expect(notes == ["f.yaml: dropped friction: rope replaces ball"])
    // What means the same for both stays.
    #expect(try resolve(["model=linnet"], file)["hidden_sizes"] == [7])
  }

  @Test(arguments: [
    (
      "task: sinusoid\nalgorithm: maml\nl1_strength: 0.3\n", ["algorithm=anil"],
      "f.yaml:3: anil on sinusoid has no key l1_strength, which belongs to algorithm="
    ),
    (
      "task: sinusoid\nalgorithm: maml\nepisodes: 3\n", ["algorithm=anil"],
      "f.yaml:3: anil on sinusoid has no key episodes, which belongs to policies"
    ),
    ("task: sinusoid\nepisods: 3\n", ["task=cheetah-dir"], "f.yaml:2: unknown key 'episods'"),
    ("task: sinusoid\nshots: many\n", ["task=cheetah-dir"], "f.yaml:2: shots: expected a whole number"),
    (
      "task: sinusoid\n", ["algorithm=maml", "l1_strength=0"],
      "--set l1_strength=0: maml on sinusoid has no key l1_strength, which belongs to algorithm="
    ),
  ]) func keyThatNoChosenOrReplacedPartHasIsRefused(file: String, arguments: [String], message: String) {
    let error = userError { _ = try resolve(arguments, file: file) }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "no error")")
  }

  /// A key of the part that is chosen may stand in the file of another.
  @Test func fileMayHaveKeysOfTheChosenPart() throws {
    let file = "task: sinusoid\nalgorithm: maml\nl1_strength: 0.3\n"
    #expect(try resolve(["algorithm=mlsr"], file: file)["l1_strength"] == 0.3)
    #expect(try resolve(["algorithm=mlsr", "task=cheetah-dir"], file: file + "episodes: 3\n")["episodes"] == 3)
  }

  /// Folders of earlier versions have values that nothing came of: the run, its checkpoints and its hashes are the same.
  @Test func folderThatListsUnusedKeysStaysReadable() throws {
    let workshop = try RunWorkshop()
    _ = try workshop.start("run").train()
    let folder = workshop.folder("run")
    let configuration = try folder.configuration(catalog: .quick)
    let text = try workshop.temporary.text("run/config.yaml")
    #expect(!text.contains("past_decay"))
    try StoredFile.write(text + "past_decay: 0.5\nl1_strength: 0\n", to: folder.configurationPath)
    #expect(try folder.configuration(catalog: .quick) == configuration)
    #expect(try workshop.resume("run", ["iterations=8"]).completedIterations == 6)
    try StoredFile.write(text.replacing("\nepisodes: 40\n", with: "\n"), to: folder.configurationPath)
    // A line that was lost is no default.
    #expect(
      userError { _ = try folder.configuration(catalog: .quick) }?.message
        == "\(folder.configurationPath): expected the key episodes, found none")
  }

  /// What an algorithm declares is its own, also where another one has a key of that name; what is common stays.
  @Test(arguments: [
    ("mlsr", "l1_strength=0.5", "l1-maml"), ("mlsr", "l1_strength=0.5", "mlsr-maml"),
    ("mlsr", "meta_gradient=implicit", "imaml"), ("imaml", "meta_gradient=unrolled", "imaml-hf"),
    ("imaml", "cg_steps=7", "imaml-hf"), ("imaml", "cg_steps=7", "mlsr"),
  ]) func settingsOfAReplacedAlgorithmGoWithIt(own: String, setting: String, other: String) throws {
    let file = try text("task=sinusoid", "algorithm=\(own)", setting, "queries=7")
    var notes: [String] = []
    let configuration = try resolve(["algorithm=\(other)"], file: file) { notes.append($0) }
    #expect(try configuration == resolve(["task=sinusoid", "algorithm=\(other)", "queries=7"]))
    #expect(notes.count == 1 && notes[0].contains(setting.prefix { $0 != "=" }), "\(notes)")
  }

  /// A line of a file that says what was the usual value there is told, where the usual value is another now.
  @Test func optimizerOfAFileThatATaskReplacesIsTold() throws {
    var notes: [String] = []
    let file = "task: sinusoid\nouter_step: adam\n"
    let configuration = try resolve(["task=linear-classification"], file: file) { notes.append($0) }
    #expect(configuration["outer_step"] == "sgd")
    #expect(notes.count == 1 && notes[0].hasPrefix("f.yaml: dropped outer_step: "), "\(notes)")
    notes = []
    _ = try resolve(["task=linear-classification", "outer_step=adam"], file: file) { notes.append($0) }
    #expect(notes.isEmpty)
  }

  /// Earlier versions listed the task's and other parts' usual values for every run.
  @Test(arguments: [
    ("task: sinusoid\nalgorithm: imaml-hf\n", "inner_rate: 0.01"), ("task: sinusoid\n", "recovery_rate: 0.01"),
    ("task: glyphs\nmodel: mlp\n", "filters: 64"),
  ]) func lineThatNobodyChoseIsLeftOut(file: String, line: String) throws {
    #expect(try resolve([], file: file + line + "\n") == resolve([], file: file))
    #expect(userError { _ = try resolve([], file: file + line + "3\n") } != nil)
  }

  @Test func everyValueThatIsGivenIsLookedAt() {
    let error = userError { _ = try resolve(["task=sinusoid", "inner_rate=abc", "inner_rate=1"]) }
    #expect(error?.message.hasPrefix("--set inner_rate=abc: inner_rate: expected a number") == true)
  }

  /// What trains nothing has an outer optimizer all the same, of which a checkpoint has the state.
  @Test func partThatARunDoesNotLookAtIsAsTheTaskHasIt() throws {
    let configuration = try resolve(["task=linear-classification", "algorithm=random"])
    #expect(configuration["outer_step"] == nil)
    #expect(configuration[OuterLoopSettings.self].optimizer.card.name == "sgd")
  }

  @Test(arguments: [
    (["algorithm=mlsr"], false), (["algorithm=mlsr", "meta_gradient=unrolled"], true), (["algorithm=joint"], true),
    (["algorithm=fomaml"], false), (["algorithm=maml"], true),
  ]) func surrogateIsAKeyWhereItIsDifferentiatedTwiceOrReported(arguments: [String], isUsed: Bool) throws {
    let configuration = try resolve(["task=cheetah-dir"] + arguments)
    #expect((configuration["surrogate"] != nil) == isUsed)
  }

  /// A checkpoint of an earlier version names every key, those that its run did not look at, too.
  @Test func checkpointThatNamesUnusedKeysBelongsToItsRun() throws {
    let workshop = try RunWorkshop()
    _ = try workshop.start("run").train()
    let folder = workshop.folder("run")
    var checkpoint = try folder.checkpoints.load(workshop.checkpointPath("run", 6))
    var metadata = checkpoint.identity.metadata
    metadata["config.past_decay"] = "0.5"
    checkpoint.identity = RunIdentity(removingFrom: &metadata)
    try folder.checkpoints.save(checkpoint)
    #expect(try workshop.resume("run", ["iterations=8"]).completedIterations == 6)
    metadata = checkpoint.identity.metadata
    metadata["config.discount"] = "0.5"
    checkpoint.identity = RunIdentity(removingFrom: &metadata)
    try folder.checkpoints.save(checkpoint)
    #expect(userError { _ = try workshop.resume("run", ["iterations=8"]) }?.message.contains("of another run") == true)
  }
}

private struct Steps: SupervisedTaskFamily {
  let card = Card("steps", "steps", source: "a test")
  let loss = TaskLoss.meanSquaredError
  var width = 0.5

  static let settings = [Setting<Self>("width", \.width, in: 0...1, "a width of steps")]

  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask { FewShotTask(Sinusoids.general, loss: loss) }
}

private struct Waves: SupervisedTaskFamily {
  let card = Card("waves", "waves", source: "a test")
  let loss = TaskLoss.meanSquaredError
  var width = 0.5

  static let settings = [Setting<Self>("width", \.width, in: 0...1, "a width of waves")]

  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask { FewShotTask(Sinusoids.general, loss: loss) }
}

private struct Ball: OuterOptimizer {
  let card = Card("ball", "an optimizer", source: "a test")
  var friction = 0.5

  static let settings = [Setting<Self>("friction", \.friction, in: 0...1, "friction of a ball")]

  var links: [any UpdateRule] { [] }
}

private struct Rope: OuterOptimizer {
  let card = Card("rope", "an optimizer", source: "a test")
  var friction = 0.5

  static let settings = [Setting<Self>("friction", \.friction, in: 0...1, "friction of a rope")]

  var links: [any UpdateRule] { [] }
}
