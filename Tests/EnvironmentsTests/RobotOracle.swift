import Foundation

@testable import Environments

/// What MuJoCo makes of robots that are not the half-cheetah; `scripts/peers/robot_motions.py` writes the file.
struct RobotOracle: Decodable {
  /// Under a constant action, 300 m above the ground.
  struct Motion: Decodable {
    var name: String
    var xml: String
    var action: [Float]
    var steps: Int
    /// The largest speed of a joint on the way, in rad/s.
    var fastest: Double
    /// Joints at the end.
    var angles: [Double]
    var speeds: [Double]

  }

  /// Episodes of 100 uniform actions of five steps, from the starts of `cheetah-dir`.
  struct Walk: Decodable {
    var name: String
    var xml: String
    var episodes: Int
    /// Of the returns, sums of speeds along x.
    var mean: Double
    var deviation: Double
    var largest: Double
    /// In rad/s.
    var fastest: Double
    /// 5%, 50% and 95% of every coordinate but x.
    var quantiles: [[Double]]
  }

  var motions: [Motion]
  var walks: [Walk]

  static func read() throws -> RobotOracle {
    guard let file = Bundle.module.url(forResource: "robots", withExtension: "json") else {
      throw CocoaError(.fileNoSuchFile)
    }
    return try JSONDecoder().decode(RobotOracle.self, from: Data(contentsOf: file))
  }
}
