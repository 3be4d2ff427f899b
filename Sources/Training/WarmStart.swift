import MetaLearning
import Parts
import Runs

extension MetaTrainer {
  /// Takes the learned tensors of a checkpoint, of whatever run; the state of what learns them stays new.
  ///
  /// Parameters of an update rule, such as learned rates, may be missing: the run may have learned by another algorithm. This
  /// trainer then keeps its own, and leaves those of a rule that it has not.
  /// - Parameter path: the path of the checkpoint, for error messages.
  /// - Throws: `UserError` that names the first tensor whose shape is not this trainer's.
  mutating func start(from origin: CheckpointContents, path: String) throws {
    let prefixes = learnedPrefixes
    /// The name of a learned tensor without the trainer's prefix; nil for other tensors.
    func learnedName(_ tensor: NamedArray) -> String? {
      prefixes.first { tensor.name.hasPrefix($0) }.map { String(tensor.name.dropFirst($0.count)) }
    }
    guard !prefixes.isEmpty else {
      throw UserError(
        "init: this kind of learning starts from no other run's parameters; leave it out", status: .configuration)
    }
    var contents = checkpoint
    let found = Dictionary(uniqueKeysWithValues: origin.tensors.map { ($0.name, $0) })
    for (index, own) in contents.tensors.enumerated() {
      guard let name = learnedName(own) else { continue }
      if found[own.name] == nil, MetaParameters<Float>.isOfRule(name) { continue }
      guard let other = found[own.name], other.shape == own.shape else {
        let actual = found[own.name].map { "shape \($0.shape)" } ?? "no such tensor"
        throw Self.otherShape(path, "\(own.name) with shape \(own.shape)", actual)
      }
      contents.tensors[index] = other
    }
    let known = Set(contents.tensors.map(\.name))
    for other in origin.tensors where !known.contains(other.name) {
      guard let name = learnedName(other), !MetaParameters<Float>.isOfRule(name) else { continue }
      throw Self.otherShape(path, "no tensor \(other.name)", "one of shape \(other.shape)")
    }
    try restore(contents)
  }

  private static func otherShape(_ path: String, _ expected: String, _ found: String) -> UserError {
    UserError(
      "\(path): of another architecture: expected \(expected), found \(found); choose the model of that run",
      status: .configuration)
  }
}
