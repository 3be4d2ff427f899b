package import Parts

/// A checkpoint and the point of its run at which it was taken.
package struct Checkpoint: Sendable {
  /// The last meta-iteration that the checkpoint includes.
  package var iteration: Int
  /// The number of environment steps since the start of the run.
  package var environmentSteps: Int
  /// The identity of the run to which the checkpoint belongs.
  package var identity: RunIdentity
  /// The state of the trainer.
  package var contents: CheckpointContents

  /// Creates a checkpoint of a run.
  package init(iteration: Int, environmentSteps: Int, identity: RunIdentity, contents: CheckpointContents) {
    self.iteration = iteration
    self.environmentSteps = environmentSteps
    self.identity = identity
    self.contents = contents
  }
}

/// The `checkpoints` folder of a run.
package struct CheckpointStore {
  package let folder: String

  private static let iterationKey = "metarl.iteration"
  private static let stepsKey = "metarl.environment_steps"
  private static let formatKey = "metarl.format"
  private static let checksumKey = "metarl.checksum"
  private static let format = "checkpoint-2"
  private static let ending = Safetensors.fileExtension
  /// The largest count of environment steps that is accepted: no run reaches it, and a larger one could overflow.
  private static let largestStepCount = 1 << 60

  package func path(ofIteration iteration: Int) -> String {
    let digits = String(iteration)
    let padding = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(folder)/iteration-\(padding)\(digits)\(Self.ending)"
  }

  /// The path of the checkpoint that scored best on held-out tasks.
  package var bestPath: String { "\(folder)/best\(Self.ending)" }

  /// Writes a checkpoint with its checksum, completely or not at all.
  package func save(_ checkpoint: Checkpoint) throws(UserError) {
    try save(checkpoint, to: path(ofIteration: checkpoint.iteration))
  }

  /// Writes the checkpoint that scored best.
  package func saveBest(_ checkpoint: Checkpoint) throws(UserError) { try save(checkpoint, to: bestPath) }

  private func save(_ checkpoint: Checkpoint, to path: String) throws(UserError) {
    var contents = checkpoint.contents
    contents.metadata.merge(checkpoint.identity.metadata) { _, identity in identity }
    contents.metadata[Self.formatKey] = Self.format
    contents.metadata[Self.iterationKey] = String(checkpoint.iteration)
    contents.metadata[Self.stepsKey] = String(checkpoint.environmentSteps)
    contents.metadata[Self.checksumKey] = contents.fingerprint.description
    try StoredFile.write(Safetensors.encode(contents), to: path)
  }

  /// Reads a checkpoint file and compares its contents with its checksum.
  package func load(_ path: String) throws(UserError) -> Checkpoint {
    let checkpoint = try Self.read(path)
    guard path == bestPath || self.path(ofIteration: checkpoint.iteration) == path else {
      throw UserError(
        "\(path): expected the checkpoint that its name says, found that of iteration \(checkpoint.iteration)",
        status: .malformedData)
    }
    return checkpoint
  }

  /// Decodes the bytes of a checkpoint that was read from `path`.
  static func decode(_ bytes: [UInt8], path: String) throws(UserError) -> Checkpoint {
    func malformed(_ reason: String) -> UserError { UserError("\(path): \(reason)", status: .malformedData) }
    var contents = try Safetensors.decode(bytes, path: path)
    guard let format = contents.metadata[formatKey] else { throw malformed("no checkpoint of metarl") }
    guard format == Self.format else { throw malformed("expected the format \(Self.format), found \(format)") }
    let checksum = contents.metadata.removeValue(forKey: checksumKey)
    guard checksum == contents.fingerprint.description else {
      throw malformed("damaged: its contents do not have the checksum \(checksum ?? "that it should name")")
    }
    contents.metadata[formatKey] = nil
    let identity = RunIdentity(removingFrom: &contents.metadata)
    guard let iteration = contents.metadata.removeValue(forKey: iterationKey).flatMap({ Int($0) }),
      let steps = contents.metadata.removeValue(forKey: stepsKey).flatMap({ Int($0) }),
      (0...1_000_000_000).contains(iteration), (0...largestStepCount).contains(steps)
    else { throw malformed("expected the counts of iterations and environment steps, found none") }
    return Checkpoint(iteration: iteration, environmentSteps: steps, identity: identity, contents: contents)
  }

  /// Reads a checkpoint of any run, wherever its file is, and compares its contents with its checksum.
  package static func read(_ path: String) throws(UserError) -> Checkpoint {
    try decode(StoredFile.read(path, limit: Safetensors.largestFile), path: path)
  }

  /// Returns the path of the newest checkpoint, whole or not; nil where there is none.
  package func newestPath() throws(UserError) -> String? { try paths().first }

  /// Returns the paths of the checkpoint files, the newest first.
  func paths() throws(UserError) -> [String] {
    guard StoredFile.exists(folder) else { return [] }
    let names = try StoredFile.names(in: folder).filter { $0.hasPrefix("iteration-") && $0.hasSuffix(Self.ending) }
    return names.sorted { ($0.count, $0) > ($1.count, $1) }.map { "\(folder)/\($0)" }
  }

  /// Returns the checkpoint of an iteration.
  /// - Throws: `UserError` where there is none, where it is damaged, has another shape than `shape` or belongs to another
  ///   run than `identity`.
  package func checkpoint(
    ofIteration iteration: Int, fitting shape: CheckpointContents, of identity: RunIdentity
  ) throws(UserError) -> Checkpoint {
    let path = path(ofIteration: iteration)
    guard StoredFile.exists(path) else {
      let newest = try paths().first.map { "the newest is \($0)" } ?? "there is none yet"
      throw UserError("\(path): expected a checkpoint, found none; \(newest)", status: .missingInput)
    }
    let checkpoint = try load(path)
    try check(checkpoint, fitting: shape, of: identity, path: path)
    return checkpoint
  }

  /// Returns the checkpoint that scored best on held-out tasks.
  /// - Throws: `UserError` as for that of an iteration.
  package func best(fitting shape: CheckpointContents, of identity: RunIdentity) throws(UserError) -> Checkpoint {
    guard StoredFile.exists(bestPath) else {
      throw UserError(
        "\(bestPath): expected a checkpoint, found none; a run writes it where it looks at held-out tasks "
          + "(evaluation_interval)", status: .missingInput)
    }
    let checkpoint = try load(bestPath)
    try check(checkpoint, fitting: shape, of: identity, path: bestPath)
    return checkpoint
  }

  /// The iterations that have checkpoints, the oldest first; damaged ones count.
  package func iterations() throws(UserError) -> [Int] {
    try paths().reversed().compactMap { path in
      Int(path.dropFirst("\(folder)/iteration-".count).dropLast(Self.ending.count))
    }
  }

  /// Returns the newest checkpoint that is whole, and passes a line for each newer one that is not to `warn`; nil where
  /// there is none.
  /// - Throws: `UserError` where there are checkpoints and none is whole, or where the newest whole one has another shape
  ///   than `shape` or belongs to another run than `identity`.
  package func newest(
    fitting shape: CheckpointContents, of identity: RunIdentity, warn: (String) -> Void
  ) throws(UserError) -> Checkpoint? {
    var firstFailure: UserError?
    for path in try paths() {
      let checkpoint: Checkpoint
      do {
        checkpoint = try load(path)
      } catch {
        if firstFailure == nil { firstFailure = error }
        warn("\(error.message); trying an older checkpoint")
        continue
      }
      try check(checkpoint, fitting: shape, of: identity, path: path)
      return checkpoint
    }
    if let firstFailure {
      throw UserError("\(folder): no checkpoint is whole (\(firstFailure.message))", status: .malformedData)
    }
    return nil
  }

  /// Checks that a checkpoint is one of a run.
  private func check(
    _ checkpoint: Checkpoint, fitting shape: CheckpointContents, of identity: RunIdentity, path: String
  ) throws(UserError) {
    try Self.compare(checkpoint.contents, with: shape, path: path)
    if let difference = identity.firstDifference(fromCheckpoint: checkpoint.identity) {
      if identity.dataNames.contains(difference.key) {
        throw UserError(
          "\(path): of other \(difference.key): the data set has other files than when the run was started; bring those "
            + "back, or name their folder by the key data", status: .malformedData)
      }
      throw UserError(
        "\(path): of another run: expected \(difference.ownWithKey), found \(difference.otherText)",
        status: .malformedData)
    }
  }

  /// Returns the identity of the run to which the newest whole checkpoint belongs; nil where there is none.
  func newestIdentity() throws(UserError) -> RunIdentity? {
    for path in try paths() {
      if let checkpoint = try? load(path) { return checkpoint.identity }
    }
    return nil
  }

  /// Checks that a checkpoint has the same architecture; the error names the first tensor that differs.
  private static func compare(
    _ found: CheckpointContents, with expected: CheckpointContents, path: String
  ) throws(UserError) {
    let foundShapes = Dictionary(uniqueKeysWithValues: found.tensors.map { ($0.name, $0.shape) })
    for tensor in expected.tensors where foundShapes[tensor.name] != tensor.shape {
      let actual = foundShapes[tensor.name].map { "shape \($0)" } ?? "no such tensor"
      throw UserError(
        "\(path): of another architecture: expected \(tensor.name) with shape \(tensor.shape), found \(actual)",
        status: .malformedData)
    }
    let expectedNames = Set(expected.tensors.map(\.name))
    if let extra = found.tensors.first(where: { !expectedNames.contains($0.name) }) {
      throw UserError(
        "\(path): of another architecture: expected no tensor \(extra.name), found one of shape \(extra.shape)",
        status: .malformedData)
    }
  }
}
