public import Parts
import RandomStreams

extension EnvironmentTasks {
  /// Returns the task that a user chose by its name, or by its number from 1 on.
  /// - Parameters:
  ///   - choice: the name of one of finitely many tasks; otherwise the number of a task, of finitely many in their order, or
  ///     of those that an evaluation with this seed draws.
  ///   - seed: the seed of the evaluation whose tasks are numbered.
  /// - Returns: the task, and its index.
  /// - Throws: `UserError` where there is no such task.
  public func task(_ choice: String, seed: Int) throws(UserError) -> (task: EnvironmentTask, index: Int) {
    let index = try TaskNumber.index(of: choice, among: tasks.map(\.name))
    guard tasks.isEmpty else { return (tasks[index], index) }
    var stream = RandomAddress(seed: UInt64(seed), purpose: .evaluationTasks).stream
    let drawn = (0...index).map { _ in sample(from: &stream) }
    var task = drawn[index]
    task.name += " \(index + 1)"
    return (task, index)
  }
}
