import Parts
public import Runs
import Training

/// A comparison of algorithms, or of the values of any key, by runs with several seeds each.
public struct RunComparison: Encodable, Sendable {
  /// The runs of one value of the key.
  public struct Group: Encodable, Sendable {
    /// The value of the key.
    public let name: String
    /// The number of runs.
    public let runs: Int
    /// The mean of the middle half of all scores, with its 95% interval; nil for one run on tasks that can be counted.
    public let iqm: Double
    public let iqmLow: Double?
    public let iqmHigh: Double?
    /// The mean of all scores, with its 95% interval; nil for one run on tasks that can be counted.
    public let mean: Double
    public let meanLow: Double?
    public let meanHigh: Double?
    /// The median of the tasks' means.
    public let median: Double
    /// How far scores fall short of those of the oracle, on average; nil where scores are not normalised.
    public let optimalityGap: Double?

    private enum CodingKeys: String, CodingKey {
      case name, runs, iqm, mean, median
      case iqmLow = "iqm_low"
      case iqmHigh = "iqm_high"
      case meanLow = "mean_low"
      case meanHigh = "mean_high"
      case optimalityGap = "optimality_gap"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(runs, forKey: .runs)
      for (key, value) in [
        (CodingKeys.iqm, Optional(iqm)), (.iqmLow, iqmLow), (.iqmHigh, iqmHigh), (.mean, mean), (.meanLow, meanLow),
        (.meanHigh, meanHigh), (.median, median),
      ] { try container.encode(value, forKey: key) }
      try container.encode(optimalityGap, forKey: .optimalityGap)
    }
  }

  /// How often one group is better than another.
  public struct Improvement: Encodable, Sendable {
    /// The names of the groups.
    public let of: String
    public let over: String
    /// The probability that a run of the first is better at a task than a run of the second, with its 95% interval; nil
    /// where one of them has a single run.
    public let probability: Double
    public let low: Double?
    public let high: Double?

    private enum CodingKeys: String, CodingKey { case of, over, probability, low, high }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(of, forKey: .of)
      try container.encode(over, forKey: .over)
      try container.encode(probability, forKey: .probability)
      try container.encode(low, forKey: .low)
      try container.encode(high, forKey: .high)
    }
  }

  /// The performance profile of a group: the share of scores above each threshold.
  public struct Profile: Encodable, Sendable {
    /// The name of the group.
    public let name: String
    /// The thresholds, ascending, and the share above each.
    public let thresholds: [Double]
    public let shares: [Double]
  }

  /// The key by whose values runs are grouped.
  public let by: String
  /// The quantity that a score measures; losses are negated, so that more is better.
  public let measure: String
  /// Whether a score of 0 is that of the parameters before training and one of 1 that of the oracle.
  public let isNormalized: Bool
  /// The number of inner steps.
  public let k: Int
  /// The number of tasks, each of which has a score in every run.
  public let tasks: Int
  /// The seed of the tasks.
  public let evaluationSeed: Int
  /// The groups in the order in which the runs were given.
  public let groups: [Group]
  /// Each group over each other one.
  public let improvements: [Improvement]
  /// The profile of each group.
  public let profiles: [Profile]

  private enum CodingKeys: String, CodingKey {
    case by, measure, k, tasks, groups, improvements, profiles
    case isNormalized = "normalized"
    case evaluationSeed = "evaluation_seed"
  }
}

extension RunComparison {
  /// The number of thresholds of a profile.
  private static let thresholds = 101

