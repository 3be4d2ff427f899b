public import Parts

extension RunFolder {
  /// Creates the run folder that an argument names.
  /// - Parameters:
  ///   - path: the argument.
  ///   - option: the option of the argument: "--run".
  /// - Throws: `UserError` where the argument names no folder.
  public init(argument path: String, of option: String) throws(UserError) {
    guard !path.isEmpty else {
      throw UserError("\(option) '': expected the path of a folder, found an empty one", status: .usage)
    }
    self.init(path: path)
  }

  /// Creates the folder of a run that is only looked at: one of the user's, or of a run that comes with the program.
  /// - Throws: `UserError` where the argument names no folder, or no run that comes with the program.
  public init(trained path: String) throws(UserError) {
    guard path.hasPrefix(PretrainedRun.prefix) else {
      try self.init(argument: path, of: "run")
      return
    }
    self = try PretrainedRun(named: String(path.dropFirst(PretrainedRun.prefix.count))).unpacked()
  }

  /// Returns the path of the checkpoint that an argument names: a file, or the newest one of a run.
  /// - Parameters:
  ///   - path: the argument.
  ///   - option: the option of the argument: "--init".
  /// - Throws: `UserError` where there is none.
  public static func checkpointPath(argument path: String, of option: String) throws(UserError) -> String {
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
