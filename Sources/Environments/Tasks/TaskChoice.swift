public import Parts
import RandomStreams

extension EnvironmentTasks {
  /// The greatest number of a task that is chosen by its number.
  public static let greatestNumber = 10_000

  /// Returns the task that a user chose by its name, or by its number from 1 on.
  /// - Parameters:
  ///   - choice: the name of one of finitely many tasks; otherwise the number of a task, of finitely many in their order, or
  ///     of those that an evaluation with this seed draws.
  ///   - prefix: the beginning of the message of an error.
  /// - Returns: the task, and its index.
  /// - Throws: `UserError` where there is no such task.
  public func task(
    _ choice: String, seed: Int, prefix: String
  ) throws(UserError) -> (task: EnvironmentTask, index: Int) {
    if let index = tasks.firstIndex(where: { $0.name == choice }) { return (tasks[index], index) }
    guard let number = Int(choice), (1...Self.greatestNumber).contains(number),
      tasks.isEmpty || number <= tasks.count
    else {
      let names = tasks.map(\.name).joined(separator: ", ")
      throw UserError(
        "\(prefix)\(choice): expected "
          + (tasks.isEmpty
            ? "the number of a held-out task, from 1 to \(Self.greatestNumber)"
            : "one of \(names), or a number from 1 to \(tasks.count)"),
        status: .usage)
    }
    guard tasks.isEmpty else { return (tasks[number - 1], number - 1) }
    var stream = RandomAddress(seed: UInt64(seed), purpose: .evaluationTasks).stream
    let drawn = (0..<number).map { _ in sample(from: &stream) }
    var task = drawn[number - 1]
    task.name += " \(number)"
    return (task, number - 1)
  }
}