  /// Compares matrices of scores on the same tasks.
  /// - Parameters:
  ///   - groups: the name and the scores of each group.
  ///   - drawsTasks: whether the tasks are a sample of a distribution.
  init(
    _ groups: [(name: String, scores: ScoreMatrix)], by key: String, measure: String, isNormalized: Bool, k: Int,
    evaluationSeed: Int, drawsTasks: Bool
  ) {
    let bootstrap = StratifiedBootstrap(seed: evaluationSeed, drawsTasks: drawsTasks)
    (by, self.measure, self.isNormalized, self.k, self.evaluationSeed) = (key, measure, isNormalized, k, evaluationSeed)
    tasks = groups[0].scores.tasks
    self.groups = groups.map { name, scores in
      // One run says nothing of how runs vary.
      let hasIntervals = scores.runs > 1 || drawsTasks
      let iqm = hasIntervals ? bootstrap.interval(of: .interquartileMean, of: scores) : nil
      let mean = hasIntervals ? bootstrap.interval(of: .mean, of: scores) : nil
      return Group(
        name: name, runs: scores.runs, iqm: scores(.interquartileMean), iqmLow: iqm?.lowerBound,
        iqmHigh: iqm?.upperBound,
        mean: scores(.mean), meanLow: mean?.lowerBound, meanHigh: mean?.upperBound, median: scores(.median),
        optimalityGap: isNormalized ? scores(.optimalityGap) : nil)
    }
    improvements = groups.flatMap { own in
      groups.filter { $0.name != own.name }.map { other in
        let interval =
          own.scores.runs > 1 && other.scores.runs > 1
          ? bootstrap.intervalOfImprovement(of: own.scores, over: other.scores) : nil
        return Improvement(
          of: own.name, over: other.name, probability: own.scores.probabilityOfImprovement(over: other.scores),
          low: interval?.lowerBound, high: interval?.upperBound)
      }
    }
    let all = groups.flatMap { $0.scores.scores.joined() }
    let (low, high) = (all.min() ?? 0, all.max() ?? 0)
    let thresholds = (0..<Self.thresholds).map { low + (high - low) * Double($0) / Double(Self.thresholds - 1) }
    profiles = groups.map { name, scores in
      Profile(name: name, thresholds: thresholds, shares: thresholds.map { scores.share(above: $0) })
    }
  }
}

/// The options of a comparison of runs.
public struct ComparisonOptions: Sendable {
  /// The key by whose values runs are grouped.
  public var key: String
  /// The number of held-out tasks, as in an evaluation. Without this and a seed, the tasks are those on which all runs have
  /// been evaluated, or else as many as the task family's default number.
  public var tasks: Int?
  /// The number of inner steps; the number of each run's training where nil.
  public var steps: Int?
  /// The seed of the tasks; the first run's where nil.
  public var seed: Int?
  /// Whether scores are normalised by those before training and those of the oracle.
  public var isNormalized: Bool

  /// Creates options.
  public init(by key: String, tasks: Int? = nil, steps: Int? = nil, seed: Int? = nil, isNormalized: Bool = false) {
    (self.key, self.tasks, self.steps, self.seed, self.isNormalized) = (key, tasks, steps, seed, isNormalized)
  }
}

extension RunComparison {
  /// A run and the values of its key.
  private struct Member {
    let folder: RunFolder
    let configuration: RunConfiguration
    let group: String
  }

