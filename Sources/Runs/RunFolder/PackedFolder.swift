package import Parts
import Files

/// The files on which the rest of a run depends, to be written where its folder is not: on another machine.
package struct PackedFolder: Sendable {
  /// The paths in the folder and the bytes of the files. The checkpoints come last, so that the rows of tables include all
  /// iterations of a checkpoint at any time.
  package var files: [(path: String, bytes: [UInt8])]

  /// Creates a folder of files.
  package init(files: [(path: String, bytes: [UInt8])]) { self.files = files }

  /// Packs the files of a run, without what was made of it, such as films and evaluations; of a folder that does not exist
  /// there are none.
  /// - Throws: `UserError` where a file cannot be read.
  package init(_ folder: RunFolder, of configuration: RunConfiguration) throws(UserError) {
    files = []
    guard StoredFile.exists(folder.path) else { return }
    let own = [folder.configurationPath, folder.metricsPath, folder.hashesPath, folder.divergencePath].map(Self.name)
    let copies = configuration.userFiles.map(\.copyName)
    for name in try StoredFile.names(in: folder.path).sorted()
    where own.contains(name) || copies.contains(name) || name.hasPrefix(EventWriter.namePrefix) {
      try add(name, in: folder)
    }
    guard StoredFile.exists(folder.checkpoints.folder) else { return }
    for name in try StoredFile.names(in: folder.checkpoints.folder).sorted() {
      try add("\(Self.name(folder.checkpoints.folder))/\(name)", in: folder)
    }
  }

  private static func name(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  private mutating func add(_ path: String, in folder: RunFolder) throws(UserError) {
    guard FileSystem.isRegularFile("\(folder.path)/\(path)") else { return }
    files.append((path, try StoredFile.read("\(folder.path)/\(path)", limit: Safetensors.largestFile)))
  }

  /// Writes the files to a folder, each whole or not at all.
  package func write(to folder: RunFolder) throws(UserError) {
    guard !files.isEmpty else { return }
    try folder.createCheckpointFolder()
    if !files.contains(where: { $0.path == Self.name(folder.divergencePath) }) { folder.forgetDivergence() }
    for file in files { try StoredFile.write(file.bytes, to: "\(folder.path)/\(file.path)") }
  }
}
