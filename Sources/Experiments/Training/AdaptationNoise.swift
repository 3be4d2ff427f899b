import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

/// The random numbers that an update rule draws for each task (`UpdateRule.noise`), as arguments of compiled programs.
///
/// A task's numbers follow from its address alone. In training an address has an iteration from 1 on; evaluation has 0.
struct AdaptationNoise: Sendable {
  private let shapes: [Shape]

  init(_ adaptation: Adaptation, for parameters: Parameters<Float>) {
    shapes = adaptation.noiseShapes(for: parameters)
  }

  /// The number of arrays that a task draws; few algorithms have any.
  var count: Int { shapes.count }

  /// The shapes of the numbers of `tasks` tasks; nil for one, without the tasks axis.
  func shapes(tasks: Int?) -> [Shape] { tasks.map { tasks in shapes.map { Shape([tasks] + $0.sizes) } } ?? shapes }

  /// Numbers that are none of any task's, for what depends on the shapes alone.
  func placeholders(tasks: Int?) -> [Tensor<Float>] { shapes(tasks: tasks).map { Tensor(repeating: 0.5, shape: $0) } }

  /// The numbers of `tasks`, an array for each shape, task after task.
  /// - Parameter address: the seed and the iteration.
  func draw(tasks: Range<Int>, at address: RandomAddress) -> [[Float]] {
    var arrays: [[Float]] = shapes.map { _ in [] }
    guard count > 0 else { return arrays }
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

  /// The numbers of `tasks` as tensors with the tasks axis; of one task without it where `tasks` is nil.
  func tensors(tasks: Range<Int>, at address: RandomAddress) -> [Tensor<Float>] {
    zip(shapes(tasks: tasks.count), draw(tasks: tasks, at: address)).map { Tensor(shape: $0, scalars: $1) }
  }

  /// The numbers of one task, without the tasks axis.
  func tensors(at address: RandomAddress) -> [Tensor<Float>] {
    let task = Int(address.task)
    return zip(shapes, draw(tasks: task..<task + 1, at: address)).map { Tensor(shape: $0, scalars: $1) }
  }
}
