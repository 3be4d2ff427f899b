/// The folder of the user's own cache.
public enum UserCache {
  /// The folder `metarl` in XDG_CACHE_HOME, else in `~/.cache`; nil where neither is known. It is never a folder to which
  /// everyone may write: others could put their files there.
  /// - Parameter environment: the environment of the process, of which `XDG_CACHE_HOME` and `HOME` are used.
  public static func folder(environment: [String: String]) -> String? {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    // The XDG base directory specification requires that a relative path is ignored.
    let named = value("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    return (named ?? value("HOME").map { "\($0)/.cache" }).map { "\($0)/metarl" }
  }
}
