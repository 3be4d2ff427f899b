import Foundation
import Testing

/// What happens to a run whose process, disk or folder fails, by the program itself.
@Suite(.serialized) struct FaultTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let small = [
    "train", "--task", "sinusoid", "--iterations", "120", "--set", "hidden_sizes=[5]", "--set", "checkpoint_interval=3",
  ]

  /// Tasks that take many seconds to draw: an iteration that a signal meets in its middle.
  private static let slow = [
    "train", "--task", "linear-classification", "--iterations", "2", "--set", "meta_batch_size=1000", "--workers", "1",
  ]

  private func run(_ arguments: [String], shell: String = "") throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path, shell: shell)
  }

  /// Two runs with the same bits: parameters, optimizer, metrics and hashes.
  private func expectSame(_ run: String, _ other: String) throws {
    let last = "checkpoints/iteration-000120.safetensors"
    #expect(try scratch.data("\(run)/\(last)") == scratch.data("\(other)/\(last)"))
    #expect(try scratch.rows("\(run)/metrics.csv") == scratch.rows("\(other)/metrics.csv"))
    #expect(try scratch.text("\(run)/hashes.csv") == scratch.text("\(other)/hashes.csv"))
  }

  @Test func killedProcessLeavesARunThatGoesOn() throws {
    #expect(try run(Self.small + ["--run", "whole"]).status == 0)
    for (index, rows) in [2, 5, 17].enumerated() {
      let name = "killed\(index)"
      let program = try RunningProgram(Self.small + ["--run", name], in: scratch.path)
      RunningProgram.waitUntil { (try? scratch.rows("\(name)/metrics.csv").count) ?? 0 >= rows || !program.isRunning }
      program.send(SIGKILL)
      _ = try program.wait()
      #expect(try run(["train", "--resume", name]).status == 0)
      try expectSame(name, "whole")
    }
  }

  /// Files may grow to 6 KB, more than the configuration has: the run ends in the middle, once more in the middle, and goes on when there is room.
  @Test func fullDiskEndsARunWithOneLine() throws {
    #expect(try run(Self.small + ["--run", "whole"]).status == 0)
    let full = try run(Self.small + ["--run", "full"], shell: "ulimit -f 6")
    #expect(full.status == 74)
    #expect(full.errors.count == 1)
    #expect(full.errors.first?.contains("File too large") == true)
    #expect(full.errors.first?.contains("is kept") == true)
    #expect(try scratch.text("full/metrics.csv").last == "\n")
    #expect(try run(["train", "--resume", "full"]).status == 0)
    try expectSame("full", "whole")
  }

  /// As a daemon may be started: the first files of the run must not become its standard streams.
  @Test func closedStreamsStayOutOfTheFiles() throws {
    #expect(try run(Self.small + ["--run", "whole"]).status == 0)
    #expect(try run(Self.small + ["--run", "run"], shell: "exec <&- >&- 2>&-").status == 0)
    try expectSame("run", "whole")
  }

  @Test func resultThatCannotBeWrittenIsAFault() throws {
    #expect(try run(Self.small + ["--run", "run"]).status == 0)
    for command in [["list", "tasks"], ["evaluate", "run", "--json"], ["export", "run", "--format", "csv"]] {
      let full = try run(command, shell: "exec >/dev/full")
      #expect(full.status == 74)
      #expect(full.errors == ["metarl: cannot write standard output: No space left on device"])
    }
    // What a training says of its progress is no result.
    #expect(try run(["train", "--resume", "run", "--iterations", "121"], shell: "exec >/dev/full").status == 0)
  }

  /// An empty folder is no data set, and the fault of one does not hide that of the next.
  @Test func verificationLooksAtEveryDataSetThatHasFiles() throws {
    let folders = "mkdir -p data/omniglot data/mnist data/cifar-fs"
    let files = "echo x >data/mnist/train-images-idx3-ubyte.gz; echo x >data/cifar-fs/cifar-100-binary.tar.gz"
    let result = try run(["data", "verify", "--data", "data"], shell: "\(folders); \(files)")
    #expect(result.status == 65)
    #expect(result.errors.count == 2, "\(result.errors)")
    #expect(result.errors.first?.contains("data/mnist: expected train-labels-idx1-ubyte.gz") == true)
    #expect(result.errors.last?.contains("data/cifar-fs/cifar-100-binary.tar.gz: expected a whole tar") == true)
  }

  @Test func secondProcessOnARunIsRefused() throws {
    let first = try RunningProgram(Self.slow + ["--run", "run"], in: scratch.path)
    RunningProgram.waitUntil { scratch.exists("run/hashes.csv") || !first.isRunning }
    let second = try run(["train", "--resume", "run"])
    #expect(second.status == 75)
    #expect(second.errors == ["metarl: run: another process is training this run"])
    #expect(first.isRunning)
    first.send(SIGKILL)
    #expect(try first.wait().status == 137)
    // The system has released the lock with the process.
    let third = try RunningProgram(["train", "--resume", "run"], in: scratch.path)
    usleep(200_000)
    third.send(SIGKILL)
    #expect(try third.wait().status == 137)
  }

  @Test(arguments: [SIGINT, SIGTERM]) func signalEndsARunWithACheckpoint(signal: Int32) throws {
    #expect(try run(Self.small + ["--run", "whole"]).status == 0)
    let long = Self.small + ["--iterations", "100000", "--run", "stopped"]
    let program = try RunningProgram(long, in: scratch.path)
    RunningProgram.waitUntil { (try? scratch.rows("stopped/metrics.csv").count) ?? 0 > 3 }
    program.send(signal)
    let result = try program.wait()
    #expect(result.status == 128 + signal)
    let last = try #require(result.output.split(separator: "\n").last)
    #expect(last.hasPrefix("stopped after iteration ") && last.contains("--resume stopped"))
    let row = try #require(try scratch.rows("stopped/metrics.csv").last)
    let iteration = try #require(Int(row.prefix { $0 != "," }))
    #expect(last.hasPrefix("stopped after iteration \(iteration),"))
    let digits = String(iteration)
    let padding = String(repeating: "0", count: 6 - digits.count)
    #expect(scratch.exists("stopped/checkpoints/iteration-\(padding)\(digits).safetensors"))
    #expect(try run(["replay", "stopped"]).status == 0)
  }

  @Test func secondSignalEndsARunAtOnce() throws {
    let program = try RunningProgram(Self.slow + ["--run", "run"], in: scratch.path)
    RunningProgram.waitUntil { program.handles(SIGINT) || !program.isRunning }
    program.send(SIGINT)
    usleep(100_000)
    #expect(program.isRunning)
    program.end(by: SIGINT)
    let result = try program.wait()
    #expect(result.status == 130)
    #expect(result.errors == ["metarl: stopped at once; what was saved is kept"])
  }

  @Test func folderThatCannotBeWrittenIsOneLine() throws {
    #expect(try run(Self.small + ["--run", "run"]).status == 0)
    // A folder where a file is to be written stops root, too.
    try FileManager.default.removeItem(atPath: "\(scratch.path)/run/hashes.csv")
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/run/hashes.csv", withIntermediateDirectories: false)
    let result = try run(["train", "--resume", "run", "--iterations", "130"])
    #expect(result.status == 66)
    #expect(result.errors.count == 1)
  }

  @Test func replayTellsADifferenceByItsExitCode() throws {
    #expect(try run(Self.small + ["--run", "run"]).status == 0)
    let same = try run(["replay", "run", "--workers", "2"])
    #expect(same.status == 0)
    #expect(same.output == "run: 120 iterations trained again, all with the same bits\n")
    let configuration = try scratch.text("run/config.yaml").replacing("inner_rate: 0.01", with: "inner_rate: 0.02")
    try configuration.write(toFile: "\(scratch.path)/run/config.yaml", atomically: true, encoding: .utf8)
    let other = try run(["replay", "run"])
    #expect(other.status == 65)
    #expect(other.errors.first?.contains("iteration 1 is the first that differs") == true)
  }

  /// Layers wide enough for OpenBLAS: the project's own kernels sum in another order, and `hashes.csv` says which it was.
  @Test func deterministicKernelsAreUsedAndNamed() throws {
    let wide = [
      "train", "--task", "linear-classification", "--iterations", "2", "--set", "hidden_sizes=[128,128]", "--set",
      "shots=130", "--set", "queries=130",
    ]
    #expect(try run(wide + ["--run", "fast"]).status == 0)
    #expect(try run(wide + ["--run", "same", "--deterministic-kernels"]).status == 0)
    func column(_ name: String, _ index: Int) throws -> [Substring] {
      try scratch.text("\(name)/hashes.csv").split(separator: "\n").dropFirst().map { $0.split(separator: ",")[index] }
    }
    #expect(try column("same", 3) == ["deterministic", "deterministic"])
    #expect(try column("fast", 3).allSatisfy { $0.contains("+") })
    #expect(try column("same", 1) != column("fast", 1))
    let replay = try run(["replay", "same"])
    #expect(replay.status == 0)
    // The kernels that the run names are those that the replay computes by.
    #expect(replay.errors.isEmpty)
    #expect(try scratch.text("same/config.yaml").contains("\ndeterministic_kernels: true\n"))
    // As on a processor without any of the levels' instructions.
    let portable = "export METARL_LEVEL=portable"
    #expect(try run(wide + ["--run", "portable"], shell: portable).status == 0)
    #expect(try column("portable", 3).allSatisfy { $0.hasPrefix("portable+") })
    #expect(try run(wide + ["--run", "same-portable", "--deterministic-kernels"], shell: portable).status == 0)
    #expect(try column("same-portable", 1) == column("same", 1))
  }

  @Test func unknownLevelIsOneLine() throws {
    let result = try run(["list"], shell: "export METARL_LEVEL=avx2")
    #expect(result.status == 64)
    #expect(
      result.errors == ["metarl: METARL_LEVEL: expected one of x86-64-v4, x86-64-v3, portable, found 'avx2'"])
  }
}
