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
    let folder = parent ?? Self.usualFolder(configurations)
    runs = zip(plan.runs, configurations).map { run, configuration in
      Run(plan: run, folder: RunFolder(path: "\(folder)/\(run.name)"), configuration: configuration)
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
    if hasSeeds, plan.fixed.contains(where: { $0.hasPrefix("seed=") }) {
      throw UserError("--seeds and --set seed: expected one of them, found both", status: .usage)
    }
    for axis in plan.axes {
      if axis.key == "seed" {
        throw UserError("--set seed: expected the seeds of a sweep in --seeds, found several here", status: .usage)
      }
      if let flag = options.keyFlags.first(where: { $0.key == axis.key && $0.value != nil }) {
        throw UserError(
          "--\(flag.key) and --set \(flag.key): expected one of them, found both", status: .usage)
      }
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
    run.plan.assignments.flatMap { ["--set", $0] }
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
  /// - Returns: the runs that failed.
  func train(_ display: ProgressDisplay, isStopped: () -> Bool) throws -> [SweepRunner.Failure] {
    let logs = "\(folder)/logs"
    let jobs = try runs.map { run in
      SweepRunner.Job(
        name: run.plan.name, arguments: arguments(of: run) + ["--progress", "json"],
        log: "\(logs)/\(run.plan.name).log", iterations: run.configuration.run.iterations,
        isFinished: try run.isFinished())
    }
    try OpenFiles.makeRoom(processes: self.jobs.count)
    try StoredFile.createFolders(logs)
    let runner = SweepRunner(
      program: ExternalProgram(path: Self.program), jobs: jobs, parallel: self.jobs.count, display: display)
    return runner.run(isStopped: isStopped)
  }
}
