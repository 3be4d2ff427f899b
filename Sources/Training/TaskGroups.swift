import Parts

extension TaskFamily {
  /// The group that a task's scores are counted to; nil where the family tells no tasks apart.
  /// - Parameter group: what the task says.
  /// - Throws: `UserError` where the family declares groups, and this is none of them.
  func declared(_ group: String?) throws(UserError) -> String? {
    guard !groups.isEmpty else { return nil }
    guard let group, groups.contains(group) else {
      throw UserError(
        "task \(card.name): expected each task to be of one of the groups \(groups.joined(separator: ", ")), found one of "
          + (group.map { "the group '\($0)'" } ?? "no group"), status: .internalFault)
    }
    return group
  }
}
