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

  @OptionGroup var options: RehearsalOptions

  @Option(help: ArgumentHelp("File to write.", valueName: "file"))
  var output: String

  func run() throws {
    let model = try options.rehearsal(of: folder).model(task: options.task)
    let contents = CheckpointContents(tensors: model.tensors, metadata: model.metadata)
    try StoredFile.write(Safetensors.encode(contents), to: output)
    let count = model.tensors.reduce(0) { $0 + $1.values.count }
    Console.printLine(
      "\(output): \(count) numbers, adapted to \(model.task) by \(model.metadata["inner_steps"] ?? "0") steps")
  }
}
