public import RandomStreams

/// A robot that is rewarded for its speed, less the cost of its actions, and for what else its objective has.
///
/// The reward of a step is f(v) - w |a|^2, and for a robot that may fall with survival and height added: the root's velocity
/// v = (x' - x) / t, the control cost's weight w, the clipped action a. What f is, and when an episode ends before its
/// horizon, is the objective's; see ``LocomotionObjective``.
///
/// The half-cheetah's observation is that of HalfCheetah-v5, with angles positive nose-down; `specification` describes it
/// as data:
///
/// | index | joint | position | index | joint | velocity |
/// |---|---|---|---|---|---|
/// | | torso x | not observed | 8 | torso x | m/s |
/// | 0 | torso z, less 0.7 m | m | 9 | torso z | m/s |
/// | 1 | torso pitch | rad | 10 | torso pitch | rad/s |
/// | 2 | bthigh | rad | 11 | bthigh | rad/s |
/// | 3 | bshin | rad | 12 | bshin | rad/s |
/// | 4 | bfoot | rad | 13 | bfoot | rad/s |
/// | 5 | fthigh | rad | 14 | fthigh | rad/s |
/// | 6 | fshin | rad | 15 | fshin | rad/s |
/// | 7 | ffoot | rad | 16 | ffoot | rad/s |
public final class LocomotionEnvironment: RobotEnvironment, RowTaskEnvironment {
  /// The layout of the buffers.
  public let specification: EnvironmentSpecification
  /// The number of rows.
  public var count: Int { physics.count }
  private let physics: any RobotPhysics
  /// The robot of the task.
  var model: RobotModel { physics.model }
  private let settings: LocomotionSettings
  private let objective: LocomotionObjective
  private let watchesPose: Bool
  /// The bodies by task; nil where all tasks have the robot's own.
  private let variation: BodyVariation?
  private let secondsPerStep: Double
  private let actionRanges: [ClosedRange<Float>]
  /// The direction or the speed of each row's task.
  private var goals: [Double]
  private var bodies: ArraySlice<Double>?
  private var clocks: EpisodeClocks

  // Scratch for a step, allocated once.
  private var clippedActions: [Float]
  private var displacements: [Double]
  private var controlCosts: [Double]
  /// What a step pays for standing, [count, parts].
  private var bonuses: [Float]
  private let bonusCount: Int

  /// Creates an environment on top of an engine; `settings` must be valid.
  /// - Parameters:
  ///   - name: the name of the environment.
  ///   - physics: the engine that moves the robot.
  ///   - settings: the settings of reward, observation and reset.
  ///   - objective: what is rewarded, and what ends episodes.
  ///   - variation: the bodies of tasks; nil where all have the robot's own.
  public init(
    name: String, physics: any RobotPhysics, settings: LocomotionSettings, objective: LocomotionObjective = .init(),
    variation: BodyVariation? = nil
  ) {
    self.objective = objective
    self.variation = variation
    let secondsPerStep = Double(settings.physicsStepsPerAction) * physics.model.timeStep
    self.physics = physics
    self.settings = settings
    self.secondsPerStep = secondsPerStep
    specification = Self.specification(name: name, of: physics.model, settings: settings, objective: objective)
    clocks = EpisodeClocks(count: physics.count, horizon: settings.horizon)
    actionRanges = physics.model.motors.map(\.clippingRange)
    clippedActions = [Float](repeating: 0, count: physics.count * physics.model.motors.count)
    goals = [Double](repeating: 1, count: physics.count)
    displacements = [Double](repeating: 0, count: physics.count)
    controlCosts = [Double](repeating: 0, count: physics.count)
    bonusCount = objective.bonusNames.count
    bonuses = [Float](repeating: 0, count: physics.count * bonusCount)
    watchesPose = objective.watchesPose
  }

  /// Whether all rows have the robot's own bodies.
  public var takesTasksByRow: Bool { variation == nil }

  /// Starts episodes; see ``RowTaskEnvironment/reset(tasks:at:observations:)``.
  public func reset(tasks: [EnvironmentTask], at address: RandomAddress, observations: inout MutableSpan<Float>) {
    precondition(
      address.purpose == .environmentReset, "a reset from random numbers for \(address.purpose)")
    take(tasks)
    for row in 0..<count {
      var address = address
      address.episode += UInt32(row)
      var stream = address.stream
      physics.reset(row: row, to: firstState(from: &stream))
    }
    clocks.restart()
    observe(into: &observations)
  }

