import Environments
import Experiments
import Foundation

/// A robot's positions and velocities as JSON: `{"positions": [...], "velocities": [...]}`, in MuJoCo's order and signs.
enum RobotStateFile {
  private static let keys = ["positions", "velocities"]

  /// Reads a state; what of the two is not given is zero.
  /// - Throws: `UserError` where the file is no such object, has other keys or other counts than the robot's.
  static func read(_ path: String, of model: RobotModel) throws(UserError) -> RobotState {
    let bytes = try StoredFile.read(path, limit: 1 << 20)
    guard let value = try? JSONSerialization.jsonObject(with: Data(bytes)), let object = value as? [String: Any] else {
      throw UserError(
        "\(path): expected a JSON object with positions and velocities, found something else", status: .malformedData)
    }
    for key in object.keys.sorted() where !keys.contains(key) {
      throw UserError.unknownName("key", key, known: keys, prefix: "\(path): ", status: .malformedData)
    }
    func numbers(_ key: String) throws(UserError) -> [Double] {
      guard let given = object[key] else { return RobotState(referenceOf: model).positions }
      guard let numbers = given as? [Double], numbers.count == model.coordinateCount,
        numbers.allSatisfy({ abs($0) <= 1e6 })
      else {
        let count = (given as? [Any]).map { "\($0.count) values" } ?? "no array"
        throw UserError(
          "\(path): \(key): expected \(model.coordinateCount) numbers within 1e6 (\(names(of: model))), found \(count)",
          status: .malformedData)
      }
      return numbers
    }
    return RobotState(positions: try numbers("positions"), velocities: try numbers("velocities"))
  }

  private static func names(of model: RobotModel) -> String {
    (0..<model.coordinateCount).map(model.jointName).joined(separator: ", ")
  }
}
