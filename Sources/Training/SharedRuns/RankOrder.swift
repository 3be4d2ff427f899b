import Parts
package import Ranks
package import Runs
import TensorCore

/// What rank 0 asks all ranks to do together with it.
enum RankOrder {
  /// To have a trainer of a configuration with the state of a checkpoint.
  case trainer(PackedConfiguration, CheckpointContents)
  /// To make an iteration.
  case iteration(Int)
  /// To look at held-out tasks.
  case look
  /// To evaluate a checkpoint, by a reference line where one is named.
  case evaluation(PackedConfiguration, reference: String?, EvaluationRequest)
  /// To train runs, each by one rank alone.
  case runs([RankedRun])
  /// To give each other some bytes a number of times, to measure how long it takes.
  case exchanges(count: Int, bytes: Int)
  /// To end.
  case end

  private enum Kind: UInt8 {
    case trainer, iteration, look, evaluation, runs, exchanges, end
  }
}

extension RankOrder: RankValue {
  init(from message: inout MessageReader) throws {
    switch Kind(rawValue: try message.read()) {
    case .trainer: self = .trainer(try PackedConfiguration(from: &message), try CheckpointContents(from: &message))
    case .iteration: self = .iteration(try message.read())
    case .look: self = .look
    case .evaluation:
      let configuration = try PackedConfiguration(from: &message)
      let reference = try message.read(Bool.self) ? try message.readText() : nil
      self = .evaluation(configuration, reference: reference, try EvaluationRequest(from: &message))
    case .runs: self = .runs(try Array(from: &message))
    case .exchanges: self = .exchanges(count: try message.read(), bytes: try message.read())
    case .end: self = .end
    case nil: throw UserError("a message of rank 0: expected an order, found another value", status: .internalFault)
    }
  }

  func write(to message: inout Message) {
    switch self {
    case .trainer(let configuration, let checkpoint):
      message.write(Kind.trainer.rawValue)
      configuration.write(to: &message)
      checkpoint.write(to: &message)
    case .iteration(let number):
      message.write(Kind.iteration.rawValue)
      message.write(number)
    case .look: message.write(Kind.look.rawValue)
    case .evaluation(let configuration, let reference, let request):
      message.write(Kind.evaluation.rawValue)
      configuration.write(to: &message)
      message.write(reference != nil)
      if let reference { message.write(reference) }
      request.write(to: &message)
    case .runs(let runs):
      message.write(Kind.runs.rawValue)
      runs.write(to: &message)
    case .exchanges(let count, let bytes):
      message.write(Kind.exchanges.rawValue)
      message.write(count)
      message.write(bytes)
    case .end: message.write(Kind.end.rawValue)
    }
  }
}

extension RunConfiguration {
  /// The configuration as other ranks take it, with the kernels by which this one computes it.
  /// - Throws: `UserError` where a file or the data cannot be read.
  func packed() throws(UserError) -> PackedConfiguration { try PackedConfiguration(self, kernels: kernels.name) }
}

extension PackedConfiguration: RankValue {
  package init(from message: inout MessageReader) throws {
    let text = try message.readText()
    let files = try (0..<max(0, try message.read(Int.self))).map { _ in
      (name: try message.readText(), bytes: try message.read() as [UInt8])
    }
    self.init(text: text, files: files, identity: try Dictionary(from: &message), kernels: try message.readText())
  }

  package func write(to message: inout Message) {
    message.write(text)
    message.write(files.count)
    for file in files {
      message.write(file.name)
      message.write(file.bytes)
    }
    identity.write(to: &message)
    message.write(kernels)
  }
}

extension EvaluationRequest: RankValue {
  package init(from message: inout MessageReader) throws {
    let checkpoint = try CheckpointContents(from: &message)
    let (tasks, steps, seed): (Int, Int, Int) = (try message.read(), try message.read(), try message.read())
    let shots: Int? = try message.readOptional()
    guard let split = Split(rawValue: try message.readText()) else {
      throw UserError("a message of rank 0: expected a split, found another value", status: .internalFault)
    }
    let keepsEpisodes = try message.read(Bool.self)
    let (adaptation, scored): (Int?, Int?) = (try message.readOptional(), try message.readOptional())
    self.init(
      checkpoint: checkpoint, tasks: tasks, steps: steps, seed: seed, shots: shots, split: split,
      keepsEpisodes: keepsEpisodes,
      episodes: adaptation.flatMap { adaptation in
        scored.map { EpisodeCounts(adaptation: adaptation, scored: $0) }
      })
    iterations = try message.readOptional()
  }

  package func write(to message: inout Message) {
    checkpoint.write(to: &message)
    for number in [tasks, steps, seed] { message.write(number) }
    message.writeOptional(shots)
    message.write(split.rawValue)
    message.write(keepsEpisodes)
    message.writeOptional(episodes?.adaptation)
    message.writeOptional(episodes?.scored)
    message.writeOptional(iterations)
  }
}