  /// Starts episodes of some rows; see ``RestartableEnvironment/restart(rows:at:observations:)``.
  public func restart(rows: [Int], at addresses: [RandomAddress], observations: inout MutableSpan<Float>) {
    for (row, address) in zip(rows, addresses) {
      var stream = address.stream
      physics.reset(row: row, to: firstState(from: &stream))
      clocks.restart(row: row)
    }
    observe(into: &observations)
  }

  /// Advances every row; see ``BatchedEnvironment/step(actions:observations:rewards:ends:)``.
  public func step(
    actions: Span<Float>, observations: inout MutableSpan<Float>, rewards: inout MutableSpan<Float>,
    ends: inout MutableSpan<EpisodeEnd>
  ) {
    precondition(actions.count == clippedActions.count, "\(actions.count) actions, not \(clippedActions.count)")
    precondition(rewards.count == count, "a buffer of \(rewards.count) rewards of \(count) rows")
    precondition(ends.count == count, "a buffer of \(ends.count) ends of \(count) rows")
    clip(actions)
    var room = displacements.mutableSpan
    physics.step(actions: clippedActions.span, physicsSteps: settings.physicsStepsPerAction, displacements: &room)
    observe(into: &observations)
    clocks.advance(&ends)
    for row in 0..<count { rewards[row] = speedReward(row) - Float(controlCosts[row]) }
    if watchesPose { watchPoses(observations.span, &rewards, &ends) }
  }

  private func observe(into observations: inout MutableSpan<Float>) {
    physics.observe(into: &observations)
    guard settings.observedVelocities < .infinity else { return }
    let (width, bound) = (observations.count / count, Float(settings.observedVelocities))
    let velocities = width - physics.model.joints.count
    for row in 0..<count {
      for index in row * width + velocities..<(row + 1) * width {
        observations[index] = min(max(observations[index], -bound), bound)
      }
    }
  }

  /// Adds what standing pays, and ends the episodes of robots that have fallen.
  private func watchPoses(
    _ observations: Span<Float>, _ rewards: inout MutableSpan<Float>, _ ends: inout MutableSpan<EpisodeEnd>
  ) {
    let width = observations.count / count
    for row in 0..<count {
      // A floating tree observes its height and its pitch first.
      let (height, pitch) = (observations[row * width], observations[row * width + 1])
      if objective.hasFallen(height: Double(height), pitch: Double(pitch)) { ends[row].insert(.terminated) }
      var part = row * bonusCount
      objective.forEachBonus(height: Double(height)) { bonus in
        bonuses[part] = Float(bonus)
        rewards[row] += Float(bonus)
        part += 1
      }
    }
  }

  /// Writes the parts of the rewards, [count, parts]: that of the speed, the control cost as a negative value, and what
  /// standing pays.
  public func readRewardParts(into parts: inout MutableSpan<Float>) {
    let width = 2 + bonusCount
    precondition(parts.count == width * count, "a buffer of \(parts.count) reward parts of \(count) x \(width)")
    for row in 0..<count {
      parts[width * row] = speedReward(row)
      parts[width * row + 1] = -Float(controlCosts[row])
      for part in 0..<bonusCount { parts[width * row + 2 + part] = bonuses[row * bonusCount + part] }
    }
  }

  /// Takes the directions or speeds of the rows' tasks, and the bodies, which must be those of all rows.
  private func take(_ tasks: [EnvironmentTask]) {
    let own = objective.speed == .forward ? 0 : 1
    let expected = own + (variation?.parameterCount ?? 0)
    precondition(tasks.count == count, "\(tasks.count) tasks of \(count) rows")
    for (row, task) in tasks.enumerated() {
      precondition(
        task.parameters.count == expected,
        "task \(task.name) has \(task.parameters.count) parameters, not \(expected)")
      if own > 0 { goals[row] = task.parameters[0] }
      precondition(
        objective.speed != .direction || abs(goals[row]) == 1,
        "task \(task.name) has the direction \(goals[row]), not 1 or -1")
    }
    guard let variation, let wanted = tasks.first?.parameters[own...] else { return }
    precondition(tasks.allSatisfy { $0.parameters[own...] == wanted }, "rows with bodies of their own")
    guard bodies != wanted else { return }
    bodies = wanted
    do {
      try physics.exchange(variation.model(wanted))
    } catch {
      preconditionFailure("a family with an engine that has no bodies by task: \(error)")
    }
  }

  /// Reads the state of a row.
  public func state(ofRow row: Int) -> RobotState {
    physics.state(ofRow: row)
  }

