import ArgumentParser
import Environments
import Foundation
import Parts
import Runs
import Tables

/// The command `metarl robot`, which prints a robot's description and simulates its motion.
struct RobotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "robot", abstract: "Show what was read of a robot, or how it moves.",
    discussion: """
      Shows bodies, masses, centres, inertias, joints, limits and motors of a planar MJCF file, and which engines move \
      the robot. With --steps it is moved instead, and every physics step is a row of a table with time, qpos_NAME and \
      qvel_NAME in MuJoCo's order and signs, to be laid beside MuJoCo's own.
      """)

  @Argument(
    help: ArgumentHelp("A robot in the planar subset of MJCF.", valueName: "file.xml"),
    completion: .file(extensions: ["xml"]))
  var file: String

  @Flag(help: "Print an object.")
  var json = false

  @Option(help: ArgumentHelp("Move the robot by so many physics steps.", valueName: "n"))
  var steps: String?

  @Option(
    help: ArgumentHelp(
      "The engine that moves it: auto, box2d or lanes; box2d if not given and it can, else lanes.",
      valueName: "engine"))
  var physics: String?

  @Option(
    help: ArgumentHelp(
      "Where it starts: a JSON object with positions and velocities; the reference pose at rest if not given.",
      valueName: "file.json"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "Actions: a row a physics step, a column a motor, the last row holding on; none if not given.",
      valueName: "file.csv"))
  var actions: String?

  @Option(help: ArgumentHelp("Table to write; standard output if not given.", valueName: "file.csv"))
  var output: String?

  func run() throws {
    let model: RobotModel
    do {
      model = try RobotModel(contentsOf: file)
    } catch {
      throw UserError(lines: error.lines, status: error.isUnreadable ? .missingInput : .malformedData)
    }
    guard let steps = try NumberOption.read("--steps", steps, in: 1...10_000_000) else {
      try refuseOptionsOfMotion()
      return try describe(model)
    }
    guard !json else { throw UserError("--json: expected no --steps beside it, found both", status: .usage) }
    try move(model, steps: steps)
  }

  private func refuseOptionsOfMotion() throws(UserError) {
    let given = [("physics", physics), ("state", state), ("actions", actions), ("output", output)]
    for (name, value) in given where value != nil {
      throw UserError("--\(name): expected --steps beside it, found none", status: .usage)
    }
  }

  // MARK: - Description of a robot

  private func describe(_ model: RobotModel) throws {
    let description = RobotDescription(of: model)
    Console.printLine(json ? try JSONText.encode(description) : RobotText(description).text)
  }

  // MARK: - Motion of a robot

  private func move(_ model: RobotModel, steps: Int) throws {
    let kinds = PhysicsKind.allCases.map(\.rawValue)
    guard let kind = physics.map(PhysicsKind.init(rawValue:)) ?? PhysicsKind.usual(for: model) else {
      throw UserError.unknownName("engine", physics ?? "", known: kinds, prefix: "--physics: ")
    }
    let start = try state.map { path throws(UserError) in try RobotStateFile.read(path, of: model) }
    let actions = try actions.map { path throws(UserError) in try readActions(path, of: model) }
    let trajectory: Trajectory
    do {
      trajectory = try Trajectory(
        of: model, on: kind, from: start ?? RobotState(referenceOf: model), actions: actions ?? [], steps: steps)
    } catch {
      throw UserError("\(error)", status: .malformedData)
    }
    let lines = [trajectory.columns] + trajectory.rows.map { $0.map { "\($0)" } }
    let text = lines.map { TextTable.line($0) + "\n" }.joined()
    if let output { try StoredFile.write(Array(text.utf8), to: output) } else { Console.write(text) }
    if let fault = trajectory.fault {
      throw UserError("step \(trajectory.rows.count + 1): \(fault)", status: .malformedData)
    }
  }

  /// Returns the rows of a file of numbers, one number for each motor, with or without a heading.
  private func readActions(_ path: String, of model: RobotModel) throws(UserError) -> [[Double]] {
    let table: TextTable
    do {
      table = try TextTable(try StoredFile.read(path, limit: 1 << 30))
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError("\(path): \(error)", status: .malformedData)
    }
    var rows: [[Double]] = []
    for (index, row) in table.rows.enumerated() {
      let numbers = row.fields.map(Self.decimal)
      // A first row of words is a heading; "nan" and "0x10" are numbers, though not ones that an action may have.
      let isHeading = index == 0 && row.fields.allSatisfy { Double($0.trimmingCharacters(in: .whitespaces)) == nil }
      if isHeading, row.fields.count == model.motors.count { continue }
      guard numbers.count == model.motors.count, !numbers.contains(nil) else {
        throw UserError(
          "\(path):\(row.line): expected \(model.motors.count.counted("number")), one for each motor, found '\(row.excerpt)'",
          status: .malformedData)
      }
      rows.append(numbers.compactMap { $0 })
    }
    guard !rows.isEmpty else {
      throw UserError("\(path): expected a row of actions at least, found none", status: .malformedData)
    }
    return rows
  }

  /// Returns a finite decimal number, with or without surrounding spaces; nil for anything else, such as "0x10" and "nan".
  private static func decimal(_ field: String) -> Double? {
    let text = field.trimmingCharacters(in: .whitespaces)
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text), number.isFinite
    else { return nil }
    return number
  }
}
