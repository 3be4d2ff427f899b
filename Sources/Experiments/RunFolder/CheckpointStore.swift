/// A checkpoint and where in the run it was taken.
public struct Checkpoint: Sendable {
  /// The last meta-iteration that went into it.
  public var iteration: Int
  /// Environment steps since the start of the run.
  public var environmentSteps: Int
  /// The trainer's part.
  public var contents: CheckpointContents
}

/// The `checkpoints` folder of a run.
struct CheckpointStore {
  let folder: String

  private static let iterationKey = "metarl.iteration"
  private static let stepsKey = "metarl.environment_steps"
  private static let formatKey = "metarl.format"
  private static let format = "checkpoint-1"
  private static let ending = ".safetensors"
  /// A larger count of environment steps is not ours, and could not be added to.
  private static let largestStepCount = 1 << 60

  func path(ofIteration iteration: Int) -> String {
    let digits = String(iteration)
    let padding = String(repeating: "0", count: max(0, 6 - digits.count))
    return "\(folder)/iteration-\(padding)\(digits)\(Self.ending)"
  }

  /// Writes a checkpoint, whole or not at all.
  func save(_ checkpoint: Checkpoint) throws(UserError) {
    var contents = checkpoint.contents
    contents.metadata[Self.formatKey] = Self.format
    contents.metadata[Self.iterationKey] = String(checkpoint.iteration)
    contents.metadata[Self.stepsKey] = String(checkpoint.environmentSteps)
    try StoredFile.write(Safetensors.encode(contents), to: path(ofIteration: checkpoint.iteration))
  }

  /// Reads one checkpoint file.
  func load(_ path: String) throws(UserError) -> Checkpoint {
    let bytes = try StoredFile.read(path, limit: Safetensors.largestFile)
    var contents = try Safetensors.decode(bytes, path: path)
    guard contents.metadata.removeValue(forKey: Self.formatKey) == Self.format,
      let iteration = contents.metadata.removeValue(forKey: Self.iterationKey).flatMap({ Int($0) }),
      let steps = contents.metadata.removeValue(forKey: Self.stepsKey).flatMap({ Int($0) }),
      (0...1_000_000_000).contains(iteration), (0...Self.largestStepCount).contains(steps)
    else { throw UserError("\(path): expected a checkpoint of metarl, found other metadata", status: .malformedData) }
    return Checkpoint(iteration: iteration, environmentSteps: steps, contents: contents)
  }

  /// The newest checkpoint that is whole; `warn` is told of each newer one that is not. Nil where there is none.
  /// - Throws: `UserError` where there are checkpoints and none is whole, or where one has another shape than `shape`.
  func newest(fitting shape: CheckpointContents, warn: (String) -> Void) throws(UserError) -> Checkpoint? {
    guard StoredFile.exists(folder) else { return nil }
    let names = try StoredFile.names(in: folder).filter { $0.hasPrefix("iteration-") && $0.hasSuffix(Self.ending) }
    let newestFirst = names.sorted { ($0.count, $0) > ($1.count, $1) }.map { "\(folder)/\($0)" }
    var firstFailure: UserError?
    for path in newestFirst {
      let checkpoint: Checkpoint
      do {
        checkpoint = try load(path)
      } catch {
        if firstFailure == nil { firstFailure = error }
        warn("\(error.message); trying an older checkpoint")
        continue
      }
      try Self.compare(checkpoint.contents, with: shape, path: path)
      return checkpoint
    }
    if let firstFailure {
      throw UserError("\(folder): no checkpoint is whole (\(firstFailure.message))", status: .malformedData)
    }
    return nil
  }

  /// Refuses a checkpoint of another architecture, naming the first tensor that differs.
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
