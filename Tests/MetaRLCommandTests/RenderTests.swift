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

  @Test func whatCannotBeDrawnIsOneLine() throws {
    try train("bandit", "horizon=5")
    try train("cheetah-dir", "horizon=5", "physics=lanes")
    #expect(
      try run(["train", "--task", "sinusoid", "--iterations", "1", "--set", "hidden_sizes=[4]", "--run", "sinusoid"])
        .status == 0)
    for (arguments, status, text) in [
      (["bandit", "--output", "a.gif"], 64, "tasks that move in a plane"),
      (["sinusoid", "--output", "a.gif"], 64, "a run of tasks that move"),
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
