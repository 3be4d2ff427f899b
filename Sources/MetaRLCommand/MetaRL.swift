import ArgumentParser
import Foundation
import Parts
@_exported public import Runs
@_exported public import Training

/// The whole command line as a library: a program of one's own has all of it, with parts added.
public enum MetaRL {
  /// What runs can be made of in this program.
  @TaskLocal static var catalog = Catalog.standard

  /// Runs the program on the arguments of the process, and ends the process.
  ///
  /// Parts that no run could be made of, such as two of one name, are a fault of the program: a line each on standard error,
  /// and exit status 70.
  /// - Parameter additions: what runs can be made of beside the standard parts.
  public static func main(adding additions: Catalog.Addition...) -> Never {
    // A file that may not grow, or a reader that has gone, is then an error of the write, told in one line.
    for number in [SIGXFSZ, SIGPIPE] { signal(number, SIG_IGN) }
    let arguments = CommandLine.arguments
    let name = arguments.first?.split(separator: "/").last.map(String.init) ?? ProgramName.current
    let status = ProgramName.$current.withValue(name) {
      Interruption.prepare()
      Console.openClosedStreams()
      return Self.status(of: Array(arguments.dropFirst()), adding: additions, tell: Console.printError)
    }
    Foundation.exit(status)
  }

  /// Runs the program and returns what it exits with.
  /// - Parameter tell: is told what is wrong with the additions, in a line each.
  static func status(of arguments: [String], adding additions: [Catalog.Addition], tell: (String) -> Void) -> Int32 {
    let catalog = Catalog.standard.adding(additions)
    // The tests look at the standard parts.
    let faults = additions.isEmpty ? [] : catalog.faults
    for fault in faults { tell(fault.message) }
    if let fault = faults.first { return fault.status.rawValue }
    return $catalog.withValue(catalog) { RootCommand.status(of: arguments) }
  }
}

/// The program: it parses, runs a subcommand, and turns every fault into one line and an exit code of sysexits.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: ProgramName.current,
    abstract: "Trains policies that adapt to a new task in a few gradient steps, and shows that they do.",
    subcommands: [
      List.self, Train.self, Evaluate.self, Export.self, Replay.self, Reproduce.self, Bench.self, DataCommand.self,
      RobotCommand.self,
    ])

  /// Runs the program on its arguments and returns what it exits with.
  static func status(of arguments: [String]) -> Int32 {
    do {
      var command = try parse(arguments)
      try OpenFiles.makeRoom()
      try command.run()
      // What a training prints is no result of it.
      if !(command is Train), let fault = Console.resultFault { throw fault }
      return 0
    } catch {
      switch ending(by: error) {
      case .told(let status): return status
      case .help(let text):
        Console.printLine(text)
        return 0
      case .fault(let line, let status):
        Console.printError(line)
        return status.rawValue
      }
    }
  }

  /// The command that arguments ask for.
  static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    if let first = arguments.first { try checkSubcommand(first) }
    return try parseAsRoot(joiningNegativeNumbers(arguments))
  }

  /// The arguments with `--seed -1` as `--seed=-1`: the parser takes what begins with a dash for an option of its own and says
  /// that a value is missing, where the option says what it may be.
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

  /// How the program ends with an error.
  enum Ending {
    /// What there was to say has been said.
    case told(status: Int32)
    /// Help was asked for.
    case help(String)
    /// One line.
    case fault(String, UserError.Status)
  }

  /// What is said of an error, and the exit code.
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

  /// The parser takes an unknown subcommand for a stray argument; here it gets the nearest name.
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
