import Foundation
import Testing
@testable import MetaRLCommand

/// How commands tell how far they are, by the program itself.
@Suite struct ProgressTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let training = [
    "train", "--task", "sinusoid", "--iterations", "3", "--set", "hidden_sizes=[4]", "--run", "run",
  ]

  private func run(_ arguments: [String], shell: String = "") throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path, shell: shell)
  }

  private func objects(_ lines: [String]) throws -> [[String: Any]] {
    try lines.map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
    }
  }

  /// Runs the program on a terminal of some columns, and returns all that is written there.
  private func onTerminal(_ arguments: [String], columns: Int, shell: String = "") throws -> String {
    let words = ([RunningProgram.executable] + arguments).map(ShellWord.quoted).joined(separator: " ")
    let script = "\(shell)\nexec script -qec \(ShellWord.quoted("stty cols \(columns); exec \(words)")) /dev/null"
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(filePath: scratch.path)
    let output = "\(scratch.path)/terminal"
    try Data().write(to: URL(filePath: output))
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    try process.run()
    process.waitUntilExit()
    return try scratch.text("terminal")
  }

  @Test func linesBeginBeforeTheFirstIterationAndHaveNoCodes() throws {
    let result = try run(Self.training)
    let lines = result.output.split(separator: "\n")
    #expect(lines.contains("iteration 0/3"))
    #expect(lines.contains { $0.hasPrefix("iteration 3/3  loss ") && $0.contains("  0 s") }, "\(result.output)")
    #expect(!result.output.contains("\u{1B}") && !result.output.contains("\r"))
  }

  @Test func lastLineHasTheWholeTime() throws {
    let last = try #require(try run(Self.training).output.split(separator: "\n").last)
    #expect(last.hasPrefix("finished 3 iterations in "), "\(last)")
    #expect(last.hasSuffix("; next: metarl evaluate run"), "\(last)")
  }

  @Test func quietTrainingIsOneLine() throws {
    for option in ["--quiet", "-q"] {
      let result = try run(Self.training.dropLast() + ["run\(option)", option])
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(result.output.split(separator: "\n").count == 1 && result.output.hasPrefix("finished "))
    }
  }

  @Test func objectsHaveStableKeysAndAloneAreOnStandardOutput() throws {
    let result = try run(Self.training + ["--progress", "json"])
    #expect(result.status == 0 && result.errors.isEmpty)
    let events = try objects(result.output.split(separator: "\n").map(String.init))
    #expect(events.first?["event"] as? String == "start" && events.last?["event"] as? String == "finish")
    #expect(events.dropFirst().dropLast().allSatisfy { $0["event"] as? String == "progress" } && events.count >= 3)
    for event in events {
      #expect(event["command"] as? String == "train" && event["run"] as? String == "run")
      #expect(
        event["task"] as? String == "sinusoid" && event["seed"] as? Int == 1 && event["iterations"] as? Int == 3)
      #expect(event["seconds"] is Double && event.keys.contains("remaining_seconds"))
    }
    #expect(events.first?["iteration"] as? Int == 0 && events.last?["iteration"] as? Int == 3)
    #expect(events.last?["outcome"] as? String == "completed" && events.last?["remaining_seconds"] as? Double == 0)
    let metrics = events[events.count - 2]["metrics"] as? [String: Any]
    #expect(metrics?["loss_after"] is Double)
  }

  /// A result can be read from standard output whatever is shown of progress.
  @Test func resultsStayApartFromProgress() throws {
    #expect(try run(Self.training).status == 0)
    let evaluation = try run(["evaluate", "run", "--tasks", "5", "--json", "--progress", "json"])
    #expect(try JSONSerialization.jsonObject(with: Data(evaluation.output.utf8)) is [String: Any])
    let events = try objects(evaluation.errors)
    #expect(events.last?["event"] as? String == "finish" && events.last?["tasks"] as? Int == 5)
    #expect(events.last?["task"] as? Int == 5 && events.last?["command"] as? String == "evaluate")
    let replay = try run(["replay", "run", "--progress", "json"])
    #expect(replay.output == "run: 3 iterations trained again, all with the same bits\n")
    #expect(try objects(replay.errors).last?["iteration"] as? Int == 3)
    #expect(try run(["replay", "run"]).errors.isEmpty)
  }

  @Test func narrowTerminalsGetLinesThatFit() throws {
    for columns in [100, 30, 9] {
      let text = try onTerminal(Self.training.dropLast() + ["run-\(columns)"], columns: columns)
      let states = text.components(separatedBy: "\r").filter { $0.hasPrefix("\u{1B}[K") }
      #expect(states.count >= 2, "\(text)")
      for state in states {
        let line = state.dropFirst(3).prefix { !$0.isNewline }
        #expect(line.count < columns && "iteration 0/3".hasPrefix(line.prefix(min(9, columns - 1))), "\(line)")
      }
    }
  }

  /// There are no colours, whatever is asked for; a terminal that cannot rewrite a line gets lines.
  @Test(arguments: ["export NO_COLOR=1", "export TERM=dumb", "unset TERM"])
  func terminalsGetNoCodesThatTheyCannotRead(shell: String) throws {
    let text = try onTerminal(Self.training, columns: 80, shell: shell)
    #expect(text.contains("iteration 3/3") && !text.contains("m\u{1B}") && !text.contains("\u{1B}[3"))
    #expect(text.contains("\u{1B}") == shell.contains("COLOR"), "\(text)")
  }

  @Test(arguments: [
    (["--progress", "lives"], "unknown --progress 'lives'; did you mean 'live'?"),
    (["--progress", "json", "--quiet"], "--progress and --quiet: expected one of them, found both"),
  ]) func wrongFormsAreRefused(arguments: [String], message: String) throws {
    let result = try run(Self.training + arguments)
    #expect(result.status == 64 && result.errors == ["metarl: \(message)"])
  }

  @Test func numbersAndTimesAreReadable() {
    #expect(
      [0, 999, 1_000, -12_345_678, .min].map { ReadableNumber.grouped($0) } == [
        "0", "999", "1,000", "-12,345,678", "-9,223,372,036,854,775,808",
      ])
    #expect(ReadableNumber.oneDecimal(-1234.56) == "-1,234.6" && ReadableNumber.oneDecimal(.nan) == "nan")
    #expect(
      [0.4, 59.6, 3_599, 3_600, 90_000, .infinity].map(ReadableNumber.duration) == [
        "0 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "1 d 1 h", "?",
      ])
  }

  @Test func partsThatDoNotFitAreLeftOut() {
    let parts = ["iteration 1/2", "loss 1 -> 2", "3 s"]
    #expect(ProgressDisplay.fitted(parts, columns: 30) == "iteration 1/2  loss 1 -> 2")
    #expect(ProgressDisplay.fitted(parts, columns: 20) == "iteration 1/2")
    #expect(ProgressDisplay.fitted(["iteration 1,085/3,000"], columns: 20) == "iteration 1,085")
    #expect(ProgressDisplay.fitted(parts, columns: 5) == "itera" && ProgressDisplay.fitted(parts, columns: -1).isEmpty)
  }
}
