import Foundation
import Testing

/// What a signal does to a command, by the program itself.
@Suite(.serialized) struct SignalTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let long = [
    "train", "--task", "sinusoid", "--iterations", "1000000", "--set", "hidden_sizes=[5]", "--run", "run",
  ]

  /// Tasks that take many seconds to draw: an iteration that a signal meets in its middle.
  private static let slow = [
    "train", "--task", "linear-classification", "--iterations", "2", "--set", "meta_batch_size=1000", "--workers", "1",
    "--run", "run",
  ]

  /// Starts a training and waits until it handles signals, and has some iterations behind.
  private func startTraining(
    _ arguments: [String], iterations: Int = 0, program: String = RunningProgram.executable
  ) throws -> RunningProgram {
    let program = try RunningProgram(arguments, in: scratch.path, program: program)
    RunningProgram.waitUntil {
      let lines = try? scratch.text("run/hashes.csv").split(separator: "\n").count
      let isReady = [SIGTERM, SIGXCPU].allSatisfy(program.handles) && lines.map { $0 > iterations } == true
      return isReady || !program.isRunning
    }
    return program
  }

  /// What a program left that a signal was to end; one that goes on is killed, and so has another status.
  private func ending(of program: RunningProgram) throws -> RunningProgram.Result {
    RunningProgram.waitUntil { !program.isRunning }
    program.send(SIGKILL)
    return try program.wait()
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func reproductionThatIsStoppedSaysSoByItsExitCode(signal: Int32) throws {
    let program = try RunningProgram(
      ["reproduce", "mt-net-figure-4", "--folder", "runs", "--workers", "1"], in: scratch.path)
    RunningProgram.waitUntil { !program.isRunning || scratch.exists("runs/mt-net-figure-4/order-0-seed1/hashes.csv") }
    program.send(signal)
    let result = try ending(of: program)
    #expect(result.status == 128 + signal)
    #expect(result.output == "stopped; the same command goes on from the checkpoints in runs\n")
  }

  /// What clusters send before they kill.
  @Test(arguments: [SIGUSR1, SIGUSR2, SIGXCPU]) func warningEndsARunWithACheckpoint(signal: Int32) throws {
    let program = try startTraining(Self.long, iterations: 3)
    program.send(signal)
    let result = try ending(of: program)
    #expect(result.status == 128 + signal)
    #expect(result.errors.isEmpty)
    let last = try #require(result.output.split(separator: "\n").last)
    #expect(last.hasPrefix("stopped after iteration ") && last.contains(", with a checkpoint; "))
  }

  /// The system repeats SIGXCPU every second, and a cluster sends SIGTERM after its warning: an iteration may take longer.
  @Test func warningsThatComeAgainLeaveTheIterationItsTime() throws {
    let program = try startTraining(Self.slow)
    for signal in [SIGXCPU, SIGXCPU, SIGUSR1, SIGTERM, SIGXCPU] {
      program.send(signal)
      usleep(50_000)
    }
    #expect(program.isRunning)
    program.end(by: SIGTERM)
    let result = try ending(of: program)
    #expect(result.status == 143)
    #expect(result.errors == ["metarl: stopped at once; what was saved is kept"])
  }

  @Test func quitEndsAtOnceWithALine() throws {
    let program = try startTraining(Self.long, iterations: 3)
    program.send(SIGQUIT)
    let result = try ending(of: program)
    #expect(result.status == 128 + SIGQUIT)
    #expect(result.errors == ["metarl: quit at once by SIGQUIT; what was saved is kept"])
  }

  /// The same program by another name.
  @Test(arguments: [
    (SIGQUIT, "quit at once by SIGQUIT; what was saved is kept"),
    (SIGTERM, "stopped at once; what was saved is kept"),
  ])
  func lastLineNamesTheProgramThatRuns(signal: Int32, line: String) throws {
    let path = "\(scratch.path)/mine"
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: RunningProgram.executable)
    let program = try startTraining(Self.slow, program: path)
    program.end(by: signal)
    let result = try ending(of: program)
    #expect(result.status == 128 + signal)
    #expect(result.errors == ["mine: \(line)"])
  }

  /// Commands that write their files at the end say that there are none.
  @Test(arguments: [
    ["evaluate", "pretrained:cheetah-dir", "--tasks", "10000"],
    ["render", "pretrained:cheetah-dir", "--steps", "200", "--output", "film.gif"],
  ]) func workThatIsStoppedSaysThatNoFileWasWritten(arguments: [String]) throws {
    let program = try RunningProgram(arguments, in: scratch.path, shell: "export XDG_CACHE_HOME=\"$PWD/cache\"")
    // The shell that becomes the program may handle some of them, too.
    RunningProgram.waitUntil {
      [SIGQUIT, SIGINT, SIGTERM, SIGHUP].allSatisfy(program.handles) || !program.isRunning
    }
    program.send(SIGINT)
    let result = try ending(of: program)
    #expect(result.status == 130)
    #expect(result.errors == ["metarl: stopped; no file was written"])
    #expect(!scratch.exists("film.gif"))
  }

  /// Commands that keep nothing end where they are.
  @Test(arguments: [SIGINT, SIGTERM, SIGHUP, SIGUSR1]) func measurementEndsByItsSignal(signal: Int32) throws {
    let program = try RunningProgram(["bench", "omniglot-convolution"], in: scratch.path)
    usleep(300_000)
    program.send(signal)
    #expect(try ending(of: program).status == 128 + signal)
  }
}
