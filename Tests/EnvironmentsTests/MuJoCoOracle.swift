import Foundation

/// What MuJoCo 4.0 makes of Gymnasium's HalfCheetah: positions x, z, pitch and six joints, z measured from 0.7 m.
struct MuJoCoOracle: Decodable {
  struct FreeFlight: Decodable {
    var position: [Double]
    var velocity: [Double]
    /// [steps, motors].
    var actions: [[Float]]
    /// After each action, [steps, coordinates].
    var positions: [[Double]]
    var velocities: [[Double]]
  }

  struct Rest: Decodable {
    var position: [Double]
  }

  /// Statistics of 400 episodes of 100 steps from the environment's starts under uniform actions, the first 20 left out.
  struct RandomActions: Decodable {
    var steps: Int
    var quantiles: [Double]
    /// [coordinates, quantiles].
    var positionQuantiles: [[Double]]
    var velocityQuantiles: [[Double]]
  }

  var freeFlight: [FreeFlight]
  var rest: Rest
  var randomActions: RandomActions

  static func read() throws -> MuJoCoOracle {
    guard let file = Bundle.module.url(forResource: "half_cheetah", withExtension: "json") else {
      throw CocoaError(.fileNoSuchFile)
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(MuJoCoOracle.self, from: Data(contentsOf: file))
  }
}
