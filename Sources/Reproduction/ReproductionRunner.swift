import Evaluation
import Parts
import RandomStreams
import Runs
import Training
import Workers

extension CheckpointContents {
  /// Returns the contents with noise on the weights of a layer, which the seed of a run decides.
  func adding(_ noise: Recipe.Column.LayerNoise, seed: Int) -> CheckpointContents {
    var changed = self
    for (number, tensor) in tensors.enumerated() where tensor.name == "model.\(noise.layer).weight" {
      let squares = tensor.values.reduce(0) { $0 + Double($1) * Double($1) }
      let deviation = noise.deviation * (squares / Double(max(1, tensor.values.count))).squareRoot()
      var stream = RandomAddress(seed: UInt64(seed), purpose: .evaluationTasks, task: number).stream
      changed.tensors[number].values = tensor.values.map { $0 + Float(deviation * stream.normal()) }
    }
    return changed
  }
}

/// Trains and evaluates the runs of a recipe, several at a time, each by one worker.
///
/// A run whose folder exists is resumed, so that a recipe that was stopped costs only the missing iterations; what is finished
/// is in the file of the result, and is not made again even where the folders are gone.
public struct ReproductionRunner: Sendable {
  private let recipe: Recipe
  private let folder: String
  private let length: RecipeLength
  private let workers: Int
  private let catalog = Catalog.standard

  /// The seed of the held-out tasks, which is the same for every run.
  static let evaluationSeed = 1_000

  /// The progress of a recipe.
  public struct Report: Sendable {
    /// The label of the run that has just been completed, with its seed; nil after an iteration.
    public var run: String?
    /// The number of completed runs, and the number of all runs.
    public var done: Int
    public var all: Int
    /// The number of iterations that are made in all runs, and the number of all.
    public var iterations: Int
    public var allIterations: Int
    /// The number of those that earlier processes made, in the runs that have begun.
    public var earlierIterations: Int
  }

  /// - Parameters:
  ///   - recipe: the recipe to run.
  ///   - folder: the folder in which the runs are stored, in a subfolder with the recipe's name, and beside it the result.
  ///   - length: how long the runs are.
  ///   - workers: the number of runs at a time.
  public init(_ recipe: Recipe, folder: String, length: RecipeLength, workers: Int) {
    self.recipe = recipe
    self.folder = folder
    self.length = length
    self.workers = workers
  }

  /// The file of the result, which is written after each run.
  public var resultPath: String { "\(folder)/\(recipe.name(of: length)).json" }

