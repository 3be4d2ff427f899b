import Foundation
import Testing

/// What people need who train many runs, by the program itself.
@Suite struct ManyRunsTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let small = ["--task", "sinusoid", "--iterations", "3", "--set", "hidden_sizes=[4]"]

  private func train(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(["train"] + Self.small + arguments, in: scratch.path)
  }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  @Test func resumeOrStartStartsGoesOnAndStops() throws {
    let start = try train(["--resume-or-start", "--run", "run"])
    #expect(start.status == 0 && start.output.hasPrefix("maml on sinusoid, seed 1, in run\n"))
    let hashes = try scratch.text("run/hashes.csv")
    let finished = try train(["--resume-or-start", "--run", "run"])
    #expect(finished.status == 0 && finished.output.contains("run has all its 3 iterations"))
    #expect(try scratch.text("run/hashes.csv") == hashes)
    let longer = try train(["--resume-or-start", "--run", "run", "--iterations", "5"])
    #expect(longer.status == 0 && longer.output.hasPrefix("going on with run after iteration 3\n"))
    #expect(try scratch.rows("run/hashes.csv").count == 6)
  }

  /// A run that has more iterations than are asked for is finished, to `train` as to `sweep`.
  @Test func runsWithMoreIterationsThanAskedForAreFinished() throws {
    #expect(try train(["--run", "grid/seed1"]).status == 0)
    let line = "grid/seed1 has 3 iterations, and was asked for 2: nothing is left to train"
    let configuration = try scratch.text("grid/seed1/config.yaml")
    let resumed = try run(["train", "--resume", "grid/seed1", "--iterations", "2"])
    #expect(resumed.status == 0 && resumed.output == "\(line); a larger --iterations extends it\n", "\(resumed)")
    let swept = try run(
      ["sweep", "--task", "sinusoid", "--iterations", "2", "--set", "hidden_sizes=[4]", "--folder", "grid"])
    #expect(swept.status == 0 && swept.errors == ["metarl: \(line)"], "\(swept)")
    #expect(swept.output.contains("3/3   finished") && swept.output.contains("the run in grid is finished"))
    #expect(try scratch.text("grid/seed1/config.yaml") == configuration)
    #expect(try run(["train", "--resume", "grid/seed1", "--iterations", "0"]).status == 64)
  }

  /// Two sweeps of one folder at once.
  @Test func runsThatAnotherProcessTrainsAreLeftToIt() throws {
    let other = try RunningProgram(
      ["train", "--task", "sinusoid", "--iterations", "1000000", "--set", "hidden_sizes=[4]", "--run", "grid/seed1"],
      in: scratch.path)
    RunningProgram.waitUntil { !other.isRunning || scratch.exists("grid/seed1/hashes.csv") }
    let sweep = try run(
      ["sweep", "--task", "sinusoid", "--iterations", "1000000", "--set", "hidden_sizes=[4]", "--folder", "grid"])
    other.end(by: SIGINT)
    #expect(try other.wait().status == 130)
    #expect(sweep.status == 75)
    #expect(
      sweep.errors == [
        "metarl: seed1: another process is training this run",
        "metarl: another process is training 1 of 1 run, the first seed1; the same command goes on when that has ended",
      ])
  }

  @Test(arguments: [
    (["--seed", "2"], "seed 2, found one with 1"),
    (["--set", "inner_rate=0.7"], "inner_rate 0.7, found one with 0.01"),
    (["--algorithm", "fomaml"], "algorithm fomaml, found one with maml"),
    (["--init", "run"], "init "),
  ]) func resumeOrStartNamesTheSettingThatDiffers(arguments: [String], difference: String) throws {
    #expect(try train(["--resume-or-start", "--run", "run"]).status == 0)
    let before = try scratch.text("run/config.yaml")
    let other = try train(["--resume-or-start", "--run", "run"] + arguments)
    #expect(other.status == 64 && other.errors.count == 1)
    #expect(other.errors.first?.contains("run: expected a run with \(difference)") == true, "\(other.errors)")
    #expect(try scratch.text("run/config.yaml") == before)
  }

  @Test func seedsAreRunsOfTheirOwn() throws {
    let result = try train(["--seeds", "1-2,5"])
    #expect(result.status == 0)
    let folders = ["1", "2", "5"].map { "runs/sinusoid-maml-seed\($0)" }
    #expect(folders.allSatisfy { scratch.exists("\($0)/checkpoints/iteration-000003.safetensors") })
    #expect(result.output.hasSuffix("3 of 3 seeds trained; next: metarl evaluate \(folders.joined(separator: " "))\n"))
    #expect(try train(["--seed", "2", "--run", "alone"]).status == 0)
    #expect(try scratch.text("alone/hashes.csv") == scratch.text("runs/sinusoid-maml-seed2/hashes.csv"))
    #expect(try train(["--seeds", "3", "--run", "others"]).status == 0)
    #expect(scratch.exists("others/sinusoid-maml-seed3/config.yaml"))
  }

  @Test func seedsThatAreStoppedSayHowToGoOn() throws {
    let arguments = ["train", "--task", "sinusoid", "--iterations", "1000000", "--seeds", "1-2"]
    let program = try RunningProgram(arguments, in: scratch.path)
    RunningProgram.waitUntil {
      let lines = try? scratch.text("runs/sinusoid-maml-seed1/hashes.csv").split(separator: "\n").count
      return !program.isRunning || (lines ?? 0) > 5
    }
    program.send(SIGINT)
    RunningProgram.waitUntil { !program.isRunning }
    program.send(SIGKILL)
    let result = try program.wait()
    #expect(result.status == 130 && !scratch.exists("runs/sinusoid-maml-seed2"))
    #expect(result.output.hasSuffix("\n0 of 2 seeds trained; the same command with --resume-or-start goes on\n"))
  }

  @Test(arguments: [
    (["--seeds", "1-3", "--seed", "1"], "--seeds and --seed: expected one of them, found both"),
    (["--seeds", "1-3", "--set", "seed=4"], "--seeds and --set seed: expected one of them, found both"),
    (["--seeds", "1-3", "--resume", "x"], "--seeds and --resume: expected one of them, found both"),
    (["--resume-or-start", "--resume", "x"], "--resume-or-start and --resume: expected one of them, found both"),
    (
      ["--seeds", "3-1"],
      "--seeds 3-1: expected seeds such as 1-5 or 1,3,7, found a range that ends before it begins, '3-1'"
    ),
    (["--seeds", "1,x"], "--seeds 1,x: expected seeds such as 1-5 or 1,3,7, found 'x'"),
    (["--seeds", "1,,2"], "--seeds 1,,2: expected seeds such as 1-5 or 1,3,7, found an empty one"),
    (["--seeds", "1-3,2"], "--seeds 1-3,2: expected seeds such as 1-5 or 1,3,7, found 2 twice"),
    (
      ["--seeds", "0-9223372036854775807"],
      "--seeds 0-9223372036854775807: expected seeds such as 1-5 or 1,3,7, found more than 10000"
    ),
  ]) func seedsThatAreNoneAreRefused(arguments: [String], message: String) throws {
    let result = try train(arguments)
    #expect(result.status == 64 && result.errors == ["metarl: \(message)"])
    #expect(!scratch.exists("runs"))
  }

  @Test func sweepTrainsEveryCombinationOnce() throws {
    let sweep =
      ["sweep"] + Self.small.dropLast(2) + ["--set", "inner_rate=0.01,0.1", "--set", "hidden_sizes=[4],[4,3]"]
      + ["--seeds", "1-2", "--folder", "grid", "--jobs", "2"]
    let commands = try run(sweep + ["--dry-run"]).output.split(separator: "\n")
    #expect(commands.count == 8 && !scratch.exists("grid"))
    #expect(commands[3].contains("--set inner_rate=0.01 --set 'hidden_sizes=[4,3]' --seed 2"), "\(commands[3])")
    let script = try run(sweep + ["--slurm"]).output
    #expect(script.hasPrefix("#!/bin/bash\n") && script.contains("#SBATCH --array=0-7%2\n") && !scratch.exists("grid"))
    let result = try run(sweep)
    #expect(result.status == 0, "\(result.errors)")
    let names = ["0.01", "0.1"].flatMap { rate in
      ["4", "4+3"].flatMap { sizes in ["1", "2"].map { "grid/inner_rate=\(rate)-hidden_sizes=\(sizes)-seed\($0)" } }
    }
    #expect(names.allSatisfy { scratch.exists("\($0)/checkpoints/iteration-000003.safetensors") })
    let rows = result.output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(rows.count == 10 && rows.dropFirst().dropLast().map { String($0[0]) } == names, "\(result.output)")
    #expect(rows.dropFirst().dropLast().allSatisfy { $0[1] == "3/3" && $0[2] == "finished" })
    let before = try names.map { try scratch.data("\($0)/metrics.csv") }
    let again = try run(sweep + ["--evaluate"])
    #expect(
      again.status == 0 && again.output.contains("\ninner_rate=0.01-hidden_sizes=4+3          2 "), "\(again.output)")
    #expect(try names.map { try scratch.data("\($0)/metrics.csv") } == before)
  }

  @Test func sweepTakesTheSeedOfItsSettings() throws {
    for (seed, arguments) in [(1, []), (7, ["--set", "seed=7"])] {
      let commands = try run(["sweep"] + Self.small + ["--set", "inner_rate=0.1,0.2", "--dry-run"] + arguments)
      let lines = commands.output.split(separator: "\n")
      #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix("-seed\(seed)") }, "\(lines)")
    }
  }

  /// The script trains what the sweep does, here by a shell in the place of a cluster.
  @Test func slurmScriptTrainsItsTask() throws {
    let script = try run(["sweep"] + Self.small + ["--seeds", "3-4", "--folder", "grid", "--slurm"]).output
    try script.write(toFile: "\(scratch.path)/job", atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["job"]
    process.currentDirectoryURL = URL(filePath: scratch.path)
    process.environment = ProcessInfo.processInfo.environment.merging(["SLURM_ARRAY_TASK_ID": "1"]) { $1 }
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(scratch.exists("grid/seed4/config.yaml") && !scratch.exists("grid/seed3"))
  }

  @Test(arguments: [
    (
      ["--set", "inner_rate=1,2", "--set", "inner_rate=3,4"],
      "--set inner_rate=3,4: expected several values of inner_rate once"
    ),
    (["--set", "inner_rate=1,2,1"], "--set inner_rate=1,2,1: expected different values, found 1 twice"),
    (["--set", "inner_rate=1,,2"], "--set inner_rate=1,,2: expected values between the commas, found an empty one"),
    (["--set", "inner_rat=1,2"], "--set inner_rat=1: unknown key 'inner_rat'"),
    (
      ["--set", "inner_rate=0.01", "--set", "inner_rate=0.1"],
      "--set inner_rate=0.01 and --set inner_rate=0.1: expected one assignment of inner_rate, found two"
    ),
    (
      ["--set", "inner_rate=0.1,0.10"],
      "inner_rate=0.1-seed1 and inner_rate=0.10-seed1: expected runs of different settings, found values that mean"
    ),
    (["--set", "workers=1,2"], "--set workers: expected the threads of each run of a sweep in --workers"),
    (["--set", "init=/a.safetensors"], "/a.safetensors: expected a checkpoint to start from, found nothing"),
    (["--set", "init=nowhere"], "--set init nowhere: expected a run with a checkpoint"),
    (["--set", "seed=1,2"], "--set seed: expected the seeds of a sweep in --seeds"),
    (["--set", "iterations=1,2"], "--iterations and --set iterations: expected one of them, found both"),
    (["--seeds", "1-2", "--set", "seed=3"], "--seeds and --set seed: expected one of them, found both"),
    (["--dry-run", "--slurm"], "--dry-run and --slurm: expected one of them, found both"),
    (["--jobs", "0"], "--jobs 0: expected a whole number from 1 to 1024"),
  ]) func sweepThatIsWrongStartsNothing(arguments: [String], message: String) throws {
    let result = try run(["sweep"] + Self.small + arguments)
    #expect([64, 66].contains(result.status) && result.errors.count == 1)
    #expect(result.errors.first?.hasPrefix("metarl: \(message)") == true, "\(result.errors)")
    #expect(!scratch.exists("runs"))
  }

  /// To `train`, `32,64` is one network.
  @Test func sweepsTakeListsInBracketsAlone() throws {
    let result = try run(["sweep", "--task", "sinusoid", "--set", "hidden_sizes=32,64"])
    #expect(
      result.errors == [
        "metarl: --set hidden_sizes=32,64: expected lists in brackets, such as hidden_sizes=[32,64] for one list or "
          + "hidden_sizes=[32],[64] for a run of each, found bare commas"
      ])
    #expect(result.status == 64 && !scratch.exists("runs"))
  }

  /// A sweep that is killed cannot stop its runs.
  @Test func runsOfASweepEndWithIt() throws {
    let sweep = ["sweep", "--task", "sinusoid", "--set", "hidden_sizes=[4]", "--folder", "grid"]
    let program = try RunningProgram(sweep + ["--iterations", "1000000"], in: scratch.path)
    RunningProgram.waitUntil {
      let lines = try? scratch.text("grid/seed1/hashes.csv").split(separator: "\n").count
      return !program.isRunning || (lines ?? 0) > 20
    }
    program.send(SIGKILL)
    _ = try program.wait()
    RunningProgram.waitUntil {
      (try? scratch.text("grid/logs/seed1.log"))?.contains("\"outcome\":\"interrupted\"") == true
    }
    let checkpoints = try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/grid/seed1/checkpoints")
    #expect(checkpoints.contains { $0.hasSuffix(".safetensors") })
  }

  @Test func sweepThatIsStoppedGoesOn() throws {
    let sweep = ["sweep", "--task", "sinusoid", "--set", "hidden_sizes=[4]", "--seeds", "1-3", "--folder", "grid"]
    let program = try RunningProgram(sweep + ["--iterations", "1000000", "--jobs", "2"], in: scratch.path)
    // Each of the two has to be past its start, before which there is nothing that an interruption could keep.
    RunningProgram.waitUntil {
      let lines = ["seed1", "seed2"].map { run in
        (try? scratch.text("grid/\(run)/hashes.csv").split(separator: "\n").count) ?? 0
      }
      return !program.isRunning || lines.allSatisfy { $0 > 20 }
    }
    program.send(SIGINT)
    RunningProgram.waitUntil { !program.isRunning }
    program.send(SIGKILL)
    let result = try program.wait()
    #expect(result.status == 130)
    #expect(result.output == "stopped: 0 of 3 runs in grid are finished; the same command goes on\n")
    #expect(!scratch.exists("grid/seed3"))
    let log = try scratch.text("grid/logs/seed1.log")
    #expect(log.contains("\"outcome\":\"interrupted\""), "\(log.suffix(300))")
  }

  @Test func runsThatFailAreNamedAndTheOthersTrained() throws {
    let result = try run(
      ["sweep"] + Self.small + ["--set", "inner_rate=0.01,900", "--folder", "grid", "--set", "inner_steps=3"])
    #expect(result.status == 65)
    #expect(
      result.errors.contains { $0.contains("inner_rate=900-seed1: ") && $0.contains("not a finite number") },
      "\(result.errors)")
    #expect(result.errors.last?.hasPrefix("metarl: 1 of 2 runs failed, the first inner_rate=900-seed1: ") == true)
    #expect(scratch.exists("grid/inner_rate=0.01-seed1/checkpoints/iteration-000003.safetensors"))
  }

  @Test func trainingStartsFromACheckpointAndIsExact() throws {
    #expect(try train(["--run", "first"]).status == 0)
    let warm = try train(["--run", "warm", "--init", "first", "--algorithm", "meta-sgd", "--seed", "4"])
    #expect(warm.status == 0, "\(warm.errors)")
    let copied = try scratch.data("warm/init.safetensors")
    #expect(try copied == scratch.data("first/checkpoints/iteration-000003.safetensors"))
    #expect(try scratch.text("warm/config.yaml").contains("\ninit: init.safetensors\n"))
    let assigned = try train(["--run", "assigned", "--set", "init=first", "--algorithm", "meta-sgd", "--seed", "4"])
    #expect(assigned.status == 0, "\(assigned.errors)")
    #expect(try scratch.text("assigned/hashes.csv") == scratch.text("warm/hashes.csv"))
    #expect(try train(["--run", "second", "--seed", "2"]).status == 0)
    let swept = try run(["sweep"] + Self.small + ["--set", "init=first,second", "--folder", "grid"])
    #expect(swept.status == 0, "\(swept.errors)")
    #expect(try scratch.data("grid/init=first-seed1/init.safetensors") == copied)
    let without = try train(["--run", "warm", "--resume-or-start", "--algorithm", "meta-sgd", "--seed", "4"])
    #expect(without.errors.first?.contains("warm: expected a run with no init, found one with ") == true)
    // The new run needs the first no more.
    try FileManager.default.removeItem(atPath: "\(scratch.path)/first")
    #expect(try run(["replay", "warm"]).status == 0)
    #expect(try run(["train", "--config", "warm/config.yaml", "--run", "again"]).status == 0)
    #expect(try scratch.text("again/hashes.csv") == scratch.text("warm/hashes.csv"))
    #expect(try train(["--run", "cold", "--algorithm", "meta-sgd", "--seed", "4"]).status == 0)
    #expect(try scratch.text("cold/hashes.csv") != scratch.text("warm/hashes.csv"))
  }

  @Test func checkpointsOfOtherShapesAreRefusedByTheTensor() throws {
    #expect(try train(["--run", "first"]).status == 0)
    let wider = try train(["--run", "wide", "--init", "first", "--set", "hidden_sizes=[5]"])
    #expect(wider.status == 78 && wider.errors.count == 1 && !scratch.exists("wide"))
    #expect(
      wider.errors.first?.contains("expected model.hidden1.weight with shape [1, 5], found shape [1, 4]") == true,
      "\(wider.errors)")
    #expect(try train(["--init", "nowhere"]).errors.first?.contains("found nothing") == true)
    #expect(try train(["--init", "nowhere.safetensors"]).status == 66)
    #expect(try train(["--init", ""]).status == 64)
  }
}