  /// The reason why the engine stopped a row; nil if it did not.
  public func fault(ofRow row: Int) -> String? {
    physics.fault(ofRow: row)
  }

  private func speedReward(_ row: Int) -> Float {
    switch objective.speed {
    case .direction: Float(goals[row] * displacements[row] / secondsPerStep)
    case .target: Float(-abs(displacements[row] / secondsPerStep - goals[row]))
    case .forward: Float(displacements[row] / secondsPerStep)
    }
  }

  private func firstState(from stream: inout RandomStream) -> RobotState {
    var state = RobotState(referenceOf: physics.model)
    let width = settings.resetPositionNoise
    for index in state.positions.indices {
      state.positions[index] +=
        settings.isPositionNoiseNormal ? width * stream.normal() : stream.uniform(in: -width...width)
    }
    let speed = settings.resetVelocityNoise
    for index in state.velocities.indices {
      state.velocities[index] =
        settings.isVelocityNoiseUniform ? stream.uniform(in: -speed...speed) : speed * stream.normal()
    }
    return state
  }

  /// Clips the actions and sums their costs.
  private func clip(_ actions: Span<Float>) {
    let (width, weight) = (actions.count / max(1, count), settings.controlCostWeight)
    let factor = Float(settings.actionFactor)
    clippedActions.withUnsafeMutableBufferPointer { clippedActions in
      controlCosts.withUnsafeMutableBufferPointer { controlCosts in
        for row in controlCosts.indices {
          var squares = 0.0
          for index in (row * width)..<((row + 1) * width) {
            let action = factor * actions[index]
            precondition(!action.isNaN, "action \(index - row * width) of row \(row) is not a number")
            let range = actionRanges[index - row * width]
            let clipped = min(max(action, range.lowerBound), range.upperBound)
            clippedActions[index] = clipped
            squares += Double(clipped) * Double(clipped)
          }
          controlCosts[row] = weight * squares
        }
      }
    }
  }

  /// The layout of the buffers of a robot's environment.
  static func specification(
    name: String, of model: RobotModel, settings: LocomotionSettings, objective: LocomotionObjective
  ) -> EnvironmentSpecification {
    EnvironmentSpecification(
      name: name, observations: observations(of: model, settings),
      actions: actions(of: model, factor: settings.actionFactor),
      rewardParts: ["forward", "control"] + objective.bonusNames, horizon: settings.horizon,
      secondsPerStep: Double(settings.physicsStepsPerAction) * model.timeStep)
  }

  private static func observations(
    of model: RobotModel, _ settings: LocomotionSettings
  ) -> [EnvironmentSpecification.Observation] {
    let joints = (0..<model.coordinateCount).map(model.observedName)
    let units = model.joints.map { $0.isSlide ? "m" : "rad" }
    let positions = zip(joints, units).map {
      EnvironmentSpecification.Observation(name: "position of \($0)", joint: $0, unit: $1)
    }
    let velocities = zip(joints, units).map {
      EnvironmentSpecification.Observation(
        name: "velocity of \($0)", joint: $0, unit: $1 + "/s", scale: settings.velocityScale,
        bound: settings.observedVelocities)
    }
    return positions.indices.filter { $0 != model.freeJoint }.map { positions[$0] } + velocities
  }

  private static func actions(of model: RobotModel, factor: Double) -> [EnvironmentSpecification.Action] {
    model.motors.map { motor in
      let joint = model.jointName(ofCoordinate: motor.joint)
      let isSlide = model.joints[motor.joint].isSlide
      let bounds = motor.actionRange ?? -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
      return EnvironmentSpecification.Action(
        name: "\(isSlide ? "force" : "torque") of \(motor.name ?? joint)", joint: joint, scale: factor * motor.gear,
        unit: isSlide ? "N" : "N m", bounds: bounds.lowerBound / factor...bounds.upperBound / factor)
    }
  }
}

extension RobotModel {
  /// The name of a coordinate in observations: a root that moves freely has x, z and pitch, whatever its joints are called.
  fileprivate func observedName(_ coordinate: Int) -> String {
    guard isFloatingTree, coordinate < 3 else { return jointName(ofCoordinate: coordinate) }
    let kind = joints[coordinate].isSlide ? coordinate == freeJoint ? "x" : "z" : "pitch"
    return "\(bodies[0].name ?? "root") \(kind)"
  }
}

extension RobotModel.Motor {
  /// The range to which actions are clipped.
  var clippingRange: ClosedRange<Float> {
    actionRange.map { Float($0.lowerBound)...Float($0.upperBound) } ?? -.infinity ... .infinity
  }
}
