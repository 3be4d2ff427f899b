import Foundation
import Testing
@testable import MetaRLCommand

/// What shells propose, here by the script for bash, which asks the program.
@Suite struct CompletionTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try FileManager.default.createSymbolicLink(
      atPath: "\(scratch.path)/metarl", withDestinationPath: RunningProgram.executable)
  }

  /// What `scripts/install` adds to the program's script.
  private static let ownScript = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../scripts/completions.bash").standardized.path

  /// Returns what bash proposes at the end of each line, where = is the end of a word.
  private func proposals(_ lines: [String]) throws -> [[String]] {
    let script = """
      PATH=$PWD:$PATH
      source <(metarl --generate-completion-script bash)
      source \(ShellWord.quoted(Self.ownScript))
      for line in "$@"; do
        COMP_LINE=$line COMP_POINT=${#line}
        read -ra COMP_WORDS <<<"${line//=/ = }"
        if [[ $line == *' ' ]]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMPREPLY=()
        _metarl_whole_words metarl "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        echo "${COMPREPLY[*]}"
      done
      """
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script, "bash"] + lines
    process.currentDirectoryURL = URL(filePath: scratch.path)
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map {
      $0.split(separator: " ").map(String.init)
    }
  }

  @Test func namesKeysAndRunsAreProposed() throws {
    for run in ["runs/a", "runs/b"] {
      try FileManager.default.createDirectory(
        atPath: "\(scratch.path)/\(run)", withIntermediateDirectories: true)
      try "".write(toFile: "\(scratch.path)/\(run)/config.yaml", atomically: true, encoding: .utf8)
    }
    let found = try proposals([
      "metarl swee", "metarl train --task sinusoid-", "metarl train --algorithm meta-", "metarl train --preset ",
      "metarl train --task sinusoid --algorithm mlsr --set l1", "metarl train --task bandit --set hidden",
      "metarl train --task sinusoid --set model=con", "metarl train --task sinusoid --set model=",
      "metarl train --set seed=2 --task sinusoid-", "metarl evaluate run", "metarl evaluate runs/",
      "metarl replay pre", "metarl list ke", "metarl reproduce mt-net-table-", "metarl compare --by outer_s",
      "metarl sweep --progress j",
    ])
    #expect(
      found == [
        ["sweep"], ["sinusoid-phase", "sinusoid-frequency"], ["meta-sgd", "meta-curvature"],
        ["finn-2017", "promp-2019", "lou-2021"], ["l1_strength="], ["hidden_sizes="], ["convolutional"],
        ["mlp", "linnet", "convolutional", "sinusoids", "cell"],
        ["sinusoid-phase", "sinusoid-frequency"],
        ["runs/"], ["runs/a", "runs/b"], ["pretrained:cheetah-dir"], ["keys"], ["mt-net-table-1", "mt-net-table-2"],
        ["outer_step"], ["json"],
      ])
  }

  @Test(arguments: ["bash", "zsh", "fish"]) func scriptsAreWritten(shell: String) throws {
    let result = try RunningProgram.run(["--generate-completion-script", shell], in: scratch.path)
    #expect(result.status == 0 && result.errors.isEmpty && result.output.contains("resume-or-start"))
  }

  /// What pages of the manual are made from.
  @Test func helpIsWrittenForPrograms() throws {
    let result = try RunningProgram.run(["--experimental-dump-help"], in: scratch.path)
    let help = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    let commands = (help["command"] as? [String: Any])?["subcommands"] as? [[String: Any]]
    #expect(commands?.contains { $0["commandName"] as? String == "sweep" } == true)
  }
}
