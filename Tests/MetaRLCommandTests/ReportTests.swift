import Foundation
import Testing

/// `metarl report`, and the page of a run that is training.
@Suite struct ReportTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path, shell: "export XDG_CACHE_HOME=\"$PWD/cache\"")
  }

  private static let tiny = ["hidden_sizes=[4]", "meta_batch_size=2", "episodes=2", "horizon=6", "physics=lanes"]
    .flatMap { ["--set", $0] }

  private func page(_ name: String) throws -> String { String(decoding: try scratch.data(name), as: UTF8.self) }

  @Test func trainingKeepsAPage() throws {
    let trained = try run(
      ["train", "--task", "cheetah-dir", "--iterations", "2", "--run", "run", "--report"] + Self.tiny)
    #expect(trained.status == 0 && trained.errors.isEmpty && trained.output.contains("report: run/report.html"))
    let page = try page("run/report.html")
    #expect(page.contains("\"task\":\"forward\"") && page.contains("\"task\":\"backward\""))
    // A run that has ended does not change any more.
    #expect(!page.contains("\"reloadSeconds\":30"))
  }

  @Test func runsOfSeveralAlgorithmsAreCompared() throws {
    for algorithm in ["maml", "fomaml"] {
      #expect(
        try run(
          ["train", "--task", "cheetah-dir", "--algorithm", algorithm, "--iterations", "1", "--run", algorithm]
            + Self.tiny
        ).status == 0)
      #expect(try run(["evaluate", algorithm, "--tasks", "1", "--seed", "2"]).status == 0)
    }
    let result = try run(["report", "maml", "fomaml", "--no-films", "--output", "both.html"])
    #expect(result.status == 0 && result.output.hasPrefix("both.html: 2 runs"), "\(result)")
    let page = try page("both.html")
    #expect(page.contains("\"by\":\"algorithm\"") && page.contains("fomaml, maml on cheetah-dir"))
    #expect(page.contains("\"films\":[]"))
  }

  @Test func runsWithoutPicturesAndMisuseAreTold() throws {
    #expect(
      try run(["train", "--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[4]", "--run", "sinusoid"])
        .status == 0)
    #expect(try run(["report", "sinusoid"]).status == 0)
    // Runs of different tasks are shown, and not compared; one without a checkpoint is shown without films.
    #expect(
      try run(
        ["train", "--task", "cheetah-dir", "--algorithm", "fomaml", "--iterations", "1", "--run", "c"] + Self.tiny
      )
      .status == 0)
    for name in ["sinusoid", "c"] { #expect(try run(["evaluate", name, "--tasks", "1"]).status == 0) }
    #expect(try run(["report", "sinusoid", "c", "--output", "two.html"]).errors.isEmpty)
    try FileManager.default.removeItem(atPath: "\(scratch.path)/c/checkpoints")
    let bare = try run(["report", "c", "--output", "bare.html"])
    #expect(bare.status == 0 && bare.errors.count == 1 && bare.errors[0].contains("without films of c"))
    #expect(try page("report.html").contains("maml on sinusoid"))
    for arguments in [["none"], [], ["sinusoid", "--steps", "x"], ["sinusoid", "--output", "no/folder/r.html"]] {
      let result = try run(["report"] + arguments)
      #expect(result.status != 0 && result.errors.count == 1, "\(arguments): \(result)")
    }
  }
}
