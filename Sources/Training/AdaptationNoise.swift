import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

/// The random numbers that update rules draw for each task (`UpdateRule.noise`), for each phase of the inner loop.
///
/// A task's numbers depend on its address alone. Addresses of training have iterations from 1 on, those of evaluation have
/// iteration 0.
struct AdaptationNoise: Sendable {
  private let adaptation: Adaptation
  private let model: Parameters<Float>
  /// The shapes of one task's numbers, in order; few algorithms draw any.
  private let shapes: [Shape]

  init(_ adaptation: Adaptation, for model: Parameters<Float>) {
    self.adaptation = adaptation
    self.model = model
    shapes = (adaptation.noise(for: model) as [Parameters<Float>]).shapes
  }

  /// Placeholders for the numbers of `tasks` tasks; nil for one task, without the tasks axis.
  func placeholders(tasks: Int?) -> [Parameters<Float>] { adaptation.noise(for: model, tasks: tasks) }

  /// The numbers of `tasks`: an array for each shape, in which task follows task.
  /// - Parameter address: the seed and the iteration.
  func draw(tasks: Range<Int>, at address: RandomAddress) -> [[Float]] {
    var arrays: [[Float]] = shapes.map { _ in [] }
    guard !shapes.isEmpty else { return arrays }
    for task in tasks {
      var stream = RandomAddress(
        seed: address.seed, purpose: .adaptationNoise, iteration: Int(address.iteration), task: task
      ).stream
      for (index, shape) in shapes.enumerated() {
        for _ in 0..<shape.count { arrays[index].append(stream.interiorUniform()) }
      }
    }
    return arrays
  }

  /// The numbers of `tasks`, with the tasks axis.
  func values(tasks: Range<Int>, at address: RandomAddress) -> [Parameters<Float>] {
    values(placeholders(tasks: tasks.count), draw(tasks: tasks, at: address))
  }

  /// The numbers of the address's task, without the tasks axis.
  func values(at address: RandomAddress) -> [Parameters<Float>] {
    let task = Int(address.task)
    return values(placeholders(tasks: nil), draw(tasks: task..<task + 1, at: address))
  }

  private func values(_ placeholders: [Parameters<Float>], _ arrays: [[Float]]) -> [Parameters<Float>] {
    placeholders.replacingTensors(zip(placeholders.shapes, arrays).map { Tensor(shape: $0, scalars: $1) })
  }
}
