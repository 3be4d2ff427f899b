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
}
