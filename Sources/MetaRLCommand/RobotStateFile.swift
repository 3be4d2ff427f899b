import Environments
import Foundation
import Parts
import Runs

/// A robot's positions and velocities as JSON: `{"positions": [...], "velocities": [...]}`, in MuJoCo's order and signs.
enum RobotStateFile {
  private static let keys = ["positions", "velocities"]

  /// Reads a state; positions that the file lacks are those of the reference pose, and velocities 0.
  /// - Throws: `UserError` where the file is not such an object, or has other keys or other counts than the robot's.
  static func read(_ path: String, of model: RobotModel) throws(UserError) -> RobotState {
    let bytes = try StoredFile.read(path, limit: 1 << 20)
    guard let object = try? JSONDecoder().decode([String: [Double]].self, from: Data(bytes)) else {
      throw UserError(
        "\(path): expected a JSON object with positions and velocities, each an array of numbers, found something else",
        status: .malformedData)
    }
    for key in object.keys.sorted() where !keys.contains(key) {
      throw UserError.unknownName("key", key, known: keys, prefix: "\(path): ", status: .malformedData)
    }
    func numbers(_ key: String) throws(UserError) -> [Double] {
      let reference = RobotState(referenceOf: model)
      guard let numbers = object[key] else { return key == keys[0] ? reference.positions : reference.velocities }
      guard numbers.count == model.coordinateCount else {
        throw UserError(
          "\(path): \(key): expected \(model.coordinateCount.counted("number")) (\(names(of: model))), found \(numbers.count)",
          status: .malformedData)
      }
      guard let wrong = numbers.first(where: { !(abs($0) <= greatest) }) else { return numbers }
      throw UserError(
        "\(path): \(key): expected numbers within \(Int(greatest)), found \(wrong)", status: .malformedData)
    }
    return RobotState(positions: try numbers("positions"), velocities: try numbers("velocities"))
  }

  /// The largest absolute value of a position or velocity, in metres and radians (per second): beyond it single precision
  /// loses millimetres.
  private static let greatest = 3_000.0

  private static func names(of model: RobotModel) -> String {
    (0..<model.coordinateCount).map(model.jointName).joined(separator: ", ")
  }
}
