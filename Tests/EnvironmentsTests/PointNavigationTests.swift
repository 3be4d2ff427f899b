import Parts
import RandomStreams
import Testing

@testable import Environments

/// Points in the plane, by the conventions of the sources.
@Suite struct PointNavigationTests {
  /// The observations, rewards and ends of a row that takes actions one after another.
  private func walk(
    _ convention: PointNavigationFamily.Convention, to goal: [Double], _ actions: [(Float, Float)],
    reward: PointNavigationFamily.RewardChoice = .convention
  ) throws -> (start: [Float], observations: [[Float]], rewards: [Float], ends: [EpisodeEnd]) {
    var family = PointNavigationFamily(convention)
    family.reward = reward
    let environment = try family.environments().environment(count: 1)
    var (observations, rewards, ends): ([Float], [Float], [EpisodeEnd]) = ([0, 0], [0], [[]])
    var room = observations.mutableSpan
    environment.reset(
      task: EnvironmentTask(name: "goal", parameters: goal), at: RandomAddress(seed: 1, purpose: .environmentReset),
      observations: &room)
    let start = observations
    let steps = actions.map { x, y in
      let action = [x, y]
      var room = observations.mutableSpan
      var earned = rewards.mutableSpan
      var ended = ends.mutableSpan
      environment.step(actions: action.span, observations: &room, rewards: &earned, ends: &ended)
      return (observations, rewards[0], ends[0])
    }
    return (start, steps.map(\.0), steps.map(\.1), steps.map(\.2))
  }

  private func near(_ found: [Float], _ expected: [Double]) -> Bool {
    // Float's rounding of numbers below 4.
    found.count == expected.count && zip(found, expected).allSatisfy { abs(Double($0) - $1) < 1e-6 }
  }

  /// Steps of 0.1 at most, from the origin; an episode ends within 0.01 of the goal on each axis.
  @Test func mamlEndsAtTheGoal() throws {
    let found = try walk(.maml, to: [0.3, 0.105], [(5, 0.5), (1, 0), (1, 0.5), (1, 0)])
    #expect(found.start == [0, 0])
    #expect(near(found.observations.flatMap { $0 }, [0.1, 0.05, 0.2, 0.05, 0.3, 0.1, 0.4, 0.1]))
    let distances = [(0.2, 0.055), (0.1, 0.055), (0, 0.005), (0.1, 0.005)].map { ($0 * $0 + $1 * $1).squareRoot() }
    #expect(near(found.rewards, distances.map { -$0 }))
    #expect(found.ends == [[], [], .terminated, []])
  }

  /// PEARL's starts are as far apart as its goals, and nothing ends before 20 steps.
  @Test func pearlGoesOnAtTheGoal() throws {
    let environment = try PointNavigationFamily(.pearl).environments().environment(count: 200)
    var observations = [Float](repeating: 0, count: 400)
    var room = observations.mutableSpan
    environment.reset(
      task: EnvironmentTask(name: "goal", parameters: [0, 0]), at: RandomAddress(seed: 1, purpose: .environmentReset),
      observations: &room)
    #expect(
      observations.allSatisfy { abs($0) < 1 } && observations.contains { $0 > 0.9 }
        && observations.contains { $0 < -0.9 })
    let found = try walk(.pearlSparse, to: [0, 0], Array(repeating: (0, 0), count: 20))
    #expect(found.ends.dropLast().allSatisfy { $0 == [] } && found.ends[19] == .truncated)
  }

  /// 1 - distance within 0.2 of the goal; PEARL trains on the dense reward, and tests on the sparse one.
  @Test func sparseRewardsAreNearTheGoalAlone() throws {
    let actions: [(Float, Float)] = Array(repeating: (1, 0), count: 9)
    let found = try walk(.varibad, to: [0.95, 0], actions)
    #expect(near(found.rewards, [0, 0, 0, 0, 0, 0, 0, 0.85, 0.95]))
    let dense = try walk(.pearlSparse, to: [0.95, 0], actions)
    #expect(near(dense.rewards, (1...9).map { -0.95 + 0.1 * Double($0) }))
    let sparse = try walk(.pearlSparse, to: [0.95, 0], actions, reward: .sparse)
    #expect(near(sparse.rewards, found.rewards.map(Double.init)))
  }

  /// Progress pays outside of the L1 radius 0.5, where the goal's corner is the nearest.
  @Test func cornersPayProgress() throws {
    let found = try walk(.promp, to: [2, 2], [(1, 1), (1, 1), (1, -1), (-9, -9), (-1, -1), (-1, -1), (-1, -1)])
    #expect(found.start.allSatisfy { abs($0) <= 0.2 })
    let points = [found.start] + found.observations
    for (index, reward) in found.rewards.enumerated() {
      let (before, after) = (points[index].map(Double.init), points[index + 1].map(Double.init))
      func distance(_ point: [Double]) -> Double {
        ((point[0] - 2) * (point[0] - 2) + (point[1] - 2) * (point[1] - 2)).squareRoot()
      }
      let pays = after[0] > 0 && after[1] > 0 && after[0] + after[1] >= 0.5
      #expect(abs(Double(reward) - (pays ? distance(before) - distance(after) : 0)) < 1e-6)
    }
    #expect(found.rewards[1] > 0.2 && found.rewards.last == 0)
    #expect(PointNavigationFamily(.promp).tasks.tasks.count == 4 && PointNavigationFamily(.promp).groups.count == 4)
    #expect(!PointNavigationFamily(.promp).hasNewTasks && PointNavigationFamily(.promp).tasksBeyond == nil)
  }

  @Test func fixedSetsAreTheSameInEveryRunAndApart() {
    let (training, test) = (PointNavigationFamily(.pearl).tasks.tasks, PointNavigationFamily(.pearl).testTasks.tasks)
    #expect(training.count == 80 && test.count == 20)
    #expect(training == PointNavigationFamily(.pearl).tasks.tasks)
    #expect(Set((training + test).map(\.parameters)).count == 100)
    #expect(PointNavigationFamily(.pearl).validationTasks.tasks.isEmpty)
    #expect(
      Set(training.map(\.name)).count == 80 && PointNavigationFamily(.pearl).groups.isEmpty
        && PointNavigationFamily(.pearl).hasNewTasks)
    var endless = PointNavigationFamily(.pearl)
    endless.counts = FixedTaskCounts(training: 0, test: 3)
    #expect(endless.tasks.tasks.isEmpty && endless.testTasks.tasks.count == 3)
  }

  @Test func goalsBeyondAreOutsideOfTheDistribution() throws {
    var stream = RandomAddress(seed: 1, purpose: .test).stream
    for convention in PointNavigationFamily.Convention.allCases where convention != .promp {
      let family = PointNavigationFamily(convention)
      let beyond = try #require(family.tasksBeyond)
      for _ in 0..<200 {
        let (own, other) = (family.tasks.sample(from: &stream).parameters, beyond.sample(from: &stream).parameters)
        switch convention.definition.goals {
        case .square(let width):
          #expect(own.allSatisfy { abs($0) <= width } && other.contains { abs($0) > width })
        case .halfCircle:
          #expect(own[1] >= 0 && other[1] <= 0)
          #expect(abs(other[0] * other[0] + other[1] * other[1] - 1) < 1e-12)
        case .corners: Issue.record("corners have no others")
        }
      }
    }
  }
}
