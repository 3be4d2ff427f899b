extension RunFolder {
  /// The beginnings of the names of a run's own files, up to their extension: a copy of a user's file must not replace them.
  static let ownFileStems: Set<String> = {
    let folder = RunFolder(path: "")
    let paths = [
      folder.configurationPath, folder.metricsPath, folder.hashesPath, folder.evaluationPath, folder.checkpoints.folder,
    ]
    return Set(paths.map { String(($0.split(separator: "/").last ?? "").prefix { $0 != "." }) })
  }()
}
