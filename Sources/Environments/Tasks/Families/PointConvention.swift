import RandomStreams

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// A definition of point navigation by one source.
struct PointConvention: Hashable, Sendable {
  /// The distribution of the goals.
  enum Goals: Hashable, Sendable {
    /// Uniform over the square of so many metres from the origin to each side.
    case square(halfWidth: Double)
    /// Uniform over the upper half of the unit circle.
    case halfCircle
    /// The four corners of the square of so many metres from the origin to each side.
    case corners(halfWidth: Double)
  }

  /// The reward of a step.
  enum Reward: Hashable, Sendable {
    /// Minus the distance to the goal after the step.
    case distance
    /// 1 less the distance where it is at most the radius, else 0.
    case nearness(radius: Double)
    /// The distance gained, where the point is outside of the L1 radius of the origin and no other corner is nearer.
    case progress(outside: Double)
  }

  var source: String
  var goals: Goals
  var reward: Reward
  /// Half the width of the square around the origin that episodes start in, in metres.
  var startHalfWidth: Double
  /// The length of an action of 1, in metres.
  var stepLength: Double
  /// The distance from the goal on each axis within which an episode ends, in metres; nil where none ends.
  var endDistance: Double?
  var horizon: Int
  /// The numbers of fixed goals, where there are endlessly many.
  var counts = FixedTaskCounts()
}

extension PointConvention {
  static let maml = PointConvention(
    source: "Finn, Abbeel, Levine 2017, and its code, whose actions are normalized", goals: .square(halfWidth: 0.5),
    reward: .distance, startHalfWidth: 0, stepLength: 0.1, endDistance: 0.01, horizon: 100)
  static let pearl = PointConvention(
    source: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), point-robot of its code", goals: .square(halfWidth: 1),
    reward: .distance, startHalfWidth: 1, stepLength: 0.1, endDistance: nil, horizon: 20,
    counts: FixedTaskCounts(training: 80, test: 20))
  static let pearlSparse = PointConvention(
    source: "Rakelly, Zhou, Quillen, Finn, Levine 2019 (PEARL), section 6.3, and sparse-point-robot of its code",
    goals: .halfCircle, reward: .distance, startHalfWidth: 0, stepLength: 0.1, endDistance: nil, horizon: 20,
    counts: FixedTaskCounts(training: 80, test: 20))
  static let varibad = PointConvention(
    source: "Zintgraf, Shiarlis, Igl, Schulze, Gal, Hofmann, Whiteson 2020 (VariBAD), sparse point robot of its code",
    goals: .halfCircle, reward: .nearness(radius: sparseRadius), startHalfWidth: 0, stepLength: 0.1, endDistance: nil,
    horizon: 100)
  static let promp = PointConvention(
    source: "Rothfuss, Lee, Clavera, Asfour, Abbeel 2019 (ProMP), MetaPointEnvCorner of its code",
    goals: .corners(halfWidth: 2), reward: .progress(outside: 0.5), startHalfWidth: 0.2, stepLength: 0.2,
    endDistance: nil, horizon: 100)

  /// The radius of the sparse rewards of PEARL and VariBAD.
  static let sparseRadius = 0.2
}

extension PointConvention {
  /// The tasks of a set: all where there are finitely many, and the fixed ones or draws without end otherwise.
  func tasks(_ set: EnvironmentTasks.FixedSet) -> EnvironmentTasks {
    goals.all.isEmpty ? counts.tasks(set) { goals.draw(from: &$0) } : newTasks
  }

  /// The tasks without a fixed set.
  var newTasks: EnvironmentTasks { EnvironmentTasks(tasks: goals.all) { goals.draw(from: &$0) } }
}

// The tasks, and what a card says.
extension PointConvention.Goals {
  /// The tasks where there are finitely many; empty otherwise.
  var all: [EnvironmentTask] {
    guard case .corners(let width) = self else { return [] }
    return [
      EnvironmentTask(name: "northeast", parameters: [width, width]),
      EnvironmentTask(name: "northwest", parameters: [-width, width]),
      EnvironmentTask(name: "southwest", parameters: [-width, -width]),
      EnvironmentTask(name: "southeast", parameters: [width, -width]),
    ]
  }

  /// Draws a task.
  func draw(from stream: inout RandomStream) -> EnvironmentTask {
    switch self {
    case .square(let width): goal(stream.uniform(in: -width...width), stream.uniform(in: -width...width))
    case .halfCircle: Self.circle(angle: stream.uniform(in: 0...Double.pi))
    case .corners: all[stream.index(below: all.count)]
    }
  }

  /// Draws a task outside of the distribution, where the convention has room for one.
  var beyond: (@Sendable (inout RandomStream) -> EnvironmentTask)? {
    switch self {
    case .square(let width):
      return { stream in
        while true {
          let (x, y) = (stream.uniform(in: -2 * width...2 * width), stream.uniform(in: -2 * width...2 * width))
          if max(abs(x), abs(y)) > width { return goal(x, y) }
        }
      }
    case .halfCircle: return { Self.circle(angle: $0.uniform(in: Double.pi...2 * Double.pi)) }
    case .corners: return nil
    }
  }

  private static func circle(angle: Double) -> EnvironmentTask { goal(cos(angle), sin(angle)) }

  var text: String {
    switch self {
    case .square(let width): "goals from U(-\(width), \(width))^2"
    case .halfCircle: "goals on the upper half of the unit circle, by a uniform angle"
    case .corners(let width): "goals (+-\(width), +-\(width)), each equally likely"
    }
  }

  var beyondText: String? {
    switch self {
    case .square(let width): "goals from U(-\(2 * width), \(2 * width))^2 outside of that square"
    case .halfCircle: "goals on the lower half of the unit circle"
    case .corners: nil
    }
  }
}

private func goal(_ x: Double, _ y: Double) -> EnvironmentTask { EnvironmentTask(name: "goal", parameters: [x, y]) }

extension PointConvention.Reward {
  /// The reward of a step.
  /// - Parameter rivals: the goals of the other tasks, where there are finitely many.
  func value(from before: SIMD2<Double>, to after: SIMD2<Double>, goal: SIMD2<Double>, rivals: [SIMD2<Double>])
    -> Double
  {
    let distance = (after - goal).length
    switch self {
    case .distance: return -distance
    case .nearness(let radius): return distance <= radius ? 1 - distance : 0
    case .progress(let radius):
      guard abs(after[0]) + abs(after[1]) >= radius, rivals.allSatisfy({ (after - $0).length >= distance }) else {
        return 0
      }
      return (before - goal).length - distance
    }
  }

  var text: String {
    switch self {
    case .distance: "minus the distance to the goal"
    case .nearness(let radius): "1 - distance within \(radius) of the goal, else 0"
    case .progress(let radius):
      "the distance gained, outside of the L1 radius \(radius) and where no other corner is nearer, else 0"
    }
  }
}

extension SIMD2<Double> {
  fileprivate var length: Double { (self[0] * self[0] + self[1] * self[1]).squareRoot() }
}

extension PointConvention {
  var startText: String { startHalfWidth == 0 ? "the origin" : "U(-\(startHalfWidth), \(startHalfWidth))^2" }
  var endText: String { endDistance.map { "within \($0) of the goal on each axis" } ?? "none" }
}