  /// Compares runs on the same tasks, by the reports in their folders where those are of the same tasks and seed, and by
  /// new evaluations otherwise, which the folders keep as those of `evaluate`.
  /// - Parameters:
  ///   - folders: the folders of the runs.
  ///   - options: by what runs are compared, and on which tasks.
  ///   - catalog: the parts that a run may name.
  ///   - warn: receives a line on what else differs, and each warning of an evaluation.
  ///   - progress: receives a line before each evaluation.
  /// - Throws: `UserError` where the runs are on other tasks, have no such key, or have no checkpoint.
  public init(
    _ folders: [RunFolder], options: ComparisonOptions, catalog: Catalog, warn: (String) -> Void,
    progress: (String) -> Void = { _ in }
  ) throws {
    let members = try folders.map { folder throws(UserError) in
      let configuration = try folder.configuration(catalog: catalog)
      guard let value = configuration[options.key] else {
        throw UserError(
          "by \(options.key): expected a key of every run, found none in \(folder.path)", status: .usage)
      }
      return Member(folder: folder, configuration: configuration, group: value.description)
    }
    try Self.check(members, by: options.key)
    if let note = Self.otherDifferences(members, by: options.key) { warn(note) }
    let family = members[0].configuration.family
    let asked =
      options.tasks == nil && options.seed == nil ? Self.commonTasks(of: members, atLeast: family.evaluationTasks) : nil
    let seed = options.seed ?? asked?.seed ?? members[0].configuration.run.seed
    let tasks = options.tasks ?? asked?.tasks ?? family.evaluationTasks
    var steps: [Step] = []
    var iterations: [String] = []
    for member in members {
      let own = try options.steps ?? catalog.makeEvaluator(member.configuration).stepCount
      let evaluation = EvaluationOptions(
        tasks: tasks, steps: own, seed: seed, includesReferences: options.isNormalized)
      iterations.append((try member.folder.checkpoints.iterations().last).map(String.init) ?? "none")
      let kept = try KeptEvaluation(
        member.folder, member.configuration, options: evaluation, catalog: catalog, warn: warn, progress: progress)
      steps.append(
        try Step(
          kept.steps, k: own, tasks: kept.tasks, references: options.isNormalized ? kept.references : nil,
          task: member.configuration.taskName))
    }
    if Set(iterations).count > 1 {
      warn("the newest checkpoints are of the iterations \(iterations.withoutRepetitions.joined(separator: ", "))")
    }
    for (member, step) in zip(members, steps) where step.tasks != steps[0].tasks {
      throw UserError(
        "\(member.folder.path): expected the tasks of \(members[0].folder.path), found others: "
          + "\(step.tasks.withoutRepetitions.joined(separator: ", "))", status: .usage)
    }
    let counts = Set(steps.map(\.k))
    let k = try counts.count == 1 ? steps[0].k : { throw Self.unlikeSteps(members, steps) }()
    var groups: [(name: String, scores: ScoreMatrix)] = []
    for name in members.map(\.group).withoutRepetitions {
      // A normalised score grows towards the oracle's, whatever it measures.
      let sign = family.measure == "loss" && !options.isNormalized ? -1.0 : 1
      let own = zip(members, steps).filter { $0.0.group == name }.map { $0.1.scores.map { sign * $0 } }
      groups.append((name, ScoreMatrix(own)))
    }
    self.init(
      groups, by: options.key, measure: family.measure, isNormalized: options.isNormalized, k: k, evaluationSeed: seed,
      drawsTasks: steps[0].drawsTasks)
  }

  /// The tasks on which all runs have been evaluated; nil where these differ, or are fewer than so many.
  private static func commonTasks(of members: [Member], atLeast least: Int) -> (tasks: Int, seed: Int)? {
    // What does not fit its run is told where the evaluation is taken.
    let stored = members.map { StoredEvaluation(of: $0.folder, $0.configuration, warn: { _ in }) }
    guard let first = stored[0], let seed = first.evaluationSeed, first.tasks >= least,
      stored.allSatisfy({ $0?.tasks == first.tasks && $0?.evaluationSeed == seed })
    else { return nil }
    return (first.tasks, seed)
  }

  private static func unlikeSteps(_ members: [Member], _ steps: [Step]) -> UserError {
    let found = zip(members, steps).map { "\($0.1.k) of \($0.0.folder.path)" }
    return UserError(
      "expected runs that adapt by as many inner steps, found \(found.withoutRepetitions.joined(separator: ", ")); give one number for "
        + "all", status: .usage)
  }

