import ArgumentParser
import Evaluation
import Parts
import Runs

/// The command `metarl adapt`, which writes a model that has adapted to a task.
struct Adapt: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Adapt a run's policy or model to a task, and write it as safetensors.",
    discussion: """
      The file has the parameters after the inner steps, the matrices [inputs, outputs]; its metadata say what a policy \
      observes, by what the observations are multiplied and where they are clipped before the network, what the actions \
      are and where they are clipped; of a supervised model what goes in, what the outputs are and by what a convolutional \
      network normalises; and the run's configuration.
      """)

  @Argument(help: ArgumentHelp("Folder of a run, or pretrained:NAME.", valueName: "run"), completion: Completions.runs)
  var folder: String

  @Option(help: ArgumentHelp("\(RehearsalOptions.taskHelp); the first if not given.", valueName: "name"))
  var task: String?

  @OptionGroup var options: RehearsalOptions

  @Option(help: ArgumentHelp("File to write.", valueName: "file"))
  var output: String

  func run() throws {
    let model = try options.rehearsal(of: folder).model(task: task)
    let contents = CheckpointContents(tensors: model.tensors, metadata: model.metadata)
    try StoredFile.write(Safetensors.encode(contents), to: output)
    let count = model.tensors.reduce(0) { $0 + $1.values.count }
    Console.printLine("\(output): \(ReadableNumber.counted(count, "number")), \(model.adaptation)")
  }
}

extension AdaptedModel {
  /// What the model has adapted to, and by how many steps, for a line about it.
  var adaptation: String {
    let steps = metadata["inner_steps"].flatMap { Int($0) } ?? 0
    return steps == 0
      ? "before adaptation" : "adapted to \(task) by \(ReadableNumber.counted(steps, "step"))"
  }
}
