extension RunFolder {
  /// The beginnings of the names of a run's own files, up to their extension, which copies of a user's files must not have.
  static let ownFileStems: Set<String> = {
    let folder = RunFolder(path: "")
    let paths = [
      folder.configurationPath, folder.metricsPath, folder.hashesPath, folder.evaluationPath, folder.checkpoints.folder,
    ]
    return Set(paths.map { String(($0.split(separator: "/").last ?? "").prefix { $0 != "." }) })
  }()
}