  /// Trains the missing iterations and evaluates the runs that the result does not have.
  /// - Returns: the result of all runs; nil where `shouldStop` ended the work first.
  /// - Throws: `UserError` of the first run that cannot be continued.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (Report) -> Void
  ) throws -> RecipeResult? {
    let runs = try recipe.runs(of: length, catalog: catalog)
    let lengths = runs.map { $0.configuration.run.iterations }
    let earlier = try earlierResult()
    let result = Locked(earlier)
    let progress = Locked(
      Report(
        done: 0, all: runs.count, iterations: 0, allIterations: lengths.reduce(0, +), earlierIterations: 0))
    /// Changes the progress and reports it, from one thread at a time.
    @Sendable func note(_ change: (inout Report) -> Void) {
      progress.withLock { progress in
        progress.run = nil
        change(&progress)
        report(progress)
      }
    }
    if let leader = RankLeader.current {
      let missing = runs.filter { earlier.run($0, catalog: catalog) == nil }
      try leader.train(missing.map(planned), shouldStop: shouldStop) { _, _ in }
    }
    // Ranks have trained the runs, and evaluate one at a time together.
    let atATime = RankLeader.current == nil ? workers : 1
    let finished: [Bool] = try WorkerPool(count: atATime).map(jobs: runs.count) { number, _ in
      let run = runs[number]
      var made = 0
      func end() {
        note { progress in
          progress.done += 1
          progress.run = "\(run.label), seed \(run.seed)"
          // A run that diverged makes no more iterations, and one of an earlier process none.
          progress.iterations += lengths[number] - made
          progress.earlierIterations += lengths[number] - made
        }
      }
      if earlier.run(run, catalog: catalog) != nil {
        end()
        return true
      }
      guard !shouldStop() else { return false }
      let ending = try planned(run).train(shouldStop: shouldStop) { iteration, isEarlier in
        note { progress in
          progress.iterations += iteration - made
          if isEarlier { progress.earlierIterations += iteration }
        }
        made = iteration
      }
      guard let ending else { return false }
      let values = ending == .completed ? try evaluate(run) : recipe.columns.map { _ in nil }
      guard !shouldStop() else { return false }
      guard let finished = try resultRun(of: run, values: values, shouldStop: shouldStop) else { return false }
      try result.withLock { result in
        result.add(finished)
        try StoredFile.write(try result.text(), to: resultPath)
      }
      end()
      return true
    }
    return finished.allSatisfy { $0 } ? result.withLock { $0 } : nil
  }

  /// What is finished already and still is what the recipe asks for.
  private func earlierResult() throws(UserError) -> RecipeResult {
    guard StoredFile.exists(resultPath) else { return RecipeResult(of: recipe, length: length) }
    var result = try RecipeResult(path: resultPath, of: recipe, length: length)
    try result.removeStale(recipe, length: length, catalog: catalog)
    return result
  }

  /// What the result keeps of a finished run; nil where `shouldStop` ended the work first.
  private func resultRun(
    of run: RecipeRun, values: [RecipeResult.Value?], shouldStop: () -> Bool
  ) throws -> RecipeResult.Run? {
    let metrics = try metrics(of: planned(run).folder)
    var curve: RecipeResult.Curve?
    switch recipe.figure {
    case .learning(let column, _): curve = metrics.flatMap { RecipeResult.Curve(of: column, in: $0) }
    case .heldOut(let tasks, _) where values.contains { $0 != nil }:
      guard let found = try heldOutCurve(of: run, on: tasks, shouldStop: shouldStop) else { return nil }
      curve = found
    case .heldOut, .columns, nil: break
    }
    return RecipeResult.Run(
      line: run.label, seed: run.seed, settings: run.settings, iterations: run.configuration.run.iterations,
      seconds: try trainingSeconds(of: planned(run).folder), program: ProgramVersion.text,
      machine: Machine.description, values: values, curve: curve)
  }

  private func planned(_ run: RecipeRun) -> PlannedRun {
    let folder = RunFolder(path: "\(folder)/\(recipe.name(of: length))/\(run.folderName)")
    return PlannedRun(in: folder, run.configuration, catalog: catalog)
  }

  private func evaluate(_ run: RecipeRun) throws -> [RecipeResult.Value?] {
    let (folder, configuration) = (planned(run).folder, run.configuration)
    let checkpoint = try planned(run).checkpoint()
    let own = try catalog.makeEvaluator(configuration).stepCount
    var steps = 0
    for column in recipe.columns {
      if case .score(let step, _, _) = column.quantity { steps = max(steps, step ?? own) }
    }
    // A report is nil where a score is not finite.
    var reports: [Recipe.Column.EvaluatedTasks: [EvaluationReport.Step]?] = [:]
    return try recipe.columns.map { column in
      switch column.quantity {
      case .reference(let name): return try reference(name, for: configuration, after: checkpoint)
      case .iterationTime: return try iterationTime(of: folder)
      case .metric(let name):
        return try metric(name, of: folder).last.flatMap { $0.isFinite ? RecipeResult.Value(mean: $0) : nil }
      case .retained(let name, let window):
        return Self.retained(try metric(name, of: folder), window: window).map { RecipeResult.Value(mean: $0) }
      case .score(let step, let tasks, let group):
        if reports[tasks] == nil {
          let evaluated = tasks.share < 1 ? try self.checkpoint(of: run, after: tasks.share) : checkpoint
          reports[tasks] = try scores(of: run, evaluated.contents, on: tasks, steps: steps)
        }
        guard let report = reports[tasks]??[step ?? own] else { return nil }
        if let group { return report.groups[group].map { RecipeResult.Value(mean: $0.mean) } }
        return RecipeResult.Value(mean: report.mean, halfWidth: report.high.map { $0 - report.mean })
      }
    }
  }

  /// The scores of a run's parameters after each number of inner steps; nil where one is not finite.
  private func scores(
    of run: RecipeRun, _ contents: CheckpointContents, on tasks: Recipe.Column.EvaluatedTasks, steps: Int
  ) throws -> [EvaluationReport.Step]? {
    let configuration = run.configuration
    let request = EvaluationRequest(
      checkpoint: tasks.noise.map { contents.adding($0, seed: run.seed) } ?? contents,
      tasks: recipe.evaluationTasks(of: length) ?? configuration.family.evaluationTasks, steps: steps,
      seed: Self.evaluationSeed, shots: tasks.shots, split: tasks.split)
    var options = EvaluationOptions()
    for text in tasks.settings {
      let setting = try ConfigurationSetting(argument: text)
      if configuration[setting.key] != nil { options.settings.append(setting) }
    }
    let evaluated = try options.applied(to: configuration, catalog: catalog)
    return try scores(request, by: catalog.makeEvaluator(evaluated))
  }

  /// The checkpoint that is nearest to a share of a run's iterations.
  private func checkpoint(of run: RecipeRun, after share: Double) throws -> Checkpoint {
    let planned = planned(run)
    let wanted = share * Double(run.configuration.run.iterations)
    func distance(_ iteration: Int) -> Double { abs(Double(iteration) - wanted) }
    let iterations = planned.checkpointIterations
    let nearest = iterations.min { distance($0) < distance($1) }
    return try planned.checkpoint(ofIteration: nearest ?? run.configuration.run.iterations)
  }

  /// The score of held-out tasks after the steps of training, at each checkpoint of a run; nil where `shouldStop` ended the work
  /// first.
  private func heldOutCurve(
    of run: RecipeRun, on tasks: Recipe.Column.EvaluatedTasks, shouldStop: () -> Bool
  ) throws -> RecipeResult.Curve? {
    let steps = try catalog.makeEvaluator(run.configuration).stepCount
    var curve = RecipeResult.Curve(axis: "iteration", x: [], y: [])
    for iteration in planned(run).checkpointIterations {
      guard !shouldStop() else { return nil }
      let contents = try planned(run).checkpoint(ofIteration: iteration).contents
      guard let scores = try scores(of: run, contents, on: tasks, steps: steps) else { continue }
      curve.add(scores[steps].mean, at: iteration)
    }
    return curve
  }

  /// The mean score of a reference line; nil where the family has none of that name. Lines of one configuration but for the
  /// algorithm share the trainings of an oracle within a process.
  private func reference(
    _ name: String, for configuration: RunConfiguration, after checkpoint: Checkpoint
  ) throws -> RecipeResult.Value? {
    let references = catalog.references(for: configuration.family)
    guard let reference = references.first(where: { $0.name == name }) else { return nil }
    var request = EvaluationRequest(
      checkpoint: checkpoint.contents,
      tasks: recipe.evaluationTasks(of: length) ?? configuration.family.evaluationTasks, steps: 0,
      seed: Self.evaluationSeed)
    request.iterations = checkpoint.iteration
    let evaluator: any AdaptationEvaluator = try reference.makeEvaluator(configuration)
    let report = try EvaluationReport.steps(
      of: [evaluator.evaluate(request)], upTo: 0, bootstrapSeed: Self.evaluationSeed)
    return RecipeResult.Value(mean: report[0].mean, halfWidth: report[0].high.map { $0 - report[0].mean })
  }

  /// The scores after each number of inner steps; nil where one is not finite: a run that diverges beyond the steps of its
  /// training is a result, too.
  private func scores(_ request: EvaluationRequest, by evaluator: any AdaptationEvaluator) throws -> [EvaluationReport
    .Step]?
  {
    do {
      return try EvaluationReport.steps(
        of: [evaluator.evaluate(request)], upTo: request.steps, bootstrapSeed: Self.evaluationSeed)
    } catch let error as UserError where error.isDivergence {
      return nil
    }
  }

  /// The median time of an iteration in milliseconds, which other programs on the machine change less than the mean.
  private func iterationTime(of folder: RunFolder) throws(UserError) -> RecipeResult.Value? {
    let times = (try metrics(of: folder)?.column("iteration_seconds") ?? []).sorted()
    return times.isEmpty ? nil : RecipeResult.Value(mean: 1_000 * times[times.count / 2])
  }

  /// The metrics of a run; nil where it diverged in its first iteration.
  private func metrics(of folder: RunFolder) throws(UserError) -> MetricsTable? {
    StoredFile.exists(folder.metricsPath) ? try MetricsTable(path: folder.metricsPath) : nil
  }

  /// The time of the training, without its checkpoints and evaluations, to a tenth of a second.
  private func trainingSeconds(of folder: RunFolder) throws(UserError) -> Double {
    let times = try metrics(of: folder)?.column("iteration_seconds") ?? []
    return (10 * times.reduce(0, +)).rounded() / 10
  }

  private func metric(_ name: String, of folder: RunFolder) throws(UserError) -> [Double] {
    guard let values = try metrics(of: folder)?.column(name) else {
      throw UserError("\(folder.metricsPath): expected a column \(name), found none", status: .malformedData)
    }
    return values
  }

  /// Returns the mean of the last `window` values over the highest mean of `window` values in a row, or of all values where
  /// there are fewer; nil where the highest mean is not above 0, so that there is nothing to keep.
  static func retained(_ values: [Double], window: Int) -> Double? {
    let window = min(window, values.count)
    let means = (0...(values.count - window)).map { values[$0..<($0 + window)].reduce(0, +) / Double(max(1, window)) }
    let (last, best) = (means[means.count - 1], means.reduce(-.infinity, max))
    return last.isFinite && best > 0 ? last / best : nil
  }
}