  private static func check(_ members: [Member], by key: String) throws(UserError) {
    for member in members where member.configuration.taskName != members[0].configuration.taskName {
      throw UserError(
        "\(member.folder.path): expected a run on \(members[0].configuration.taskName) as \(members[0].folder.path), found "
          + "one on \(member.configuration.taskName)", status: .usage)
    }
    for (index, member) in members.enumerated() {
      guard
        let twin = members[..<index].first(where: {
          $0.group == member.group && $0.configuration.run.seed == member.configuration.run.seed
        })
      else { continue }
      throw UserError(
        "\(member.folder.path): expected another seed or another \(key) than those of \(twin.folder.path), found the same",
        status: .usage)
    }
  }

  /// A line that names what else differs between runs, which the comparison would otherwise credit to the key.
  private static func otherDifferences(_ members: [Member], by key: String) -> String? {
    func differing(_ members: [Member], _ isTaken: (RunConfiguration.Entry) -> Bool) -> Set<String> {
      let names = Set(
        members.flatMap { $0.configuration.entries.filter { !$0.key.resume.isFree && isTaken($0) }.map(\.key.name) })
      return names.subtracting(["seed", key]).filter { name in
        Set(members.map { $0.configuration[name]?.description ?? "" }).count > 1
      }
    }
    let within = members.map(\.group).withoutRepetitions.reduce(into: Set<String>()) { names, group in
      names.formUnion(differing(members.filter { $0.group == group }) { _ in true })
    }
    // The algorithms' own keys differ in any case where algorithms are compared.
    let across = differing(members) { !$0.isOfAlgorithm && $0.key.kind != .algorithm }.subtracting(within)
    var notes: [String] = []
    if !within.isEmpty {
      notes.append(
        "runs of one \(key) differ in \(within.sorted().joined(separator: ", ")), too, and are taken together")
    }
    if !across.isEmpty { notes.append("besides \(key), runs differ in \(across.sorted().joined(separator: ", "))") }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }

  /// What a comparison takes of an evaluation of one run.
  struct Step {
    let k: Int
    /// The name of each task.
    let tasks: [String]
    /// The score of each task.
    let scores: [Double]
    /// Whether the tasks are draws of a distribution.
    let drawsTasks: Bool
  }
}

extension RunComparison.Step {
  /// Takes the scores after `k` steps, or the last ones, of an evaluation of one run: those of each held-out task or, where
  /// tasks can be counted and were evaluated several times each, the mean of each.
  /// - Parameters:
  ///   - steps: the scores after 0, 1, ... steps.
  ///   - tasks: the number of tasks that were asked for, of each where they can be counted.
  ///   - references: the scores that normalise; nil for scores as they are.
  init(
    _ steps: [EvaluationReport.Step], k: Int?, tasks: Int, references: [EvaluationReport.Reference]?, task name: String
  ) throws(UserError) {
    let step = steps[k ?? steps.count - 1]
    let isCounted = step.isOfCountedTasks(each: tasks)
    func normalized(_ value: Double, _ group: String?) throws(UserError) -> Double {
      guard let references else { return value }
      func mean(_ name: String) -> Double? {
        // An oracle has no inner steps.
        guard let all = references.first(where: { $0.name == name })?.steps else { return nil }
        guard let found = all.first(where: { $0.k == step.k }) ?? all.last else { return nil }
        return group.flatMap { found.groups[$0]?.mean } ?? found.mean
      }
      guard let zero = mean("random"), let one = mean("oracle"), one != zero else {
        throw UserError(
          "references: expected an oracle of \(name) that differs from the start, found none", status: .usage)
      }
      return (value - zero) / (one - zero)
    }
    var (names, scores): ([String], [Double]) = ([], [])
    if isCounted {
      for (group, statistics) in step.groups.sorted(by: { $0.key < $1.key }) {
        names.append(group)
        scores.append(try normalized(statistics.mean, group))
      }
    } else {
      for value in step.values {
        names.append("\(value.group.map { "\($0) " } ?? "")task \(value.task)")
        scores.append(try normalized(value.value, value.group))
      }
    }
    self.init(k: step.k, tasks: names, scores: scores, drawsTasks: !isCounted)
  }
}
