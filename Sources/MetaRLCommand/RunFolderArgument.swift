import Parts
import Runs

extension RunFolder {
  /// The folder that an argument names.
  /// - Parameter option: what the argument belongs to: "--run".
  /// - Throws: `UserError` where it names none.
  init(argument path: String, of option: String) throws(UserError) {
    guard !path.isEmpty else {
      throw UserError("\(option) '': expected the path of a folder, found an empty one", status: .usage)
    }
    self.init(path: path)
  }
}
