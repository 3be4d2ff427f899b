public import Parts

extension RunFolder {
  /// Creates the run folder that an argument names.
  /// - Parameter option: the option of the argument: "--run".
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
}
