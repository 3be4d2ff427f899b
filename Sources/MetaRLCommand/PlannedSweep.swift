import Files
import Foundation
import Parts
import Runs
import Training

/// A sweep whose every run has been checked, before any is started.
struct PlannedSweep {
  /// A run of the sweep.
  struct Run {
    let plan: SweepPlan.Run
    let folder: RunFolder
    let configuration: RunConfiguration
    /// The assignments of the axes for the process that trains the run.
    let assignments: [String]

    /// Returns whether the folder has the run, with all its iterations.
    /// - Throws: `UserError` where the folder has a run of other settings.
    func isFinished() throws(UserError) -> Bool {
      guard folder.hasRun else { return false }
      _ = try folder.configuration(wanted: configuration, catalog: MetaRL.catalog)
      return try folder.storedIterations() >= configuration.run.iterations
    }
  }

  let plan: SweepPlan
  /// The path of the folder that has the runs.
  let folder: String
  let runs: [Run]
  /// The number of runs at a time, and whether the user chose it.
  private let jobs: (count: Int, isGiven: Bool)
  /// The threads of each run here, and the number that the user chose.
  private let workers: (count: Int, given: Int?)
  /// The arguments that all runs share.
  private let shared: [String]

  /// Plans the sweep of a command.
  /// - Throws: `UserError` for the first run whose settings are wrong, or whose folder has a run of others.
  init(_ command: Sweep) throws {
    var options = command.options
    let plan = try SweepPlan(assignments: options.assignments, seeds: Self.seeds(of: command))
    try Self.checkFlags(of: options, plan, hasSeeds: command.seeds != nil)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let jobs = try NumberOption.read("--jobs", command.jobs, in: 1...1_024)
    let workers = try NumberOption.read("--workers", command.workers, in: 1...1_024)
    let count = min(jobs ?? cores, plan.runs.count)
    let parent = try command.folder.map { path throws(UserError) in try RunFolder(argument: path, of: "--folder").path }
    options.assignments = plan.fixed
    let configurations = try plan.runs.map { run in
      var own = options
      own.assignments += run.assignments
      return try own.configuration([("seed", String(run.seed))]) { _ in }
    }
    try Self.checkLists(of: plan, configurations)
    try Self.checkDifferences(of: plan, configurations)
    try Self.checkCheckpoints(of: configurations)
    let folder = parent ?? Self.usualFolder(configurations)
    runs = try zip(plan.runs, configurations).map { run, configuration in
      Run(
        plan: run, folder: RunFolder(path: "\(folder)/\(run.name)"), configuration: configuration,
        assignments: try run.assignments.map { try ConfigurationOptions.resolved($0) })
    }
    (self.plan, self.folder) = (plan, folder)
    self.jobs = (count, jobs != nil)
    self.workers = (workers ?? max(1, cores / count), workers)
    shared = try ["train", "--resume-or-start"] + options.arguments()
  }

  /// The given seeds, or the one that the settings of the first run have.
  private static func seeds(of command: Sweep) throws -> [Int] {
    if let seeds = command.seeds { return try SeedList(argument: seeds).seeds }
    var options = command.options
    let plan = try SweepPlan(assignments: options.assignments, seeds: [0])
    options.assignments = plan.fixed + plan.runs[0].assignments
    return [try options.configuration { _ in }.run.seed]
  }

  /// Checks that no flag replaces what differs between the runs.
  private static func checkFlags(
    of options: ConfigurationOptions, _ plan: SweepPlan, hasSeeds: Bool
  ) throws(UserError) {
    if hasSeeds, plan.fixes("seed") {
      throw UserError("--seeds and --set seed: expected one of them, found both", status: .usage)
    }
    if plan.axes.contains(where: { $0.key == workersKey }) || plan.fixes(workersKey) {
      throw UserError(
        "--set \(workersKey): expected the threads of each run of a sweep in --workers, found them here",
        status: .usage)
    }
    for axis in plan.axes {
      if axis.key == "seed" {
        throw UserError("--set seed: expected the seeds of a sweep in --seeds, found several here", status: .usage)
      }
      let flags = options.keyFlags + [(key: RunSettings.initialKey, value: options.initial)]
      if let flag = flags.first(where: { $0.key == axis.key && $0.value != nil }) {
        throw UserError(
          "--\(flag.key) and --set \(flag.key): expected one of them, found both", status: .usage)
      }
    }
  }

  private static let workersKey = "workers"

  /// Checks that the values of keys that take lists are in brackets: a comma between two numbers would be read by `train`
  /// as one list, and here as two runs.
  private static func checkLists(of plan: SweepPlan, _ configurations: [RunConfiguration]) throws(UserError) {
    for axis in plan.axes where !axis.values.allSatisfy({ $0.hasPrefix("[") }) {
      guard case .list? = configurations.lazy.compactMap({ $0[axis.key] }).first else { continue }
      let items = axis.values.map { $0.filter { !"[]".contains($0) } }
      let lists = items.map { "[\($0)]" }.joined(separator: ",")
      throw UserError(
        "--set \(axis.key)=\(axis.values.joined(separator: ",")): expected lists in brackets, such as "
          + "\(axis.key)=[\(items.joined(separator: ","))] for one list or \(axis.key)=\(lists) for a run of each, "
          + "found bare commas", status: .usage)
    }
  }

