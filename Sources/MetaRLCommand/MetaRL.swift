import ArgumentParser
import Foundation
import Parts
import Ranks
@_exported public import Runs
import TensorCore
@_exported public import Training

/// The whole command line as a library: a user's program has all of it, with parts added.
public enum MetaRL {
  /// The parts that runs of this program can be made of.
  @TaskLocal static var catalog = Catalog.standard

  /// Runs the program with the arguments of the process, and ends the process.
  ///
  /// Faults of the parts, such as two parts of one name, are faults of the program: each is written to standard error in
  /// one line, and the exit status is 70.
  /// - Parameter additions: the parts that the program adds to the standard ones.
  public static func main(adding additions: Catalog.Addition...) -> Never {
    // A file that may not grow, or a reader that has gone, is then an error of the write, reported in one line.
    for number in [SIGXFSZ, SIGPIPE] { signal(number, SIG_IGN) }
    let arguments = CommandLine.arguments
    let name = arguments.first?.split(separator: "/").last.map(String.init) ?? ProgramName.current
    let status = ProgramName.$current.withValue(name) {
      Interruption.prepare()
      Console.openClosedStreams()
      if let launch = RankLaunch(environment: ProcessInfo.processInfo.environment) {
        return RankedProgram(launch).status(of: Array(arguments.dropFirst()), adding: additions)
      }
      return Self.status(of: Array(arguments.dropFirst()), adding: additions, tell: Console.printError)
    }
    Foundation.exit(status)
  }

  /// Runs the program and returns its exit status.
  /// - Parameter tell: receives each fault of the additions as one line.
  static func status(of arguments: [String], adding additions: [Catalog.Addition], tell: (String) -> Void) -> Int32 {
    let catalog = Catalog.standard.adding(additions)
    // The tests check the standard parts.
    let faults = additions.isEmpty ? [] : catalog.faults
    for fault in faults { tell(fault.message) }
    if let fault = faults.first { return fault.status.rawValue }
    return $catalog.withValue(catalog) { RootCommand.status(of: arguments) }
  }
}

/// The root command, which parses, runs a subcommand, and reports every fault as one line and an exit status of sysexits.h.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: ProgramName.current,
    abstract: "Trains policies that adapt to a new task in a few gradient steps, and shows that they do.",
    version: "metarl \(ProgramVersion.text)",
    subcommands: [
      List.self, Train.self, Sweep.self, Search.self, RunsCommand.self, Evaluate.self, Compare.self, Export.self,
      Report.self,
      Render.self,
      Adapt.self,
      Replay.self,
      Reproduce.self,
      Bench.self,
      DataCommand.self, TaskCommand.self,
      RobotCommand.self,
    ])

  /// Runs the program with its arguments and returns its exit status.
  static func status(of arguments: [String]) -> Int32 {
    do {
      var command = try parse(arguments)
      if let level = KernelChoice.unknownLevel {
        throw UserError(
          "METARL_LEVEL: expected one of \(KernelChoice.levels.joined(separator: ", ")), found '\(level)'",
          status: .usage)
      }
      try OpenFiles.makeRoom()
      try command.run()
      // The lines that a training prints are not results.
      if !(command is Train || command is Sweep), let fault = Console.resultFault { throw fault }
      return 0
    } catch {
      switch ending(by: error) {
      case .told(let status): return status
      case .help(let text):
        Console.printLine(text)
        return 0
      case .fault(let line, let status):
        Console.printError(line)
        (error as? UserError)?.further.forEach(Console.printError)
        return status.rawValue
      }
    }
  }

  /// Returns the command that the arguments select.
  static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    if let first = arguments.first { try checkSubcommand(first) }
    return try parseAsRoot(joiningNegativeNumbers(arguments))
  }

  /// Returns the arguments with `--seed -1` as `--seed=-1`: the parser takes an argument that begins with a dash for an
  /// option and says that a value is missing, where the option itself says which values it accepts.
  private static func joiningNegativeNumbers(_ arguments: [String]) -> [String] {
    var joined: [String] = []
    for (index, argument) in arguments.enumerated() {
      if arguments[..<index].contains("--") {
        joined.append(argument)
      } else if let option = joined.last, option.hasPrefix("--"), !option.contains("="), isNegativeNumber(argument) {
        joined[joined.count - 1] = "\(option)=\(argument)"
      } else {
        joined.append(argument)
      }
    }
    return joined
  }

  private static func isNegativeNumber(_ text: String) -> Bool {
    text.hasPrefix("-") && text.dropFirst().first.map { $0.isNumber || $0 == "." } == true
  }

  /// The way in which the program ends with an error.
  enum Ending {
    /// The error has already been reported.
    case told(status: Int32)
    /// The user asked for help.
    case help(String)
    /// The error is reported in one line.
    case fault(String, UserError.Status)
  }

  /// Returns the way in which the program ends with an error.
  static func ending(by error: any Error) -> Ending {
    switch error {
    case let error as UserError: return .fault(error.message, error.status)
    case let code as ExitCode: return .told(status: code.rawValue)
    case _ where exitCode(for: error) == .success: return .help(fullMessage(for: error))
    default:
      let isUsage = exitCode(for: error).rawValue == ExitCode.validationFailure.rawValue
      return .fault(firstLine(of: message(for: error)), isUsage ? .usage : .internalFault)
    }
  }

  /// Checks the name of a subcommand and suggests the nearest one, since the parser takes an unknown name for a surplus
  /// argument.
  private static func checkSubcommand(_ name: String) throws {
    let known = configuration.subcommands.map(commandName) + ["help"]
    guard !name.hasPrefix("-"), !known.contains(name) else { return }
    let help =
      nearestName(to: name, among: known).map { "did you mean '\($0)'?" } ?? "see \(ProgramName.current) --help"
    throw UserError("unknown command '\(name)'; \(help)", status: .usage)
  }

  private static func commandName(of command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? String(describing: command).lowercased()
  }

  private static func firstLine(of text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
