extension RunFolder {
  /// What the names of a run's own files begin with, up to their kind: a copy of a user's file must not take their place.
  static let ownFileStems: Set<String> = {
    let folder = RunFolder(path: "")
    let paths = [
      folder.configurationPath, folder.metricsPath, folder.hashesPath, folder.evaluationPath, folder.checkpoints.folder,
    ]
    return Set(paths.map { String(($0.split(separator: "/").last ?? "").prefix { $0 != "." }) })
  }()
}