  /// Checks that no two runs of one seed have the same settings, as those of the values 0.1 and 0.10 have.
  private static func checkDifferences(of plan: SweepPlan, _ configurations: [RunConfiguration]) throws(UserError) {
    var names: [String: String] = [:]
    for (run, configuration) in zip(plan.runs, configurations) where run.seed == plan.runs[0].seed {
      guard let earlier = names.updateValue(run.name, forKey: ConfigurationFile.text(of: configuration)) else {
        continue
      }
      throw UserError(
        "\(earlier) and \(run.name): expected runs of different settings, found values that mean the same",
        status: .usage)
    }
  }

  /// Checks that the checkpoints are there from which the runs start.
  private static func checkCheckpoints(of configurations: [RunConfiguration]) throws(UserError) {
    let paths = configurations.compactMap { $0[RunSettings.initialKey]?.description }
    if let path = paths.first(where: { !$0.isEmpty && !StoredFile.exists($0) }) {
      throw UserError("\(path): expected a checkpoint to start from, found nothing", status: .missingInput)
    }
  }

  /// The folder of a sweep for which the user names none.
  private static func usualFolder(_ configurations: [RunConfiguration]) -> String {
    let names = [Set(configurations.map(\.taskName)), Set(configurations.map(\.algorithmName))]
    return (["\(RunFolder.usualParent)/sweep"] + names.compactMap { $0.count == 1 ? $0.first : nil }).joined(
      separator: "-")
  }

  /// Returns the arguments of the process that trains a run.
  func arguments(of run: Run) -> [String] { shared + ownArguments(of: run, workers: workers.count) }

  private func ownArguments(of run: Run, workers: Int) -> [String] {
    run.assignments.flatMap { ["--set", $0] }
      + ["--seed", String(run.plan.seed), "--workers", String(workers), "--run", run.folder.path]
  }

  /// The script that trains the runs on a cluster, whose machines may have other numbers of cores than this one.
  var slurmScript: SlurmScript {
    let cores = workers.given ?? 1
    return SlurmScript(
      name: folder.split(separator: "/").last.map(String.init) ?? "sweep", program: Self.program,
      folder: FileManager.default.currentDirectoryPath, shared: shared,
      own: runs.map { ownArguments(of: $0, workers: cores) },
      parallel: jobs.isGiven ? jobs.count : nil, cores: cores)
  }

  /// The path of this program.
  private static var program: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// Trains the runs that are not finished.
  /// - Parameter isStopped: returns whether to stop.
  func train(_ display: ProgressDisplay, isStopped: @escaping @Sendable () -> Bool) throws -> SweepRunner.Outcome {
    let logs = "\(folder)/logs"
    let jobs = try runs.map { run in
      SweepRunner.Job(
        name: run.plan.name, arguments: arguments(of: run) + ["--progress", "json"],
        log: "\(logs)/\(run.plan.name).log", iterations: run.configuration.run.iterations,
        isFinished: try run.isFinished())
    }
    for run in runs where run.folder.hasRun {
      let (completed, asked) = (try run.folder.storedIterations(), run.configuration.run.iterations)
      if completed > asked {
        display.note(RunFolder.completeText(run.folder.path, completed: completed, asked: asked))
      }
    }
    if let leader = RankLeader.current { return try train(by: leader, display, isStopped: isStopped) }
    try OpenFiles.makeRoom(processes: self.jobs.count)
    try StoredFile.createFolders(logs)
    let runner = SweepRunner(
      program: ExternalProgram(path: Self.program), jobs: jobs, parallel: self.jobs.count, display: display)
    return runner.run(isStopped: isStopped)
  }

  /// Trains the runs that are not finished, each by one rank. A run that fails keeps no other from its training.
  private func train(
    by leader: RankLeader, _ display: ProgressDisplay, isStopped: @escaping @Sendable () -> Bool
  ) throws -> SweepRunner.Outcome {
    let missing = try runs.filter { try !$0.isFinished() }
    var outcome = SweepRunner.Outcome()
    var ended = runs.count - missing.count
    let planned = missing.map { run in
      var configuration = run.configuration
      configuration[RunningSettings.self].workers = workers.given ?? 1
      return PlannedRun(in: run.folder, configuration, catalog: MetaRL.catalog, mayExtend: true)
    }
    try leader.train(planned, atATime: jobs.isGiven ? jobs.count : nil, shouldStop: isStopped) { number, fault in
      let name = missing[number].plan.name
      ended += 1
      if let fault, fault.status == .busy {
        display.warn("\(name): another process is training this run")
        outcome.taken.append(name)
      } else if let fault {
        display.warn("\(name): \(fault.message)")
        outcome.failures.append(.init(name: name, reason: fault.message, status: fault.status.rawValue))
      } else {
        display.note("\(ended) of \(runs.count.counted("run")), \(name)")
      }
    }
    return outcome
  }
}
