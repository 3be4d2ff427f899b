package import NeuralNetworks
import Parts
package import Ranks
package import Runs
import TensorCore

// What ranks send each other of a meta-iteration and of an evaluation.

extension ChunkLearner.MetaGradientValue: RankValue {
  package init(from message: inout MessageReader) throws {
    (lossBefore, lossAfter, outerLoss) = (try message.read(), try message.read(), try message.read())
    accuracies = try message.read()
    gradient = try message.read()
    statistics = try message.read(Bool.self) ? try Parameters(from: &message) : nil
    (solverResidual, recoveryResidual) = (try message.readOptional(), try message.readOptional())
    innerDistance = try message.readOptional()
  }

  package func write(to message: inout Message) {
    for loss in [lossBefore, lossAfter, outerLoss] { message.write(loss) }
    message.write(accuracies)
    message.write(gradient)
    message.write(statistics != nil)
    statistics?.write(to: &message)
    for residual in [solverResidual, recoveryResidual, innerDistance] { message.writeOptional(residual) }
  }
}

extension Parameters<Float>: RankValue {
  package init(from message: inout MessageReader) throws {
    let names = try Self.names(from: &message)
    self.init(
      names: names,
      tensors: try names.map { _ in
        let sizes: [Int] = try message.read()
        return Tensor(shape: Shape(sizes), scalars: try message.read())
      })
  }

  private static func names(from message: inout MessageReader) throws -> [String] {
    try (0..<Swift.max(0, try message.read(Int.self))).map { _ in try message.readText() }
  }

  package func write(to message: inout Message) {
    message.write(names.count)
    for name in names { message.write(name) }
    for tensor in tensors {
      message.write(tensor.shape.sizes)
      message.write(tensor.scalars)
    }
  }
}

extension TaskOutcome: RankValue {
  package init(from message: inout MessageReader) throws {
    let group = try message.read(Bool.self) ? try message.readText() : nil
    let scores: [Double] = try message.read()
    self.init(
      group: group, scores: scores, episodes: try message.read(Bool.self) ? try [[Double]](from: &message) : nil)
  }

  package func write(to message: inout Message) {
    message.write(group != nil)
    if let group { message.write(group) }
    message.write(scores)
    message.write(episodes != nil)
    episodes?.write(to: &message)
  }
}

extension CheckpointContents: RankValue {
  package init(from message: inout MessageReader) throws {
    let tensors = try (0..<Swift.max(0, try message.read(Int.self))).map { _ in
      let (name, shape): (String, [Int]) = (try message.readText(), try message.read())
      return NamedArray(name: name, shape: shape, values: try message.read())
    }
    self.init(tensors: tensors, metadata: try Dictionary(from: &message))
  }

  package func write(to message: inout Message) {
    message.write(tensors.count)
    for tensor in tensors {
      message.write(tensor.name)
      message.write(tensor.shape)
      message.write(tensor.values)
    }
    metadata.write(to: &message)
  }
}

extension [String: String]: RankValue {
  package init(from message: inout MessageReader) throws {
    self = [:]
    for _ in 0..<Swift.max(0, try message.read(Int.self)) {
      let name = try message.readText()
      self[name] = try message.readText()
    }
  }

  package func write(to message: inout Message) {
    message.write(count)
    for (name, value) in sorted(by: { $0.key < $1.key }) {
      message.write(name)
      message.write(value)
    }
  }
}
