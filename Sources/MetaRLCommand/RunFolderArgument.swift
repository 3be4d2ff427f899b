import Evaluation
import Parts
import Runs

extension RunFolder {
  /// Creates the run folder that an argument names.
  /// - Parameter option: the option of the argument: "--run".
  /// - Throws: `UserError` where the argument names no folder.
  init(argument path: String, of option: String) throws(UserError) {
    guard !path.isEmpty else {
      throw UserError("\(option) '': expected the path of a folder, found an empty one", status: .usage)
    }
    self.init(path: path)
  }

  /// Creates the folder of a run that is only looked at: one of the user's, or of a run that comes with the program.
  /// - Throws: `UserError` where the argument names no folder, or no run that comes with the program.
  init(trained path: String) throws(UserError) {
    guard path.hasPrefix(PretrainedRun.prefix) else {
      try self.init(argument: path, of: "run")
      return
    }
    self = try PretrainedRun(named: String(path.dropFirst(PretrainedRun.prefix.count))).unpacked()
  }

  /// Returns the path of the checkpoint that an argument names: a file, or the newest one of a run.
  /// - Parameter option: the option of the argument: "--init".
  /// - Throws: `UserError` where there is none.
  static func checkpointPath(argument path: String, of option: String) throws(UserError) -> String {
    if path.hasSuffix(Safetensors.fileExtension) { return path }
    guard !path.isEmpty else {
      throw UserError("\(option) '': expected a run or a checkpoint, found an empty path", status: .usage)
    }
    let folder = try RunFolder(trained: path)
    if let newest = try folder.checkpoints.newestPath() { return newest }
    throw UserError(
      "\(option) \(path): expected a run with a checkpoint, or a file that ends in \(Safetensors.fileExtension), found "
        + (StoredFile.exists(path) ? "no checkpoint" : "nothing"), status: .missingInput)
  }
}

extension CheckpointChoice {
  /// Creates the choice of the option `--checkpoint`.
  /// - Parameter other: a further word that the option takes.
  init(option text: String?, other: String? = nil) throws(UserError) {
    switch text {
    case nil: self = .newest
    case "best": self = .best
    case let text?:
      guard let iteration = Int(text), (1...1_000_000_000).contains(iteration) else {
        let words = other.map { ", best or \($0)" } ?? " or best"
        throw UserError(
          "--checkpoint: expected an iteration from 1 to 1000000000\(words), found '\(text)'", status: .usage)
      }
      self = .iteration(iteration)
    }
  }
}
