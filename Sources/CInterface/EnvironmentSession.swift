import CMetaRL
import Environments
import Foundation
import Parts
import RandomStreams
import Runs
import TensorCore
import Training

/// Environments of one family in the hands of a program in another language.
final class EnvironmentSession {
  let family: any EnvironmentFamily
  let environment: any BatchedEnvironment
  private var seed = 0
  /// The task of each row since the last reset, or the one of all; empty before the first.
  private var tasks: [EnvironmentTask] = []
  private var ends: [EpisodeEnd]
  /// The number of episodes that each row has started since the reset, less one.
  private var episodes: [Int]
  private var hasEnded: [Bool]
  private var endedCount = 0
  private var hasStepped = false

  var specification: EnvironmentSpecification { environment.specification }
  var rows: Int { environment.count }
  var observationCount: Int { rows * specification.observations.count }
  var actionCount: Int { rows * specification.actionSpace.actionSize }

  /// - Parameter settings: lines of `key=value`, with keys of the family.
  init(_ name: String, settings: String, rows: Int) throws {
    guard (1...Self.mostRows).contains(rows) else {
      throw InterfaceFault(METARL_INVALID_VALUE, "rows: expected 1 to \(Self.mostRows), found \(rows)")
    }
    family = try Self.family(name, settings: settings)
    environment = try family.environments().environment(count: rows)
    ends = Array(repeating: [], count: rows)
    episodes = Array(repeating: 0, count: rows)
    hasEnded = Array(repeating: true, count: rows)
  }

  private static let mostRows = 1_000_000

  /// The families of environments.
  static var families: [any EnvironmentFamily] {
    Catalog.standard.parts(of: .task).compactMap { $0 as? any EnvironmentFamily }
  }

  private static func family(_ name: String, settings: String) throws -> any EnvironmentFamily {
    guard let family = families.first(where: { $0.card.name == name }) else {
      throw UserError.unknownName("family", name, known: families.map(\.card.name))
    }
    let given = try settings.split(whereSeparator: \.isNewline).map { line throws(UserError) in
      try ConfigurationSetting(pair: String(line))
    }
    let keys = family.keys.map(\.name)
    for setting in given where !keys.contains(setting.key) {
      throw UserError.unknownName("key", setting.key, known: keys, prefix: "\(name): ")
    }
    let configuration = try RunConfiguration(
      settings: [ConfigurationSetting(pair: "task=\(name)")] + given, catalog: .standard)
    guard let family = configuration.family as? any EnvironmentFamily else {
      preconditionFailure("\(name) is a family of environments no more")
    }
    return family
  }

  /// Starts an episode of a task in every row.
  /// - Parameters:
  ///   - choice: the name or the number of a task; nil for a draw of those of training.
  ///   - observations: `[rows, observations]`.
  func reset(task choice: String?, seed: Int, observations: inout MutableSpan<Float>) throws {
    start([try task(choice, seed: seed)], seed: seed, observations: &observations)
  }

  /// Starts an episode of a task of its own in every row.
  /// - Parameters:
  ///   - choices: the choice of each row, as for one of all.
  ///   - observations: `[rows, observations]`.
  func reset(tasks choices: [String?], seed: Int, observations: inout MutableSpan<Float>) throws {
    let chosen = try choices.enumerated().map { row, choice in try task(choice, seed: seed, row: row) }
    if chosen.dropFirst().allSatisfy({ $0 == chosen[0] }) {
      return start([chosen[0]], seed: seed, observations: &observations)
    }
    guard let environment = environment as? any RowTaskEnvironment, environment.takesTasksByRow else {
      throw InterfaceFault(
        METARL_REFUSED, "\(family.card.name): expected one task for all rows, which share its body, found several")
    }
    start(chosen, seed: seed, observations: &observations)
  }

  /// - Parameter chosen: a task for all rows, or one for each row of an environment that takes them.
  private func start(_ chosen: [EnvironmentTask], seed: Int, observations: inout MutableSpan<Float>) {
    (self.seed, tasks) = (seed, chosen)
    for row in 0..<rows { (episodes[row], hasEnded[row]) = (0, false) }
    (endedCount, hasStepped) = (0, false)
    let address = RandomAddress(seed: UInt64(seed), purpose: .environmentReset)
    if chosen.count > 1, let environment = environment as? any RowTaskEnvironment {
      environment.reset(tasks: chosen, at: address, observations: &observations)
    } else {
      environment.reset(task: chosen[0], at: address, observations: &observations)
    }
  }

