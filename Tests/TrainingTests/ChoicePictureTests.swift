import Evaluation
import Parts
import RunFixtures
import Runs
import Scenes
import Testing

@testable import Training

/// What is counted of a policy's choices.
@Suite struct ChoicePictureTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  /// The episodes are those by which an evaluation scores the task.
  @Test(arguments: [("bandit", 1, 10), ("tabular-mdp", 10, 5)])
  func choicesAreThoseOfTheEvaluation(family: String, states: Int, choices: Int) throws {
    let folder = RunFolder(path: "\(temporary.path)/run")
    let settings = [
      "task=\(family)", "hidden_sizes=[4]", "meta_batch_size=2", "episodes=6", "horizon=7", "iterations=1", "workers=1",
    ]
    let configuration = try RunConfiguration(
      settings: settings.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
    _ = try TrainingRun(configuration: configuration, folder: folder, catalog: .standard).train()
    let report = try RunEvaluation(
      [folder], options: EvaluationOptions(tasks: 3, steps: 2, seed: 5), catalog: .standard, warn: { _ in }
    ).findings().report
    let rehearsal = try RunRehearsal(
      folder, options: EvaluationOptions(steps: 2, seed: 5), catalog: .standard, warn: { _ in })
    #expect(rehearsal.view == .steps)
    guard case .choices(let picture) = try rehearsal.picture(task: "3", isWhole: true) else {
      Issue.record("expected choices")
      return
    }
    #expect(picture.states.count == states && picture.choices.count == choices)
    #expect(picture.means.map(\.count) == Array(repeating: choices, count: states))
    for (index, step) in picture.steps.enumerated() {
      #expect(step.step == index && step.meanReturn == report.steps[index].values[2].value)
      // Six episodes of seven actions, of which the first is in the first state.
      #expect(step.counts.joined().reduce(0, +) == 42 && step.counts[0].reduce(0, +) >= 6)
    }
  }
}
