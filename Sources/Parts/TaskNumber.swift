/// The choice of one task among the held-out ones, by its name or by its number from 1 on.
package enum TaskNumber {
  /// The greatest number of a task.
  package static let greatest = 10_000

  /// Returns the index of the task that a user chose.
  /// - Parameters:
  ///   - choice: the name of a task, or a number from 1 on.
  ///   - names: the names of all tasks, where there are finitely many; empty otherwise.
  /// - Throws: `UserError` where there is no such task.
  package static func index(of choice: String, among names: [String]) throws(UserError) -> Int {
    if let index = names.firstIndex(of: choice) { return index }
    let last = names.isEmpty ? greatest : min(names.count, greatest)
    guard let number = Int(choice), (1...last).contains(number) else {
      throw UserError(
        "task \(choice): expected "
          + (names.isEmpty
            ? "the number of a held-out task, from 1 to \(last)"
            : "one of \(names.joined(separator: ", ")), or a number from 1 to \(last)"),
        status: .usage)
    }
    return number - 1
  }
}