  /// The task that a caller chose.
  /// - Parameter choice: the name of a task; the number of a held-out one, "3", or "3@7" of those that an evaluation with the
  ///   seed 7 draws; parameters as JSON, "[1.5]"; nil for a draw of the tasks of training.
  /// - Parameter row: the row that has the task; each has a draw of its own.
  private func task(_ choice: String?, seed: Int, row: Int = 0) throws -> EnvironmentTask {
    guard let choice else {
      var stream = RandomAddress(seed: UInt64(seed), purpose: .taskSampling, task: row).stream
      return family.tasks.sample(from: &stream)
    }
    if choice.hasPrefix("[") { return try task(parameters: choice) }
    if let named = family.tasks.tasks.first(where: { $0.name == choice }) { return named }
    let parts = choice.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return try family.testTasks.task(choice, seed: Self.usualTaskSeed).task
    }
    guard let seed = Int(parts[1]), seed >= 0 else {
      throw InterfaceFault(METARL_INVALID_VALUE, "task \(choice): expected NUMBER@SEED, found another seed")
    }
    return try family.testTasks.task(String(parts[0]), seed: seed).task
  }

  /// The seed of the tasks that are chosen by their number alone: the same in every episode.
  private static let usualTaskSeed = 1

  private func task(parameters text: String) throws -> EnvironmentTask {
    guard let parameters = try? JSONDecoder().decode([Double].self, from: Data(text.utf8)) else {
      throw InterfaceFault(METARL_INVALID_VALUE, "task \(text): expected a JSON array of numbers, found another text")
    }
    if let fault = family.fault(ofParameters: parameters) {
      throw InterfaceFault(METARL_INVALID_VALUE, "task: \(fault)")
    }
    let known = (family.tasks.tasks + family.testTasks.tasks).first { $0.parameters == parameters }
    return known ?? EnvironmentTask(name: "given", parameters: parameters)
  }

  /// Starts an episode of the same task in some rows, each of its own. Episode e of row r has the random numbers of iteration e and episode r.
  func restart(_ chosen: [Int], observations: inout MutableSpan<Float>) throws(InterfaceFault) {
    try checkReset()
    guard let environment = environment as? any RestartableEnvironment else {
      throw InterfaceFault(
        METARL_WRONG_STATE, "\(family.card.name): its rows start together alone; reset them when all have ended")
    }
    var addresses: [RandomAddress] = []
    for row in chosen {
      episodes[row] += 1
      if hasEnded[row] { endedCount -= 1 }
      hasEnded[row] = false
      addresses.append(
        RandomAddress(
          seed: UInt64(seed), purpose: .environmentReset, iteration: episodes[row] % Int(UInt32.max), episode: row))
    }
    environment.restart(rows: chosen, at: addresses, observations: &observations)
  }

  /// Advances every row by one step.
  func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends bits: UnsafeMutableBufferPointer<UInt8>
  ) throws(InterfaceFault) {
    try checkReset()
    if endedCount > 0 {
      let row = hasEnded.firstIndex(of: true) ?? 0
      throw InterfaceFault(
        METARL_WRONG_STATE, "row \(row): expected an episode that goes on, found one that has ended; restart it")
    }
    try check(actions)
    for row in 0..<rows { ends[row] = [] }
    var room = ends.mutableSpan
    environment.step(actions: actions, observations: &observations, rewards: &rewards, ends: &room)
    hasStepped = true
    for row in 0..<rows {
      bits[row] = ends[row].rawValue
      guard !ends[row].isEmpty else { continue }
      hasEnded[row] = true
      endedCount += 1
    }
    guard Float.kernels(.current).haveFiniteSum(observations.span) else {
      throw nonFinite(observations.span)
    }
  }

  /// Writes the parts of the last step's rewards.
  func readRewardParts(into parts: inout MutableSpan<Float>) throws(InterfaceFault) {
    guard hasStepped else {
      throw InterfaceFault(METARL_WRONG_STATE, "reward parts: expected a step since the last reset, found none")
    }
    environment.readRewardParts(into: &parts)
  }

  /// The task of all rows since the last reset.
  func task() throws(InterfaceFault) -> EnvironmentTask {
    try checkReset()
    guard tasks.count == 1 else {
      throw InterfaceFault(
        METARL_WRONG_STATE, "environment: expected one task of all rows, found one of each; ask for that of a row")
    }
    return tasks[0]
  }

  /// The task of a row since the last reset.
  func task(ofRow row: Int) throws(InterfaceFault) -> EnvironmentTask {
    try checkReset()
    try check(row: row)
    return tasks.count == 1 ? tasks[0] : tasks[row]
  }

  /// Checks that the environment has been reset.
  func checkReset() throws(InterfaceFault) {
    guard tasks.isEmpty else { return }
    throw InterfaceFault(METARL_WRONG_STATE, "environment: expected one that has been reset, found a new one")
  }

  /// Checks the number of a row.
  func check(row: Int) throws(InterfaceFault) {
    guard !(0..<rows).contains(row) else { return }
    throw InterfaceFault(METARL_INVALID_VALUE, "row: expected one below \(rows), found \(row)")
  }

  private func check(_ actions: Span<Float>) throws(InterfaceFault) {
    let choices = specification.choiceCount
    guard choices > 0 || !Float.kernels(.current).haveFiniteSum(actions) else { return }
    for index in 0..<actions.count {
      let action = actions[index]
      if choices > 0 {
        guard action >= 0, action < Float(choices), action == action.rounded() else {
          throw InterfaceFault(
            METARL_INVALID_VALUE, "action of row \(index): expected a choice from 0 to \(choices - 1), found \(action)")
        }
      } else if action.isNaN {
        let width = specification.actionSpace.actionSize
        throw InterfaceFault(
          METARL_INVALID_VALUE, "action \(index % width) of row \(index / width): expected a number, found NaN")
      }
    }
  }

  private func nonFinite(_ observations: Span<Float>) -> InterfaceFault {
    let width = specification.observations.count
    for index in 0..<observations.count where !observations[index].isFinite {
      let cause = environment.fault(ofRow: index / width).map { ": \($0)" } ?? ""
      return InterfaceFault(
        METARL_INVALID_VALUE, "observation \(index % width) of row \(index / width) is not a finite number\(cause)")
    }
    return InterfaceFault(METARL_INVALID_VALUE, "observations: their sum is not a finite number")
  }
}
