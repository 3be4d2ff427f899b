import RandomStreams

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Robots that differ from one another in masses, inertias, dampings and frictions by factors, which are a task's parameters.
///
/// The factors are powers of a base with uniform exponents, as in the environments of random parameters of Rothfuss et al.,
/// "ProMP" (2019), and Rakelly et al., "PEARL" (2019).
public struct BodyVariation: Sendable {
  private let robot: RobotModel
  /// The base of the factors of masses, inertias and frictions.
  private static let base = 1.5
  /// The base of the factors of dampings.
  private static let dampingBase = 1.3
  /// The exponents are uniform from minus this to this.
  static let greatestExponent = 3.0

  /// Creates variations of a robot.
  public init(of robot: RobotModel) { self.robot = robot }

  /// The number of factors: masses and inertias of the bodies, dampings of the joints, frictions of the shapes and the ground.
  public var parameterCount: Int { 2 * robot.bodies.count + robot.joints.count + frictionCount }

  private var frictionCount: Int { robot.bodies.reduce(1) { $0 + $1.capsules.count } }

  /// Draws factors.
  /// - Parameter exponents: the range of the exponents.
  func draw(from stream: inout RandomStream, exponents: ClosedRange<Double> = -greatestExponent...greatestExponent)
    -> [Double]
  {
    (0..<parameterCount).map { index in
      let isDamping = (2 * robot.bodies.count..<2 * robot.bodies.count + robot.joints.count).contains(index)
      return pow(isDamping ? Self.dampingBase : Self.base, stream.uniform(in: exponents))
    }
  }

  /// The robot with the factors of a task.
  func model(_ factors: ArraySlice<Double>) -> RobotModel {
    precondition(factors.count == parameterCount, "\(factors.count) factors, not \(parameterCount)")
    var model = robot
    var rest = factors
    func next() -> Double { rest.removeFirst() }
    for body in model.bodies.indices { model.bodies[body].mass *= next() }
    for body in model.bodies.indices { model.bodies[body].inertia *= next() }
    for joint in model.joints.indices { model.joints[joint].damping *= next() }
    for body in model.bodies.indices {
      for capsule in model.bodies[body].capsules.indices {
        model.bodies[body].capsules[capsule].surface.friction *= next()
      }
    }
    let ground = next()
    model.ground?.surface.friction *= ground
    model.measureJoints()
    return model
  }
}
