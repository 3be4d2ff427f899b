public import CMetaRL
import Environments
import Parts
import Runs

// The functions of metarl.h on environments; it documents them.

private func withEnvironment(
  _ environment: metarl_environment, _ body: (EnvironmentSession) throws -> Void
) -> metarl_status {
  answering { try Handles.shared.with(environment, as: EnvironmentSession.self, "environment", body) }
}

extension EnvironmentSession {
  fileprivate var observationShape: String {
    "\(rows.counted("row")) x \(specification.observations.count.counted("observation"))"
  }
  fileprivate var rowShape: String { "one for each of \(rows.counted("row"))" }
}

@c @implementation
public func metarl_families(
  _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  answering {
    try write(
      JSONText.compact(EnvironmentSession.families.map { FamilyDescription($0) }), to: text, capacity: capacity,
      length: length)
  }
}

@c @implementation
public func metarl_environment_make(
  _ family: UnsafePointer<CChar>?, _ settings: UnsafePointer<CChar>?, _ rows: Int,
  _ environment: UnsafeMutablePointer<metarl_environment>?
) -> metarl_status {
  answering {
    let handle = try present("environment", environment)
    let settings = try settings.map { pointer throws(InterfaceFault) in try string("settings", pointer) } ?? ""
    handle.pointee = Handles.shared.add(
      try EnvironmentSession(string("family", family), settings: settings, rows: rows))
  }
}

@c @implementation
public func metarl_environment_release(_ environment: metarl_environment) -> metarl_status {
  answering { try Handles.shared.release(environment, as: EnvironmentSession.self, "environment") }
}

@c @implementation
public func metarl_environment_describe(
  _ environment: metarl_environment, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  withEnvironment(environment) { session in
    let description = EnvironmentDescription(
      session.specification, rows: session.rows, tasks: session.family.testTasks.tasks.map(\.name),
      ends: session.family.endsEpisodes, isDrawn: session.environment is any DrawnEnvironment)
    try write(JSONText.compact(description), to: text, capacity: capacity, length: length)
  }
}

@c @implementation
public func metarl_environment_reset(
  _ environment: metarl_environment, _ task: UnsafePointer<CChar>?, _ seed: UInt64,
  _ observations: UnsafeMutablePointer<Float>?, _ observationCount: Int
) -> metarl_status {
  withEnvironment(environment) { session in
    let room = try writable(
      "observations", observations, observationCount, expected: session.observationCount, session.observationShape)
    let task = try task.map { pointer throws(InterfaceFault) in try string("task", pointer) }
    var span = room.mutableSpan
    try session.reset(task: task, seed: checkedSeed(seed), observations: &span)
  }
}

@c @implementation
public func metarl_environment_reset_rows(
  _ environment: metarl_environment, _ tasks: UnsafePointer<UnsafePointer<CChar>?>?, _ taskCount: Int,
  _ seed: UInt64, _ observations: UnsafeMutablePointer<Float>?, _ observationCount: Int
) -> metarl_status {
  withEnvironment(environment) { session in
    let room = try writable(
      "observations", observations, observationCount, expected: session.observationCount, session.observationShape)
    let choices = try readable("tasks", tasks, taskCount, expected: session.rows, session.rowShape)
    let chosen = try choices.enumerated().map { row, pointer in
      try pointer.map { pointer throws(InterfaceFault) in try string("task of row \(row)", pointer) }
    }
    var span = room.mutableSpan
    try session.reset(tasks: chosen, seed: checkedSeed(seed), observations: &span)
  }
}

@c @implementation
public func metarl_environment_task(
  _ environment: metarl_environment, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  withEnvironment(environment) { session in
    try write(JSONText.compact(TaskDescription(session.task())), to: text, capacity: capacity, length: length)
  }
}

@c @implementation
public func metarl_environment_row_task(
  _ environment: metarl_environment, _ row: Int, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  withEnvironment(environment) { session in
    try write(
      JSONText.compact(TaskDescription(session.task(ofRow: row))), to: text, capacity: capacity, length: length)
  }
}

@c @implementation
public func metarl_environment_restart(
  _ environment: metarl_environment, _ rows: UnsafePointer<UInt8>?, _ rowCount: Int,
  _ observations: UnsafeMutablePointer<Float>?, _ observationCount: Int
) -> metarl_status {
  withEnvironment(environment) { session in
    let rows = try readable("rows", rows, rowCount, expected: session.rows, session.rowShape)
    let chosen = rows.indices.filter { rows[$0] != 0 }
    // A caller that does not ask for the observations has them written to a buffer that nobody reads.
    var unread = [Float](
      repeating: 0, count: observations == nil && observationCount == 0 ? session.observationCount : 0)
    try unread.withUnsafeMutableBufferPointer { unread in
      let room =
        try unread.isEmpty
        ? writable(
          "observations", observations, observationCount, expected: session.observationCount, session.observationShape)
        : unread
      var span = room.mutableSpan
      try session.restart(chosen, observations: &span)
    }
  }
}

@c @implementation
public func metarl_environment_step(
  _ environment: metarl_environment, _ actions: UnsafePointer<Float>?, _ actionCount: Int,
  _ observations: UnsafeMutablePointer<Float>?, _ observationCount: Int, _ rewards: UnsafeMutablePointer<Float>?,
  _ rewardCount: Int, _ ends: UnsafeMutablePointer<UInt8>?, _ endCount: Int
) -> metarl_status {
  withEnvironment(environment) { session in
    let actions = try readable(
      "actions", actions, actionCount, expected: session.actionCount,
      "\(session.rows.counted("row")) x \(session.specification.actionSpace.actionSize.counted("action"))")
    let observations = try writable(
      "observations", observations, observationCount, expected: session.observationCount, session.observationShape)
    let rewards = try writable("rewards", rewards, rewardCount, expected: session.rows, session.rowShape)
    let ends = try writable("ends", ends, endCount, expected: session.rows, session.rowShape)
    var observed = observations.mutableSpan
    var rewarded = rewards.mutableSpan
    try session.step(actions: actions.span, observations: &observed, rewards: &rewarded, ends: ends)
  }
}

@c @implementation
public func metarl_environment_reward_parts(
  _ environment: metarl_environment, _ parts: UnsafeMutablePointer<Float>?, _ count: Int
) -> metarl_status {
  withEnvironment(environment) { session in
    let width = session.specification.rewardParts.count
    let room = try writable(
      "parts", parts, count, expected: session.rows * width, "\(session.rows.counted("row")) x \(width.counted("part"))"
    )
    var span = room.mutableSpan
    try session.readRewardParts(into: &span)
  }
}

@c @implementation
public func metarl_environment_scene(
  _ environment: metarl_environment, _ row: Int, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int,
  _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  withEnvironment(environment) { session in
    try session.checkReset()
    guard let drawn = session.environment as? any DrawnEnvironment else {
      throw InterfaceFault(
        METARL_REFUSED, "\(session.family.card.name): expected robots or points, found none to draw")
    }
    try session.check(row: row)
    try write(
      JSONText.compact(SceneDescription(drawn.scene(ofRow: row))), to: text, capacity: capacity, length: length)
  }
}
