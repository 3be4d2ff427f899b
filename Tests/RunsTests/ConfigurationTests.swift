import Environments
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct ConfigurationTests {
  private func resolve(_ settings: ConfigurationSetting...) throws -> RunConfiguration {
    try RunConfiguration(settings: settings, catalog: .standard)
  }

  private func set(_ argument: String) throws -> ConfigurationSetting { try ConfigurationSetting(argument: argument) }

  private func flag(_ key: String, _ value: String) -> ConfigurationSetting {
    ConfigurationSetting(key: key, text: .scalar(value), origin: .flag("--\(key)"))
  }

  @Test func defaultsAreThePublishedOnes() throws {
    let configuration = try resolve(flag("task", "cheetah-dir"))
    #expect(configuration.algorithmName == "maml")
    #expect(configuration["iterations"] == 300)
    #expect(configuration["meta_batch_size"] == 20)
    #expect(configuration["episodes"] == 40)
    #expect(configuration["horizon"] == 100)
    #expect(configuration["discount"] == 0.99)
    #expect(configuration["inner_steps"] == 1)
    #expect(configuration["hidden_sizes"] == [64, 64])
    #expect(configuration["control_cost"] == 0.05)
  }

  @Test func flagsWinOverSetOverFileOverAlgorithmOverDefaults() throws {
    let file = try ConfigurationFile.settings(
      in: "task: cheetah-dir\nalgorithm: mlsr\nseed: 2\nepisodes: 2\nhorizon: 2\n", path: "a.yaml")
    let configuration = try RunConfiguration(
      settings: file + [set("seed=3"), set("episodes=3"), flag("seed", "4")], catalog: .standard)
    #expect(configuration["seed"] == 4)
    #expect(configuration["episodes"] == 3)
    #expect(configuration["horizon"] == 2)
    #expect(configuration["meta_batch_size"] == 20)
    // The algorithm's own default stands above the common one, and a given value above both.
    #expect(configuration["l1_strength"] == 0.000001)
    #expect(try resolve(flag("task", "cheetah-dir"))["l1_strength"] == nil)
    #expect(
      try resolve(set("l1_strength=0.5"), set("algorithm=mlsr"), flag("task", "cheetah-dir"))["l1_strength"] == 0.5)
  }

  @Test(arguments: Catalog.standard.algorithms.map(\.card.name))
  func everyAlgorithmsConfigurationReadsBackFromItsText(algorithm: String) throws {
    let configuration = try resolve(
      flag("task", "cheetah-dir"), flag("algorithm", algorithm),
      set(algorithm == "imaml-hf" ? "regularization=0.30000000000000004" : "inner_rate=0.30000000000000004"),
      set("advantage_decay=1e-05"), set("hidden_sizes=[32, 64]"),
      set("model=a \"robot\": #1\\.xml"))
    let text = ConfigurationFile.text(of: configuration)
    let again = try RunConfiguration(
      settings: ConfigurationFile.settings(in: text, path: "config.yaml"), catalog: .standard)
    #expect(again == configuration)
    #expect(ConfigurationFile.text(of: again) == text)
  }

  @Test func anyTextSurvivesTheFile() throws {
    // In one test, since some of these would spoil a terminal that prints them as arguments.
    let texts = [
      "", " ", "null", "~", "yes", "1e3", "- a", "a: b", "#x", "'", "\"", "\\n", "é\u{1F600}", "a\nb", "\t", "[x]",
      "*a", "&a", "!t", "%", "@", "`", "---", "...", "{", "a #b", "a,b", "-", "?", "\u{85}", "\u{2028}", "\u{0}",
    ]
    for text in texts {
      var configuration = try resolve(flag("task", "cheetah-dir"))
      configuration[CheetahDirectionFamily.self].model = text
      let settings = try ConfigurationFile.settings(in: ConfigurationFile.text(of: configuration), path: "config.yaml")
      #expect(settings.first { $0.key == "model" }?.text == .scalar(text), "\(text.unicodeScalars.map(\.value))")
    }
  }

  @Test(arguments: ["cheetah-dir", "sinusoid", "glyphs"]) func everyKeyHasACommentLine(task: String) throws {
    let configuration = try resolve(flag("task", task))
    let lines = ConfigurationFile.text(of: configuration).split(separator: "\n")
    for key in configuration.entries.map(\.key) {
      #expect(!key.comment.isEmpty && !key.comment.contains("\n"), "\(key.name)")
      let index = lines.firstIndex { $0.hasPrefix("\(key.name): ") }
      #expect(index.map { lines[$0 - 1].hasPrefix("# \(key.comment)") } == true, "\(key.name)")
    }
  }

  @Test(arguments: [
    ("task=cheeta-dir", "--set task=cheeta-dir: unknown task 'cheeta-dir'; did you mean 'cheetah-dir'?"),
    ("algorithm=mlrs", "--set algorithm=mlrs: unknown algorithm 'mlrs'; did you mean 'mlsr'?"),
    (
      "algorithm=zzzzzz",
      "--set algorithm=zzzzzz: unknown algorithm 'zzzzzz'; expected one of maml, fomaml, anil, mlsr, imaml, klin, "
        + "kfc, t-net, mt-net, random, joint, reptile, l1-maml, imaml-hf, meta-sgd, low-rank, mlsr-maml, meta-curvature"
    ),
    ("inner_rat=1", "--set inner_rat=1: unknown key 'inner_rat'; did you mean 'inner_rate'?"),
    (
      "surrogate=dicee",
      "--set surrogate=dicee: surrogate: expected one of dice, lvc, naive, ratio, found 'dicee'; did you mean 'dice'?"
    ),
    ("seed=-1", "--set seed=-1: seed: expected a whole number from 0 to 9223372036854775807, found '-1'"),
    ("episodes=1e3", "--set episodes=1e3: episodes: expected a whole number from 1 to 10000, found '1e3'"),
    ("discount=nan", "--set discount=nan: discount: expected a number from 0 to 1, found 'nan'"),
    (
      "hidden_sizes=[64, 0]",
      "--set hidden_sizes=[64, 0]: hidden_sizes: expected a list of 1 to 8 whole numbers from 1 to 4096, "
        + "such as [64, 64], found '[64, 0]'"
    ),
    ("physics=bullet", "--set physics=bullet: physics: expected one of auto, box2d, lanes, found 'bullet'"),
    ("novalue", "--set novalue: expected key=value"),
    ("=1", "--set =1: expected key=value"),
  ])
  func wrongSettingIsOneLine(argument: String, message: String) {
    let error = userError { _ = try resolve(flag("task", "cheetah-dir"), set(argument)) }
    #expect(error == UserError(message, status: .usage))
  }

  @Test func missingTaskNamesTheTasks() {
    let names = Catalog.standard.tasks.map(\.card.name).joined(separator: ", ")
    let message = "no task is given: expected one of \(names); for example --task cheetah-dir"
    #expect(userError { _ = try resolve() }?.message == message)
    #expect(userError { _ = try resolve(set("shots=5")) }?.message.hasPrefix("no task is given") == true)
  }

  @Test(arguments: [
    ("seed: 1\nsede: 2\n", "f.yaml:2: unknown key 'sede'; did you mean 'seed'?", UserError.Status.configuration),
    (
      "\n# a comment\nseed: many\n",
      "f.yaml:3: seed: expected a whole number from 0 to 9223372036854775807, found 'many'", .configuration
    ),
    ("seed: 1\nseed: 2\n", "f.yaml: expected each key once, found seed twice; leave one out", .configuration),
    ("- 1\n- 2\n", "f.yaml: expected lines of 'key: value', found another YAML document", .configuration),
    (
      "seed: {a: 1}\n", "f.yaml:1: expected a key with one value or a list of values, found a nested one",
      .configuration
    ),
  ])
  func wrongFileIsOneLineWithItsPlace(text: String, message: String, status: UserError.Status) {
    let error = userError {
      _ = try RunConfiguration(
        settings: ConfigurationFile.settings(in: text, path: "f.yaml") + [flag("task", "cheetah-dir")],
        catalog: .standard)
    }
    #expect(error == UserError(message, status: status))
  }

  @Test func brokenYAMLIsOneLine() {
    for text in ["seed: [1", "a: b: c", "\u{0}", "a: *b", "\tx: 1"] {
      let error = userError { _ = try ConfigurationFile.settings(in: text, path: "f.yaml") }
      #expect(error?.status == .malformedData, "\(text.debugDescription)")
      #expect(error?.message.hasPrefix("f.yaml: not YAML: ") == true)
      #expect(error?.message.contains("\n") == false)
    }
  }

  @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
  func byteOrderMarkAndLineEndsChangeNothing(end: String, mark: String) throws {
    let temporary = try TemporaryFolder()
    let path = "\(temporary.path)/marked.yaml"
    try StoredFile.write(mark + ["# A run.", "task: cheetah-dir", "seed: 5", ""].joined(separator: end), to: path)
    let settings = try ConfigurationFile.read(path)
    #expect(settings.map(\.key) == ["task", "seed"])
    #expect(settings.map(\.text) == [.scalar("cheetah-dir"), .scalar("5")])
    #expect(settings.map { "\($0.origin)" }.map { $0.suffix(2).filter(\.isNumber) } == ["2", "3"])
  }

  @Test func quotedLineOfAFaultIsCutShort() {
    let text = "a: " + String(repeating: "[", count: 50_000)
    let error = userError { _ = try ConfigurationFile.settings(in: text, path: "deep.yaml") }
    #expect((error?.message.count ?? .max) < 300)
  }

  @Test func unreadableFilesAreMissingInput() throws {
    let temporary = try TemporaryFolder()
    #expect(userError { _ = try ConfigurationFile.read("\(temporary.path)/none.yaml") }?.status == .missingInput)
    #expect(userError { _ = try ConfigurationFile.read(temporary.path) }?.status == .missingInput)
    try StoredFile.write([0xFF, 0xFE, 0x00], to: "\(temporary.path)/bytes.yaml")
    #expect(userError { _ = try ConfigurationFile.read("\(temporary.path)/bytes.yaml") }?.status == .malformedData)
  }

  @Test func resumedRunTakesOnlyWhatDoesNotChangeIt() throws {
    let run = try resolve(flag("task", "cheetah-dir"))
    func resumed(_ argument: String) throws -> RunConfiguration {
      try run.resumed(with: [set(argument)], run: "runs/a", catalog: .standard)
    }
    #expect(try resumed("workers=3")["workers"] == 3)
    #expect(try resumed("checkpoint_interval=1")["checkpoint_interval"] == 1)
    #expect(try resumed("iterations=301")["iterations"] == 301)
    #expect(try resumed("seed=1") == run)
    #expect(
      userError { _ = try resumed("seed=2") }?.message
        == "--set seed=2: runs/a was started with seed 1; a resumed run cannot change it")
    #expect(
      userError { _ = try resumed("iterations=299") }?.message
        == "--set iterations=299: runs/a has iterations 300, which may grow but not shrink")
    #expect(userError { _ = try resumed("sed=2") }?.status == .usage)
    // Another robot would go on with the numbers of this one.
    #expect(userError { _ = try resumed("model=/robots/other.xml") }?.status == .usage)
  }

  /// A number that may grow, whole or not, and a text, which no one can tell to have grown.
  private struct Growth: TaskFamily {
    let card = Card("growth", "grows", source: "these tests")
    let measure = "loss"
    let evaluationTasks = 1
    let groups: [String] = []
    var share = 0.5
    var text = ""
    static let settings: [Setting<Self>] = [
      Setting("share", \.share, in: 0...100, "a share").resumed(.mayGrow),
      Setting(folder: "text", \.text, "a text").resumed(.mayGrow),
    ]
  }

  private struct GrowthLearning: Learning {
    let name = "growth"
    func learns(_ family: any TaskFamily) -> Bool { family is Growth }
    func slots(for family: any TaskFamily, algorithm: any Part) -> [RunSlot] {
      [RunSlot("Task", family, kind: .task), RunSlot("Adaptation", algorithm, kind: .algorithm)]
    }
    func makeTrainer(_ configuration: RunConfiguration) throws -> any MetaTrainer { RandomWalkTrainer(configuration) }
    func makeEvaluator(_ configuration: RunConfiguration) throws -> any AdaptationEvaluator {
      throw UserError("growth is not evaluated", status: .usage)
    }
  }

  @Test(arguments: [
    ("share=0.5", true), ("share=0.75", true), ("share=10", true), ("share=0.1", false), ("share=1e-05", false),
    ("text=many", false),
  ])
  func whatMayGrowIsComparedAsANumber(argument: String, isTaken: Bool) throws {
    let catalog = Catalog(
      [.learning(GrowthLearning()), .task(Growth())] + Catalog.standard.algorithms.map { .part($0, .algorithm) })
    let run = try RunConfiguration(settings: [set("task=growth")], catalog: catalog)
    let error = userError { _ = try run.resumed(with: [set(argument)], run: "runs/a", catalog: catalog) }
    #expect((error == nil) == isTaken, "\(String(describing: error))")
    if !isTaken { #expect(error?.message.hasSuffix(", which may grow but not shrink") == true) }
  }

  @Test(
    arguments: [
      ("cheetah", "cheetah-dir", "cheetah-dir"), ("ch", "cheetah-dir", nil),
      ("cheetah-dri", "cheetah-dir", "cheetah-dir"), ("MAML", "maml", "maml"),
      ("x", "maml", nil), ("", "maml", nil), (String(repeating: "m", count: 100_000), "maml", nil),
    ] as [(String, String, String?)])
  func nearestNameIsNear(typed: String, known: String, expected: String?) {
    #expect(nearestName(to: typed, among: [known]) == expected)
  }
}
