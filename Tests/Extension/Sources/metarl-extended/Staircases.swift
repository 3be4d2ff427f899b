import FewShotTasks
import Parts
import RandomStreams

/// Staircases y = height x floor(x / width): a supervised task family with a setting.
struct Staircases: SupervisedTaskFamily {
  let card = Card("staircase", "steps of a random height, x in [-2, 2]", source: "an example")
  let loss = TaskLoss.meanSquaredError
  let defaults: [String: SettingText] = [
    "iterations": 2_000, "shots": 20, "hidden_sizes": [32, 32], "outer_rate": 0.002,
  ]
  var width = 0.5

  static let settings = [Setting<Self>("step_width", \.width, in: 0.01...10, "width of a step")]

  func task(_ counts: ExampleCounts) throws(UserError) -> FewShotTask {
    FewShotTask(Distribution(width: width), loss: loss)
  }

  /// A task is the height of its steps.
  private struct Distribution: TaskDistribution {
    let width: Double
    let inputSize = 1
    let targetSize = 1

    func sampleTask(from stream: inout RandomStream) -> Double { stream.uniform(in: -1...1) }

    func writeExamples(
      of height: Double, rows: Range<Int>, from stream: inout RandomStream, inputs: inout MutableSpan<Float>,
      targets: inout MutableSpan<Float>
    ) {
      for row in rows {
        let x = stream.uniform(in: -2...2)
        inputs[row] = Float(x)
        targets[row] = Float(height * (x / width).rounded(.down))
      }
    }
  }
}
