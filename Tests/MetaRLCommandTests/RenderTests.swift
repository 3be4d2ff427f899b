import Foundation
import Testing

/// `metarl render`: films of what a run has learned, and what it says where there is nothing to show.
@Suite struct RenderTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private func run(_ arguments: [String]) throws -> RunningProgram.Result {
    try RunningProgram.run(arguments, in: scratch.path)
  }

  private func train(_ task: String, _ settings: String...) throws {
    let tiny = ["hidden_sizes=[4]", "meta_batch_size=2", "episodes=2"] + settings
    let arguments = ["train", "--task", task, "--iterations", "1", "--run", task] + tiny.flatMap { ["--set", $0] }
    #expect(try run(arguments).status == 0)
  }

  /// The episode of a film is the first of those by which an evaluation with the same seed scores the task.
  @Test func filmsShowTheEpisodesOfEvaluations() throws {
    try train("cheetah-dir", "horizon=12", "physics=lanes")
    let evaluated = try run([
      "evaluate", "cheetah-dir", "--steps", "2", "--episodes", "--seed", "3", "--json", "--output",
      "e.json",
    ])
    #expect(evaluated.status == 0)
    let object = try JSONSerialization.jsonObject(with: scratch.data("e.json")) as? [String: Any]
    let steps = try #require(object?["steps"] as? [[String: Any]])
    for (index, task) in ["forward", "backward"].enumerated() {
      let returns = try [0, 1, 2].map { step in
        let values = try #require(steps[step]["values"] as? [[String: Any]])
        // Each direction has twenty tasks.
        let episodes = try #require(values[20 * index]["episodes"] as? [Double])
        return String(format: "%.1f", episodes[0])
      }
      let film = try run([
        "render", "cheetah-dir", "--task", task, "--steps", "2", "--all-steps", "--seed", "3", "--output", "film.gif",
      ])
      #expect(film.errors.isEmpty)
      #expect(film.output.contains("\(task); return \(returns.joined(separator: " -> "))"), "\(film.output) \(returns)")
      #expect(try scratch.data("film.gif").starts(with: Data("GIF89a".utf8)))
    }
  }

  @Test func everythingThatMovesIsDrawn() throws {
    try train("point-navigation", "horizon=5")
    try train("hopper-rand-params", "horizon=5")
    for task in ["point-navigation", "hopper-rand-params"] {
      for ending in ["png", "svg", "GIF"] {
        let film = try run(["render", task, "--task", "2", "--output", "\(task).\(ending)"])
        #expect(film.status == 0 && film.errors.isEmpty, "\(film)")
        #expect(try scratch.data("\(task).\(ending)").count > 1_000)
      }
    }
  }

  @Test func whatDoesNotMoveHasAPanelForEachLook() throws {
    for (task, settings) in [
      ("bandit", ["horizon=6", "episodes=3", "meta_batch_size=2", "hidden_sizes=[4]"]),
      ("tabular-mdp", ["horizon=4", "episodes=3", "meta_batch_size=2", "hidden_sizes=[4]"]),
      ("sinusoid", ["hidden_sizes=[4]"]),
      ("glyphs", ["hidden_sizes=[4]", "meta_batch_size=2", "queries=3", "ways=3"]),
    ] {
      let arguments = ["train", "--task", task, "--iterations", "1", "--run", task]
      #expect(try run(arguments + settings.flatMap { ["--set", $0] }).status == 0)
      for ending in ["png", "svg", "gif"] {
        let picture = try run(["render", task, "--task", "2", "--steps", "2", "--output", "\(task).\(ending)"])
        #expect(picture.status == 0 && picture.errors.isEmpty, "\(picture)")
        // Before and after; of a sequence, every step.
        #expect(picture.output.components(separatedBy: " -> ").count == (ending == "gif" ? 3 : 2))
        #expect(try scratch.data("\(task).\(ending)").count > 1_000)
      }
    }
    let report = try run(["report", "sinusoid", "--steps", "1", "--output", "r.html"])
    #expect(report.status == 0 && report.errors.isEmpty)
    let text = String(decoding: try scratch.data("r.html"), as: UTF8.self)
    #expect(text.components(separatedBy: "data:image/svg+xml;base64,").count == 4)
  }

  @Test func whatCannotBeDrawnIsOneLine() throws {
    try train("cheetah-dir", "horizon=5", "physics=lanes")
    for task in ["ridge", "linear-classification"] {
      let few = ["hidden_sizes=[]", "shots=3", "queries=3"].flatMap { ["--set", $0] }
      #expect(try run(["train", "--task", task, "--iterations", "1", "--run", task] + few).status == 0)
    }
    for (arguments, status, text) in [
      (["ridge", "--output", "a.gif"], 64, "found functions of 10 variables, which are not drawn"),
      (["linear-classification", "--output", "a.gif"], 64, "found classes of 100 variables, which are not drawn"),
      (["cheetah-dir", "--output", "a.bmp"], 64, "gif, mp4, png, svg"),
      (["cheetah-dir", "--output", "gif"], 64, "gif, mp4, png, svg"),
      (["cheetah-dir", "--task", "left", "--output", "a.gif"], 64, "forward, backward"),
      (["cheetah-dir", "--task", "3", "--output", "a.gif"], 64, "a number from 1 to 2"),
      (["cheetah-dir", "--checkpoint", "9", "--output", "a.gif"], 66, "9"),
      (["none", "--output", "a.gif"], 66, "none"),
      (["cheetah-dir", "--all-steps", "--steps", "40", "--output", "a.png"], 64, "at most 20 steps"),
    ] as [([String], Int32, String)] {
      let result = try run(["render"] + arguments)
      #expect(result.status == status && result.errors.count == 1, "\(arguments): \(result)")
      #expect(result.errors.first?.contains(text) == true, "\(arguments): \(result.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/a.gif"))
  }
}
