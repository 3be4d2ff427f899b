package import Parts

/// A configuration with the files that it names, to be read where these are not: on another machine.
package struct PackedConfiguration: Sendable {
  /// The text of a `config.yaml`, in which the files have the names of their copies.
  package var text: String
  /// The names and bytes of the copies.
  package var files: [(name: String, bytes: [UInt8])]
  /// On what numbers of the run depend, the contents of its files and data among them.
  package var identity: [String: String]
  /// The kernels that compute the run.
  package var kernels: String

  /// Creates a configuration from its parts.
  package init(text: String, files: [(name: String, bytes: [UInt8])], identity: [String: String], kernels: String) {
    (self.text, self.files, self.identity, self.kernels) = (text, files, identity, kernels)
  }

  /// Packs a configuration, whose numbers kernels of this name compute.
  /// - Throws: `UserError` where a file or the data cannot be read.
  package init(_ configuration: RunConfiguration, kernels: String) throws(UserError) {
    self.kernels = kernels
    var written = configuration
    files = []
    for file in configuration.userFiles {
      files.append((file.copyName, try StoredFile.read(file.path, limit: file.largestSize)))
      written.set(file, to: file.copyName)
    }
    text = ConfigurationFile.text(of: written)
    identity = try RunIdentity(configuration).values
  }

  /// Writes the files to a folder and reads the configuration.
  /// - Throws: `UserError` where it is none of this program's, or the data here are others.
  package func unpacked(in folder: String, catalog: Catalog) throws(UserError) -> RunConfiguration {
    for file in files { try StoredFile.write(file.bytes, to: StoredFile.absolutePath(file.name, in: folder)) }
    let path = StoredFile.absolutePath("config.yaml", in: folder)
    try StoredFile.write(text, to: path)
    let configuration = try RunConfiguration(settings: ConfigurationFile.read(path), catalog: catalog)
    let own = try RunIdentity(configuration).values
    for (name, value) in identity.sorted(by: { $0.key < $1.key }) where own[name] != value {
      throw UserError(
        "\(name): expected \(value), as rank 0 has it, found \(own[name] ?? "none")", status: .configuration)
    }
    return configuration
  }
}
