import Environments
@testable import Evaluation
import FewShotTasks
import Parts
import RandomStreams
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Families that declare groups in another order than that of the alphabet, either way.
@Suite struct TaskGroupTests {
  private static let catalog = Catalog.standard.adding([
    .task(Slopes(groups: ["up", "level", "down"])), .task(Slopes(name: "stray", groups: ["up"])), .task(Gaits()),
  ])
  let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private func evaluation(_ arguments: [String], tasks: Int) throws -> (RunFolder, EvaluationReport) {
    let configuration = try RunConfiguration(
      settings: arguments.map { try ConfigurationSetting(argument: $0) }, catalog: Self.catalog)
    let folder = RunFolder(path: "\(temporary.path)/\(configuration.taskName)")
    _ = try TrainingRun(configuration: configuration, folder: folder, catalog: Self.catalog).train()
    return (
      folder, try folder.evaluate(tasks: tasks, steps: 1, seed: 1, catalog: Self.catalog, warn: { _ in })
    )
  }

  @Test func drawnSupervisedTasksAreReportedByGroup() throws {
    let (_, report) = try evaluation(
      ["task=slopes", "iterations=1", "hidden_sizes=[4]", "inner_rate=0.0001"], tasks: 40)
    #expect(report.groups == ["up", "level", "down"])
    #expect((report.tasks, report.allTasks) == (40, 40))
    let step = report.steps[0]
    // A model that is near zero has the squares of the targets as its loss, which are 0 on level tasks.
    #expect(Set(step.groups.keys) == ["up", "level", "down"])
    let (up, level, down) = (
      step.groups["up"]?.mean ?? 0, step.groups["level"]?.mean ?? 1, step.groups["down"]?.mean ?? 0
    )
    #expect(level < 0.01 && up > 1 && down > 1, "\(step.groups)")
    // The groups' shares are drawn: the interval is as wide as that of one sample, within which groups lie far apart.
    #expect((step.high ?? 0) - (step.low ?? 0) > 0.2)
  }

  @Test func groupThatIsNotDeclaredIsOneLine() throws {
    let error = userError { _ = try evaluation(["task=stray", "iterations=1", "hidden_sizes=[4]"], tasks: 40) }
    let fault = "task stray: expected each task to be of one of the groups up, found one of the group"
    #expect(error?.message.hasPrefix(fault) == true)
    #expect(error?.status == .internalFault)
  }

  @Test func countedTasksShareColumnsAndGroups() throws {
    let (folder, report) = try evaluation(
      ["task=gaits", "iterations=1", "episodes=1", "meta_batch_size=3", "hidden_sizes=[4]"], tasks: 2)
    let columns = try MetricsTable(path: folder.metricsPath).columns.filter {
      $0.hasPrefix("return_before") || $0.hasPrefix("return_after")
    }
    #expect(columns == ["return_before", "return_after", "return_after_onward", "return_after_away"])
    #expect(report.groups == ["onward", "away"])
    // Each of three tasks twice.
    #expect((report.tasks, report.allTasks) == (2, 6))
  }
}

/// Lines through the origin that rise, fall, or do neither.
private struct Slopes: SupervisedTaskFamily {
  let card: Card
  let loss = TaskLoss.meanSquaredError
  let groups: [String]

  init(name: String = "slopes", groups: [String]) {
    (card, self.groups) = (Card(name, "lines", source: "a test"), groups)
  }

  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask { FewShotTask(Distribution(), loss: loss) }

  private struct Distribution: TaskDistribution {
    let inputSize = 1
    let targetSize = 1

    func sampleTask(from stream: inout RandomStream) -> Double { (3 * stream.uniform()).rounded(.down) - 1 }

    func group(of slope: Double) -> String? { slope == 0 ? "level" : slope > 0 ? "up" : "down" }

    func writeExamples(
      of slope: Double, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
      targets: inout MutableSpan<Float>
    ) {
      for row in rows {
        let x = stream.uniform(in: 1...2)
        (inputs[row], targets[row]) = (Float(x), Float(slope * x))
      }
    }
  }
}

/// The half-cheetah with three tasks in two groups.
private struct Gaits: EnvironmentFamily {
  let card = Card("gaits", "three tasks in two groups", source: "a test")

  var tasks: EnvironmentTasks {
    let tasks = [
      EnvironmentTask(name: "walk", parameters: [1], group: "onward"),
      EnvironmentTask(name: "flee", parameters: [-1], group: "away"),
      EnvironmentTask(name: "run", parameters: [1], group: "onward"),
    ]
    return EnvironmentTasks(tasks: tasks) { _ in tasks[0] }
  }

  func environments() throws(UserError) -> EnvironmentMaker {
    var family = CheetahDirectionFamily()
    family.locomotion.horizon = 5
    return try family.environments()
  }
}
