import Foundation
import Testing

/// The program under the system's limits.
@Suite struct LimitTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// A library that makes a thread a core before `main` would wait for memory while the program's end waits for it.
  @Test func helpEndsUnderALimitOnMemory() throws {
    let program = try RunningProgram(["--help"], in: scratch.path, shell: "ulimit -v 300000")
    RunningProgram.waitUntil { !program.isRunning }
    if program.isRunning { program.send(SIGKILL) }
    let result = try program.wait()
    #expect(result.status == 0)
    #expect(result.output.contains("USAGE: metarl") && result.errors == [])
  }

  private static let commands = [
    ["list"], ["train", "--task", "cheetah-dir", "--iterations", "1", "--run", "run"],
    ["export", "run", "--output", "a.svg"], ["bench", "--list"], ["data", "verify"],
  ]

  /// Without room for files the system's event queues and Foundation's pipes end a program by a trap.
  @Test(arguments: commands, [5, 8, 20]) func tooFewOpenFilesAreOneLine(command: [String], files: Int) throws {
    let result = try RunningProgram.run(command, in: scratch.path, shell: "ulimit -n \(files)")
    #expect(result.status == 69)
    #expect(result.errors.count == 1)
    let line = result.errors.first ?? ""
    #expect(line.hasPrefix("metarl: expected room for 32 more open files, found ") && line.contains("ulimit -n"))
    #expect(!scratch.exists("run"))
  }

  /// As on a full disk: what would be kept for the next start is not, and the run goes on.
  @Test func imagesThatTheCacheHasNoRoomForStayInMemory() throws {
    func idx(_ sizes: [Int], _ values: [UInt8]) -> Data {
      let lengths = sizes.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } }
      return Data([0, 0, 8, UInt8(sizes.count)] + lengths + values)
    }
    let (digits, pixels) = (600, 28 * 28)
    try FileManager.default.createDirectory(atPath: "\(scratch.path)/data/mnist", withIntermediateDirectories: true)
    for (name, data) in [
      ("labels-idx1", idx([digits], (0..<digits).map { UInt8($0 % 10) })),
      ("images-idx3", idx([digits, 28, 28], [UInt8](repeating: 7, count: digits * pixels))),
    ] { try data.write(to: URL(filePath: "\(scratch.path)/data/mnist/t10k-\(name)-ubyte")) }
    let train = [
      "train", "--task", "mnist-pairs", "--iterations", "1", "--data", "data", "--set", "hidden_sizes=[2]", "--set",
      "meta_batch_size=2", "--run", "run",
    ]
    // In KiB, of which the images have 459.
    let limits = "export XDG_CACHE_HOME=$PWD/cache; ulimit -f 200"
    let result = try RunningProgram.run(train, in: scratch.path, shell: limits)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: "\(scratch.path)/cache/metarl/images").allSatisfy {
        !$0.hasSuffix(".images")
      })
  }

  @Test func softLimitIsRaisedAsFarAsTheHardOneLets() throws {
    let train = ["train", "--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[5]", "--run", "run"]
    #expect(try RunningProgram.run(train, in: scratch.path, shell: "ulimit -Sn 6").status == 0)
  }
}
