import CMetaRL
import Foundation
import Testing

/// What the last call of this thread had to say.
private var message: String { metarl_message().map { String(cString: $0) } ?? "" }

/// A text that a function of the interface writes.
private func text(
  _ write: (UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> metarl_status
) throws -> String {
  var length = 0
  #expect(write(nil, 0, &length) == METARL_WRONG_SIZE)
  var bytes = [CChar](repeating: 1, count: length + 1)
  #expect(write(&bytes, bytes.count, &length) == METARL_OK)
  #expect(bytes.last == 0)
  return String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

private func object(
  _ write: (UnsafeMutablePointer<CChar>?, Int, UnsafeMutablePointer<Int>?) -> metarl_status
) throws -> [String: Any] {
  let json = try JSONSerialization.jsonObject(with: Data(try text(write).utf8))
  return try #require(json as? [String: Any])
}

/// An environment that is released with its last reference.
private final class Rows {
  let handle: metarl_environment
  let count: Int
  let observationSize: Int
  let actionSize: Int
  var observations: [Float]
  var rewards: [Float]
  var ends: [UInt8]

  init(_ family: String, _ settings: String? = nil, rows: Int) throws {
    var handle: metarl_environment = 0
    try #require(metarl_environment_make(family, settings, rows, &handle) == METARL_OK, "\(message)")
    (self.handle, count) = (handle, rows)
    let description = try object { metarl_environment_describe(handle, $0, $1, $2) }
    observationSize = try #require(description["observations"] as? [Any]).count
    actionSize = (description["actions"] as? [Any])?.count ?? 1
    observations = Array(repeating: .nan, count: rows * observationSize)
    rewards = Array(repeating: .nan, count: rows)
    ends = Array(repeating: 255, count: rows)
  }

  deinit { _ = metarl_environment_release(handle) }

  func reset(_ task: String?, seed: UInt64 = 1) -> metarl_status {
    metarl_environment_reset(handle, task, seed, &observations, observations.count)
  }

  func reset(_ tasks: [String?], seed: UInt64) -> metarl_status {
    let texts = tasks.map { $0.flatMap { strdup($0) } }
    defer { texts.forEach { free($0) } }
    let pointers: [UnsafePointer<CChar>?] = texts.map { $0.map { UnsafePointer($0) } }
    return metarl_environment_reset_rows(handle, pointers, pointers.count, seed, &observations, observations.count)
  }

  func step(_ actions: [Float]) -> metarl_status {
    metarl_environment_step(
      handle, actions, actions.count, &observations, observations.count, &rewards, count, &ends, count)
  }

  func restart(_ rows: [UInt8]) -> metarl_status {
    metarl_environment_restart(handle, rows, rows.count, &observations, observations.count)
  }

  var rest: [Float] { Array(repeating: 0, count: count * actionSize) }
}

@Suite struct CInterfaceTests {
  @Test func familiesAreListed() throws {
    let json = try JSONSerialization.jsonObject(with: Data(try text { metarl_families($0, $1, $2) }.utf8))
    let names = try #require(json as? [[String: String]]).compactMap { $0["name"] }
    #expect(names.contains("cheetah-dir") && names.contains("bandit") && !names.contains("sinusoid"))
    #expect(metarl_interface_version() == 2)
    #expect(metarl_program_version().map { String(cString: $0) }?.isEmpty == false)
  }

  @Test func anEnvironmentDescribesItself() throws {
    let rows = try Rows("cheetah-dir", "physics=lanes\nhorizon=50", rows: 3)
    let description = try object { metarl_environment_describe(rows.handle, $0, $1, $2) }
    #expect(description["name"] as? String == "cheetah-dir")
    #expect(description["horizon"] as? Int == 50)
    #expect(description["rows"] as? Int == 3)
    #expect(description["seconds_per_step"] as? Double == 0.05)
    #expect(description["tasks"] as? [String] == ["forward", "backward"])
    #expect(rows.observationSize == 17 && rows.actionSize == 6)
    let action = try #require((description["actions"] as? [[String: Any]])?.first)
    #expect(action["low"] as? Double == -1 && action["high"] as? Double == 1)
  }

  /// The numbers are those of the environments that training steps: here of the same reset and actions, twice.
  @Test func aSeedDecidesEverything() throws {
    let (first, second) = (try Rows("walker-rand-params", rows: 4), try Rows("walker-rand-params", rows: 4))
    #expect(first.reset(nil, seed: 3) == METARL_OK && second.reset(nil, seed: 3) == METARL_OK)
    #expect(first.observations == second.observations && first.observations.allSatisfy { $0.isFinite })
    let actions = (0..<4 * first.actionSize).map { Float($0 % 3) - 1 }
    #expect(first.step(actions) == METARL_OK && second.step(actions) == METARL_OK)
    #expect(first.observations == second.observations && first.rewards == second.rewards)
    #expect(second.reset(nil, seed: 4) == METARL_OK && first.reset(nil, seed: 3) == METARL_OK)
    #expect(first.observations != second.observations)
  }

  @Test func theTaskDecidesTheReward() throws {
    let rows = try Rows("cheetah-dir", "physics=lanes\ncontrol_cost=0", rows: 2)
    #expect(rows.reset("forward") == METARL_OK)
    let actions = (0..<12).map { Float($0 % 2) }
    #expect(rows.step(actions) == METARL_OK)
    let forward = rows.rewards
    #expect(rows.reset("backward") == METARL_OK && rows.step(actions) == METARL_OK)
    #expect(rows.rewards == forward.map { -$0 } && forward[0] != 0)
    let task = try object { metarl_environment_task(rows.handle, $0, $1, $2) }
    #expect(task["name"] as? String == "backward" && task["parameters"] as? [Double] == [-1])
    var parts = [Float](repeating: .nan, count: 4)
    #expect(metarl_environment_reward_parts(rows.handle, &parts, 4) == METARL_OK)
    #expect(parts[0] + parts[1] == rows.rewards[0])
  }

  private struct Task: Decodable {
    var parameters: [Double]
  }

  /// A number is one task in every reset, and parameters give a task again.
  @Test(arguments: ["cheetah-vel", "point-navigation", "bandit", "tabular-mdp", "hopper-rand-params"])
  func aTaskCanBeMetAgain(family: String) throws {
    let rows = try Rows(family, rows: 1)
    func parameters(_ task: String?, seed: UInt64) throws -> [Double] {
      #expect(rows.reset(task, seed: seed) == METARL_OK, "\(message)")
      // Not by `JSONSerialization`, which rounds the last digit of some numbers.
      let json = try text { metarl_environment_task(rows.handle, $0, $1, $2) }
      return try JSONDecoder().decode(Task.self, from: Data(json.utf8)).parameters
    }
    let third = try parameters("3", seed: 1)
    #expect(try parameters("3", seed: 2) == third)
    #expect(try parameters("2", seed: 1) != third)
    let drawn = try parameters(nil, seed: 5)
    #expect(try parameters(nil, seed: 6) != drawn)
    #expect(try parameters("\(drawn)", seed: 7) == drawn)
    #expect(rows.reset("[]") == METARL_INVALID_VALUE && rows.reset("[1") == METARL_INVALID_VALUE)
    #expect(rows.reset("3@x") == METARL_INVALID_VALUE && rows.reset("3@-1") == METARL_INVALID_VALUE)
  }

  /// A row is as one of an environment whose rows all have its task.
  @Test(arguments: [
    ("cheetah-dir", ["forward", "backward", "forward"]), ("cheetah-vel", ["1", "[0.5]", "3@7"]),
    ("point-navigation", ["[0.25,-0.5]", "2", "1"]), ("bandit", ["1", "2", "3"]), ("tabular-mdp", ["4", "4", "1"]),
  ]) func rowsMayHaveTasksOfTheirOwn(family: String, tasks: [String]) throws {
    let rows = try Rows(family, rows: 3)
    #expect(rows.reset(tasks, seed: 5) == METARL_OK, "\(message)")
    let actions = (0..<3 * rows.actionSize).map { index in family.hasPrefix("cheetah") ? Float(index % 3) - 1 : 0 }
    func trace(_ rows: Rows) -> [[Float]] {
      var found = [rows.observations]
      for _ in 0..<4 {
        #expect(rows.step(actions) == METARL_OK, "\(message)")
        found += [rows.observations, rows.rewards]
      }
      #expect(rows.restart([0, 1, 1]) == METARL_OK && rows.step(actions) == METARL_OK)
      return found + [rows.observations, rows.rewards]
    }
    let found = trace(rows)
    for (row, task) in tasks.enumerated() {
      let same = try Rows(family, rows: 3)
      #expect(same.reset(task, seed: 5) == METARL_OK)
      for (own, other) in zip(found, trace(same)) {
        let width = own.count / 3
        #expect(own[row * width..<(row + 1) * width] == other[row * width..<(row + 1) * width], "row \(row)")
      }
      #expect(
        try text { metarl_environment_row_task(rows.handle, row, $0, $1, $2) }
          == text { metarl_environment_task(same.handle, $0, $1, $2) })
    }
    #expect(metarl_environment_task(rows.handle, nil, 0, nil) == METARL_WRONG_STATE)
    #expect(metarl_environment_row_task(rows.handle, 3, nil, 0, nil) == METARL_INVALID_VALUE)
  }

  @Test func tasksOfRowsAreChecked() throws {
    let rows = try Rows("cheetah-vel", rows: 3)
    #expect(metarl_environment_row_task(rows.handle, 0, nil, 0, nil) == METARL_WRONG_STATE)
    #expect(rows.reset(["1", "2"], seed: 1) == METARL_WRONG_SIZE && message.contains("one for each of 3 rows"))
    #expect(rows.reset(["1", "2", "up"], seed: 1) == METARL_REFUSED)
    // Nothing is chosen for two rows, whose draws differ.
    #expect(rows.reset([nil, nil, "1"], seed: 1) == METARL_OK)
    func name(_ row: Int) throws -> String { try text { metarl_environment_row_task(rows.handle, row, $0, $1, $2) } }
    #expect(try name(0) != name(1) && name(0).contains(" of training") && name(2).contains("target speed 1"))
    // A task is a body, which all rows of an engine share; rows of one task have it.
    let bodies = try Rows("hopper-rand-params", rows: 2)
    #expect(bodies.reset(["1", "2"], seed: 1) == METARL_REFUSED && message.contains("expected one task for all rows"))
    #expect(bodies.reset(["2", "2"], seed: 1) == METARL_OK)
    #expect(
      metarl_environment_reset_rows(rows.handle, nil, 3, 1, &rows.observations, rows.observations.count)
        == METARL_NULL_POINTER)
  }

  /// Observations that nobody asks for.
  @Test func rowsStartAnewWithoutABuffer() throws {
    let rows = try Rows("bandit", "horizon=2", rows: 2)
    #expect(rows.reset("1") == METARL_OK && rows.step([0, 0]) == METARL_OK)
    #expect(metarl_environment_restart(rows.handle, [1, 0], 2, nil, 0) == METARL_OK)
    #expect(metarl_environment_restart(rows.handle, [1, 0], 2, nil, 2) == METARL_NULL_POINTER)
    #expect(metarl_environment_restart(rows.handle, [1, 0], 2, &rows.observations, 0) == METARL_WRONG_SIZE)
    #expect(rows.step([0, 0]) == METARL_OK && rows.ends == [0, UInt8(METARL_TRUNCATED)])
  }

  @Test func rowsHaveScenes() throws {
    let rows = try Rows("point-navigation", rows: 2)
    #expect(metarl_environment_scene(rows.handle, 0, nil, 0, nil) == METARL_WRONG_STATE)
    #expect(rows.reset("[0.25,-0.5]") == METARL_OK)
    let scene = try object { metarl_environment_scene(rows.handle, 1, $0, $1, $2) }
    #expect(scene["goal"] as? [Double] == [0.25, -0.5] && (scene["limbs"] as? [Any])?.count == 1)
    #expect(metarl_environment_scene(rows.handle, 2, nil, 0, nil) == METARL_INVALID_VALUE)
    let bandit = try Rows("bandit", rows: 1)
    #expect(bandit.reset(nil) == METARL_OK)
    #expect(metarl_environment_scene(bandit.handle, 0, nil, 0, nil) == METARL_REFUSED)
  }

  @Test func rowsThatHaveEndedStartAnewWhileOthersGoOn() throws {
    let rows = try Rows("hopper-rand-params", rows: 16)
    #expect(rows.reset(nil) == METARL_OK)
    var lengths = Set<Int>()
    for time in 0..<200 {
      let before = rows.observations
      #expect(rows.step(rows.rest.enumerated().map { Float($0.offset % 7) / 3 - 1 }) == METARL_OK, "\(message)")
      let ended = rows.ends.map { $0 == 0 ? UInt8(0) : 1 }
      guard ended.contains(1) else { continue }
      lengths.insert(time)
      #expect(rows.step(rows.rest) == METARL_WRONG_STATE)
      #expect(message.contains("has ended"))
      let atEnd = rows.observations
      #expect(rows.restart(ended) == METARL_OK)
      for row in 0..<16 {
        let range = row * rows.observationSize..<(row + 1) * rows.observationSize
        #expect((rows.observations[range] == atEnd[range]) == (ended[row] == 0))
        #expect(before[range] != rows.observations[range])
      }
    }
    // Robots fall at different times.
    #expect(lengths.count > 3)
  }

  @Test func episodesAreTruncatedAtTheHorizon() throws {
    let rows = try Rows("bandit", "horizon=3\narms=2", rows: 2)
    #expect(rows.reset("1") == METARL_OK)
    for time in 1...3 {
      #expect(rows.step([0, 1]) == METARL_OK)
      #expect(rows.ends == Array(repeating: UInt8(time == 3 ? METARL_TRUNCATED : 0), count: 2))
    }
  }

  @Test func misuseIsAnsweredWithACodeAndAText() throws {
    var handle: metarl_environment = 0
    #expect(metarl_environment_make("cheetah-dri", nil, 1, &handle) == METARL_REFUSED)
    #expect(message.contains("did you mean 'cheetah-dir'?"))
    #expect(metarl_environment_make("cheetah-dir", "inner_rate=1", 1, &handle) == METARL_REFUSED)
    #expect(message.contains("unknown key 'inner_rate'"))
    #expect(metarl_environment_make("cheetah-dir", "horizon=-3", 1, &handle) == METARL_REFUSED)
    #expect(message.contains("horizon") && message.contains("-3"))
    #expect(metarl_environment_make("cheetah-dir", "horizon", 1, &handle) == METARL_REFUSED)
    #expect(metarl_environment_make(nil, nil, 1, &handle) == METARL_NULL_POINTER)
    #expect(metarl_environment_make("cheetah-dir", nil, 1, nil) == METARL_NULL_POINTER)
    #expect(metarl_environment_make("cheetah-dir", nil, 0, &handle) == METARL_INVALID_VALUE)
    #expect(metarl_environment_make("\u{1}", nil, 1, &handle) == METARL_REFUSED)
    let broken: [CChar] = [-1, -2, 0]
    #expect(metarl_environment_make(broken, nil, 1, &handle) == METARL_INVALID_VALUE)
    #expect(handle == 0)

    let rows = try Rows("cheetah-dir", "physics=lanes", rows: 2)
    #expect(rows.step(rows.rest) == METARL_WRONG_STATE)
    #expect(metarl_environment_reward_parts(rows.handle, [0, 0, 0, 0].withMutable(), 4) == METARL_WRONG_STATE)
    #expect(rows.reset("sideways") == METARL_REFUSED && message.contains("forward, backward"))
    // Who calls a library has no options of a command line.
    #expect(rows.reset("0") == METARL_REFUSED && message.hasPrefix("task 0: expected one of forward, backward, or"))
    #expect(rows.reset("forward", seed: .max) == METARL_INVALID_VALUE)
    #expect(rows.observations.allSatisfy { $0.isNaN })
    #expect(rows.reset("forward") == METARL_OK && message.isEmpty)
    #expect(rows.step([0]) == METARL_WRONG_SIZE && message.contains("2 rows x 6 actions"))
    #expect(rows.step(Array(repeating: .nan, count: 12)) == METARL_INVALID_VALUE)
    #expect(rows.step(Array(repeating: .infinity, count: 12)) == METARL_OK)
    #expect(metarl_environment_reset(rows.handle, "forward", 1, nil, 34) == METARL_NULL_POINTER)
    #expect(metarl_environment_step(rows.handle, nil, 12, nil, 34, nil, 2, nil, 2) == METARL_NULL_POINTER)
    #expect(metarl_environment_describe(rows.handle, nil, 0, nil) == METARL_NULL_POINTER)

    let bandit = try Rows("bandit", rows: 1)
    #expect(bandit.reset(nil) == METARL_OK)
    for wrong: Float in [-1, 0.5, 1e9, .nan, .infinity] { #expect(bandit.step([wrong]) == METARL_INVALID_VALUE) }
  }

  @Test func handlesAreOfOneKindAndEnd() throws {
    var (environment, run, policy): (UInt64, UInt64, UInt64) = (0, 0, 0)
    #expect(metarl_environment_make("bandit", nil, 1, &environment) == METARL_OK)
    #expect(metarl_run_load("pretrained:cheetah-dir", nil, &run) == METARL_OK, "\(message)")
    #expect(metarl_run_policy(environment, &policy) == METARL_UNKNOWN_HANDLE)
    #expect(message.contains("one of another kind"))
    #expect(metarl_run_release(environment) == METARL_UNKNOWN_HANDLE)
    #expect(metarl_environment_release(environment) == METARL_OK)
    #expect(metarl_environment_release(environment) == METARL_UNKNOWN_HANDLE && message.contains("released"))
    #expect(metarl_environment_task(environment, nil, 0, nil) == METARL_UNKNOWN_HANDLE)
    #expect(metarl_policy_release(0) == METARL_UNKNOWN_HANDLE && message.contains("found none"))
    #expect(metarl_run_policy(run, &policy) == METARL_OK)
    // A policy outlives the handle of its run.
    #expect(metarl_run_release(run) == METARL_OK)
    var actions = [Float](repeating: .nan, count: 6)
    #expect(metarl_policy_act(policy, [Float](repeating: 0.1, count: 17), 17, &actions, 6) == METARL_OK)
    #expect(actions.allSatisfy { abs($0) <= 1 })
    #expect(metarl_policy_release(policy) == METARL_OK)
  }
}

@Suite struct CInterfacePolicyTests {
  private let run: metarl_run

  init() throws {
    var run: metarl_run = 0
    try #require(metarl_run_load("pretrained:cheetah-dir", nil, &run) == METARL_OK, "\(message)")
    self.run = run
  }

  private func policy(adaptedTo task: String, steps: Int64 = -1) throws -> metarl_policy {
    var policy: metarl_policy = 0
    try #require(metarl_run_adapt(run, task, steps, -1, &policy) == METARL_OK, "\(message)")
    return policy
  }

  /// The mean return of some rows by a policy's best actions.
  private func meanReturn(of policy: metarl_policy, on rows: Rows, task: String) -> Float {
    #expect(rows.reset(task, seed: 5) == METARL_OK)
    var (sum, actions): (Float, [Float]) = (0, rows.rest)
    repeat {
      #expect(
        metarl_policy_act(policy, rows.observations, rows.observations.count, &actions, actions.count) == METARL_OK)
      #expect(rows.step(actions) == METARL_OK)
      sum += rows.rewards.reduce(0, +)
    } while rows.ends[0] == 0
    return sum / Float(rows.count)
  }

  @Test func aRunDescribesItself() throws {
    let description = try object { metarl_run_describe(run, $0, $1, $2) }
    #expect(description["task"] as? String == "cheetah-dir" && description["inner_steps"] as? Int == 1)
    let environment = try #require(description["environment"] as? [String: Any])
    #expect((environment["observations"] as? [Any])?.count == 17 && environment["rows"] == nil)
    let configuration = try #require(description["configuration"] as? [String: String])
    #expect(configuration["algorithm"] == description["algorithm"] as? String)
  }

  @Test func aPolicyAdaptsToATaskByItsName() throws {
    let rows = try Rows("cheetah-dir", "physics=lanes", rows: 4)
    let (forward, backward) = (try policy(adaptedTo: "forward"), try policy(adaptedTo: "2"))
    #expect(meanReturn(of: forward, on: rows, task: "forward") > 250)
    #expect(meanReturn(of: backward, on: rows, task: "backward") > 250)
    var other: metarl_policy = 0
    #expect(metarl_run_adapt(run, "sideways", 1, -1, &other) == METARL_REFUSED)
    #expect(metarl_run_adapt(run, "forward", 1_000_000, -1, &other) == METARL_INVALID_VALUE)
    #expect(metarl_run_adapt(run, nil, 1, -1, &other) == METARL_NULL_POINTER)
  }

  /// The episodes are collected here, by calls of the interface alone: the steps of an evaluation, in another environment.
  @Test func aPolicyAdaptsToTheCallersOwnEpisodes() throws {
    let episodes = 40
    let rows = try Rows("cheetah-dir", "physics=lanes", rows: episodes)
    let few = try Rows("cheetah-dir", "physics=lanes", rows: 4)
    var policy: metarl_policy = 0
    #expect(metarl_run_policy(run, &policy) == METARL_OK)
    for task in ["forward", "backward"] {
      var (observations, actions, rewards): ([Float], [Float], [Float]) = ([], [], [])
      #expect(rows.reset(task, seed: 11) == METARL_OK)
      var draw: UInt32 = 0
      var sampled = rows.rest
      repeat {
        #expect(
          metarl_policy_explore(
            policy, 1, draw, rows.observations, rows.observations.count, &sampled, sampled.count) == METARL_OK)
        observations += rows.observations
        actions += sampled
        #expect(rows.step(sampled) == METARL_OK)
        rewards += rows.rewards
        draw += 1
      } while rows.ends[0] == 0
      #expect(draw == 100)
      var adapted: metarl_policy = 0
      func adapt(_ lengths: [UInt32]?, rewards: [Float]) -> metarl_status {
        metarl_policy_adapt(
          policy, episodes, lengths, observations, observations.count, actions, actions.count, rewards, rewards.count,
          &adapted)
      }
      #expect(adapt(nil, rewards: rewards) == METARL_OK, "\(message)")
      #expect(meanReturn(of: adapted, on: few, task: task) > 250)
      // The policy before is as it was.
      #expect(meanReturn(of: policy, on: few, task: task) < 150)
      let whole = try outputs(of: adapted)
      #expect(adapt(Array(repeating: 100, count: episodes), rewards: rewards) == METARL_OK)
      #expect(try outputs(of: adapted) == whole)
      // What follows after the end of an episode has no effect.
      var (short, longer) = (rewards, rewards)
      for index in 60 * episodes..<rewards.count { (short[index], longer[index]) = (7, -7) }
      #expect(adapt(Array(repeating: 60, count: episodes), rewards: short) == METARL_OK)
      let cut = try outputs(of: adapted)
      #expect(adapt(Array(repeating: 60, count: episodes), rewards: longer) == METARL_OK)
      #expect(try outputs(of: adapted) == cut)
      #expect(cut != whole)
      #expect(adapt(Array(repeating: 101, count: episodes), rewards: rewards) == METARL_INVALID_VALUE)
      #expect(adapt(nil, rewards: Array(rewards.dropLast())) == METARL_WRONG_SIZE)
      #expect(adapt(nil, rewards: Array(rewards.dropLast(episodes))) == METARL_WRONG_SIZE)
      #expect(adapt(nil, rewards: rewards.map { _ in .nan }) == METARL_INVALID_VALUE)
    }
  }

  private func outputs(of policy: metarl_policy) throws -> [Float] {
    let observations = (0..<34).map { sin(Float($0)) }
    var actions = [Float](repeating: .nan, count: 12)
    #expect(metarl_policy_act(policy, observations, 34, &actions, 12) == METARL_OK)
    return actions
  }

  @Test func furtherStepsGoOnFromTheOnesBefore() throws {
    var (policy, once, twice): (metarl_policy, metarl_policy, metarl_policy) = (0, 0, 0)
    #expect(metarl_run_policy(run, &policy) == METARL_OK)
    let (observations, actions) = ((0..<340).map { sin(Float($0)) }, (0..<120).map { cos(Float($0)) })
    let rewards = (0..<20).map { Float($0 % 3) }
    func adapt(_ policy: metarl_policy, episodes: Int = 2, to result: inout metarl_policy) -> metarl_status {
      metarl_policy_adapt(policy, episodes, nil, observations, 340, actions, 120, rewards, 20, &result)
    }
    #expect(adapt(policy, to: &once) == METARL_OK, "\(message)")
    #expect(adapt(once, to: &twice) == METARL_OK, "\(message)")
    let (first, second) = (try outputs(of: once), try outputs(of: twice))
    #expect(first != second)
    #expect(adapt(once, episodes: 4, to: &twice) == METARL_WRONG_SIZE)
    // What the run adapted by itself has no episodes to go on from.
    let own = try self.policy(adaptedTo: "forward")
    #expect(adapt(own, to: &twice) == METARL_WRONG_STATE)
  }

  @Test func wrongObservationsAreRefused() throws {
    var policy: metarl_policy = 0
    #expect(metarl_run_policy(run, &policy) == METARL_OK)
    var actions = [Float](repeating: 7, count: 6)
    #expect(metarl_policy_act(policy, [Float](repeating: 0, count: 16), 16, &actions, 6) == METARL_WRONG_SIZE)
    #expect(metarl_policy_act(policy, [Float](repeating: 0, count: 17), 17, &actions, 5) == METARL_WRONG_SIZE)
    #expect(metarl_policy_act(policy, [Float](repeating: .nan, count: 17), 17, &actions, 6) == METARL_INVALID_VALUE)
    #expect(metarl_policy_act(policy, nil, 17, &actions, 6) == METARL_NULL_POINTER)
    #expect(metarl_policy_act(policy, nil, 0, &actions, 0) == METARL_WRONG_SIZE)
    #expect(actions == Array(repeating: 7, count: 6))
    #expect(metarl_run_load("/nowhere", nil, &policy) == METARL_REFUSED && message.contains("/nowhere"))
    #expect(metarl_run_load("pretrained:cheetah-dir", "soon", &policy) == METARL_REFUSED)
  }

  @Test func threadsHaveTheirOwnMessages() async throws {
    #expect(metarl_run_release(0) == METARL_UNKNOWN_HANDLE)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            var handle: metarl_environment = 0
            #expect(metarl_environment_make("bandit", nil, 3, &handle) == METARL_OK)
            var observations = [Float](repeating: 0, count: 3)
            #expect(metarl_environment_reset(handle, nil, 1, &observations, 3) == METARL_OK)
            #expect(metarl_environment_release(handle) == METARL_OK)
          }
        }
      }
    }
  }
}

extension [Float] {
  /// Room that nothing is read of.
  fileprivate func withMutable() -> UnsafeMutablePointer<Float>? {
    let room = UnsafeMutablePointer<Float>.allocate(capacity: count)
    room.initialize(repeating: 0, count: count)
    return room
  }
}
