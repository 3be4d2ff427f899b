public import Scenes

/// An environment whose rows can be drawn.
public protocol DrawnEnvironment: BatchedEnvironment {
  /// Whether a view moves along with what it shows.
  var isFollowed: Bool { get }
  /// What a row looks like now.
  func scene(ofRow row: Int) -> Scene
}

extension LocomotionEnvironment: DrawnEnvironment {
  public var isFollowed: Bool { model.freeJoint != nil }

  public func scene(ofRow row: Int) -> Scene { model.scene(in: state(ofRow: row)) }
}

extension PointNavigation: DrawnEnvironment {
  var isFollowed: Bool { false }

  func scene(ofRow row: Int) -> Scene {
    let place = Place(x: positions[row][0], y: positions[row][1])
    return Scene(
      limbs: [Scene.Limb(from: place, to: place, radius: Self.radius, body: 0)], focus: place,
      goal: Place(x: goals[row][0], y: goals[row][1]))
  }

  /// The radius of the disc that stands for a point, in metres.
  private static let radius = 0.02
}

extension RobotModel {
  /// The robot's capsules in a state, with the ground.
  func scene(in state: RobotState) -> Scene {
    let frames = frames(at: state.positions)
    func place(_ vector: Vector, of frame: Frame) -> Place {
      let world = frame.origin + vector.turned(by: Rotation(angle: frame.pitch))
      return Place(x: world.x, y: world.z)
    }
    let limbs = bodies.enumerated().flatMap { index, body in
      let frame = frames[body.joint]
      // What has another shape is drawn by where its mass is, and how far from there.
      guard !body.capsules.isEmpty else {
        let (joint, center) = (place(.zero, of: frame), place(body.centerOfMass, of: frame))
        let radius = (body.inertia / body.mass).squareRoot()
        return [Scene.Limb(from: joint, to: center, radius: radius / 2, body: index)]
      }
      return body.capsules.map { capsule in
        let ends = capsule.ends.map { place($0, of: frame) }
        return Scene.Limb(from: ends[0], to: ends[1], radius: capsule.radius, body: index)
      }
    }
    // Limbs of later bodies lie behind the trunk.
    return Scene(
      limbs: limbs.reversed(), focus: place(bodies[0].centerOfMass, of: frames[bodies[0].joint]), ground: ground?.height
    )
  }
}
