public import CMetaRL
import Environments
import Evaluation
import Parts
import Runs
import Training

// The functions of metarl.h on trained runs and their policies; it documents them.

private func withRun(_ run: metarl_run, _ body: (TrainedPolicyRun) throws -> Void) -> metarl_status {
  answering { try Handles.shared.with(run, as: TrainedPolicyRun.self, "run", body) }
}

private func withPolicy(_ policy: metarl_policy, _ body: (TrainedPolicy) throws -> Void) -> metarl_status {
  answering { try Handles.shared.with(policy, as: TrainedPolicy.self, "policy", body) }
}

@c @implementation
public func metarl_program_version() -> UnsafePointer<CChar>? { ProgramVersion.pointer }

@c @implementation
public func metarl_run_load(
  _ path: UnsafePointer<CChar>?, _ checkpoint: UnsafePointer<CChar>?, _ run: UnsafeMutablePointer<metarl_run>?
) -> metarl_status {
  var warnings: [String] = []
  let status = answering {
    let handle = try present("run", run)
    let checkpoint = try checkpoint.map { pointer throws(InterfaceFault) in try string("checkpoint", pointer) }
    handle.pointee = Handles.shared.add(
      try TrainedPolicyRun(
        RunFolder(trained: string("path", path)), checkpoint: CheckpointChoice(option: checkpoint), catalog: .standard,
        warn: { warnings.append($0) }))
  }
  if status == METARL_OK, !warnings.isEmpty { metarl_set_message(warnings.joined(separator: "\n")) }
  return status
}

@c @implementation
public func metarl_run_release(_ run: metarl_run) -> metarl_status {
  answering { try Handles.shared.release(run, as: TrainedPolicyRun.self, "run") }
}

@c @implementation
public func metarl_run_describe(
  _ run: metarl_run, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int, _ length: UnsafeMutablePointer<Int>?
) -> metarl_status {
  withRun(run) { run in
    try write(JSONText.compact(RunDescription(run)), to: text, capacity: capacity, length: length)
  }
}

@c @implementation
public func metarl_run_policy(
  _ run: metarl_run, _ policy: UnsafeMutablePointer<metarl_policy>?
) -> metarl_status {
  withRun(run) { run in
    let handle = try present("policy", policy)
    handle.pointee = Handles.shared.add(run.policy())
  }
}

@c @implementation
public func metarl_run_adapt(
  _ run: metarl_run, _ task: UnsafePointer<CChar>?, _ steps: Int64, _ seed: Int64,
  _ policy: UnsafeMutablePointer<metarl_policy>?
) -> metarl_status {
  withRun(run) { run in
    let handle = try present("policy", policy)
    guard steps <= TrainedPolicyRun.mostSteps else {
      throw InterfaceFault(
        METARL_INVALID_VALUE, "steps: expected at most \(TrainedPolicyRun.mostSteps), found \(steps)")
    }
    handle.pointee = Handles.shared.add(
      try run.policy(
        adaptedTo: string("task", task), steps: steps < 0 ? nil : Int(steps), seed: seed < 0 ? nil : Int(seed)))
  }
}

@c @implementation
public func metarl_policy_release(_ policy: metarl_policy) -> metarl_status {
  answering { try Handles.shared.release(policy, as: TrainedPolicy.self, "policy") }
}

extension TrainedPolicy {
  /// Checks the caller's observations, and gives them and room for the actions to a body.
  fileprivate func act(
    _ observations: (pointer: UnsafePointer<Float>?, count: Int),
    _ actions: (pointer: UnsafeMutablePointer<Float>?, count: Int),
    _ body: (Span<Float>, inout MutableSpan<Float>) -> Void
  ) throws(InterfaceFault) {
    let (width, size) = (
      run.specification.observations.count, run.specification.actionSpace.actionSize
    )
    let rows = max(1, observations.count / width)
    let observed = try readable(
      "observations", observations.pointer, observations.count, expected: rows * width,
      "rows of \(width.counted("observation"))")
    if let index = observed.firstIndex(where: { !$0.isFinite }) {
      throw InterfaceFault(
        METARL_INVALID_VALUE,
        "observation \(index % width) of row \(index / width): expected a finite number, found \(observed[index])")
    }
    let room = try writable(
      "actions", actions.pointer, actions.count, expected: rows * size,
      "\(rows.counted("row")) x \(size.counted("action"))")
    var span = room.mutableSpan
    body(observed.span, &span)
  }
}

@c @implementation
public func metarl_policy_act(
  _ policy: metarl_policy, _ observations: UnsafePointer<Float>?, _ observationCount: Int,
  _ actions: UnsafeMutablePointer<Float>?, _ actionCount: Int
) -> metarl_status {
  withPolicy(policy) { policy in
    try policy.act((observations, observationCount), (actions, actionCount)) { policy.act(on: $0, into: &$1) }
  }
}

@c @implementation
public func metarl_policy_explore(
  _ policy: metarl_policy, _ seed: UInt64, _ draw: UInt32, _ observations: UnsafePointer<Float>?,
  _ observationCount: Int, _ actions: UnsafeMutablePointer<Float>?, _ actionCount: Int
) -> metarl_status {
  withPolicy(policy) { policy in
    try policy.act((observations, observationCount), (actions, actionCount)) {
      policy.explore(on: $0, seed: seed, draw: draw, into: &$1)
    }
  }
}

@c @implementation
public func metarl_policy_adapt(
  _ policy: metarl_policy, _ episodes: Int, _ lengths: UnsafePointer<UInt32>?, _ observations: UnsafePointer<Float>?,
  _ observationCount: Int, _ actions: UnsafePointer<Float>?, _ actionCount: Int, _ rewards: UnsafePointer<Float>?,
  _ rewardCount: Int, _ adapted: UnsafeMutablePointer<metarl_policy>?
) -> metarl_status {
  withPolicy(policy) { policy in
    let handle = try present("adapted", adapted)
    func array(_ name: String, _ pointer: UnsafePointer<Float>?, _ count: Int) throws(InterfaceFault) -> [Float] {
      Array(try readable(name, pointer, count, expected: count, ""))
    }
    guard (1...PolicyExperience.mostEpisodes).contains(episodes), rewardCount % episodes == 0, rewardCount > 0 else {
      throw InterfaceFault(
        METARL_WRONG_SIZE,
        "rewards: expected a multiple of the number of episodes, from 1 to \(PolicyExperience.mostEpisodes), found "
          + "\(rewardCount) of \(episodes.counted("episode"))")
    }
    let lengths = lengths.map { UnsafeBufferPointer(start: $0, count: episodes).map(Int.init) }
    let experience = PolicyExperience(
      lengths: lengths ?? Array(repeating: rewardCount / episodes, count: episodes),
      observations: try array("observations", observations, observationCount),
      actions: try array("actions", actions, actionCount), rewards: try array("rewards", rewards, rewardCount))
    handle.pointee = Handles.shared.add(try policy.adapted(to: experience))
  }
}
