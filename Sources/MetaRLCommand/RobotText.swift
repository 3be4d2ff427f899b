import Environments
import Foundation

/// The description of a robot as tables for people.
struct RobotText {
  let text: String

  init(_ robot: RobotDescription) {
    let heading =
      "\(robot.name): \(Self.number(robot.mass)) kg, a time step of \(Self.number(robot.timeStep)) s, gravity "
      + "\(Self.number(robot.gravity)) m/s^2"
    text =
      ([heading, ""]
      + Self.table(
        "bodies", ["parent", "mass, kg", "center x, m", "center z, m", "inertia, kg m^2"],
        robot.bodies.map { body in
          [body.name, body.parent ?? "-"] + ([body.mass] + body.center + [body.inertia]).map(Self.number)
        })
      + Self.table(
        "joints",
        ["body", "type", "axis", "armature", "damping", "stiffness", "range, rad", "solref, solimp of limits"],
        robot.joints.map { joint in
          [joint.name, joint.body, joint.type.rawValue, joint.axis.map(Self.number).joined(separator: " ")]
            + [joint.armature, joint.damping, joint.stiffness].map(Self.number)
            + [joint.range.map { $0.map(Self.number).joined(separator: " to ") } ?? "-"]
            + [joint.limit.map(Self.softness) ?? "-"]
        })
      + Self.table(
        "geoms", ["body", "end x z, m", "end x z, m", "radius, m", "friction", "solref, solimp"],
        robot.geoms.map { geom in
          [geom.name ?? "-", geom.body] + geom.ends.map { $0.map(Self.number).joined(separator: " ") }
            + [Self.number(geom.radius), geom.touchesGround ? Self.number(geom.friction) : "touches nothing"]
            + [Self.softness(geom.contact)]
        })
      + Self.table(
        "motors", ["joint", "gear, N m"], robot.motors.map { [$0.name, $0.joint, Self.number($0.gear)] })
      + ["engines"] + robot.engines.map { "  \($0.name): " + ($0.reason.map { "no: \($0)" } ?? "moves it") })
      .joined(separator: "\n")
  }

  private static func softness(_ softness: RobotDescription.Softness) -> String {
    [softness.solref, softness.solimp].map { $0.map(number).joined(separator: " ") }.joined(separator: ", ")
  }

  private static func number(_ value: Double) -> String { String(format: "%.6g", value) }

  /// Returns lines of cells under a heading, each column as wide as its widest cell.
  private static func table(_ name: String, _ columns: [String], _ rows: [[String]]) -> [String] {
    let lines = [[name] + columns] + rows.map { ["  " + $0[0]] + $0.dropFirst() }
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      return cells.joined(separator: "  ").replacing(/\ +$/, with: "")
    } + [""]
  }
}
