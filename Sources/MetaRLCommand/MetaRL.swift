import ArgumentParser
import Experiments
import Foundation

/// The program: it parses, runs a subcommand, and turns every fault into one line and an exit code of sysexits.
@main
struct MetaRL: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metarl",
    abstract: "Trains policies that adapt to a new task in a few gradient steps, and shows that they do.",
    subcommands: [List.self, Train.self, Evaluate.self, Export.self, Replay.self, Bench.self])

  static func main() {
    // A file that may not grow, or a reader that has gone, is then an error of the write, told in one line.
    for number in [SIGXFSZ, SIGPIPE] { signal(number, SIG_IGN) }
    Foundation.exit(status(of: Array(CommandLine.arguments.dropFirst())))
  }

  /// Runs the program on its arguments and returns what it exits with.
  static func status(of arguments: [String]) -> Int32 {
    do {
      if let first = arguments.first { try checkSubcommand(first) }
      var command = try parseAsRoot(arguments)
      try command.run()
      return 0
    } catch let error as UserError {
      Console.printError(error.message)
      return error.status.rawValue
    } catch let code as ExitCode {
      // What there was to say has been said.
      return code.rawValue
    } catch  where exitCode(for: error) == .success {
      // Help was asked for.
      Console.printLine(fullMessage(for: error))
      return 0
    } catch {
      Console.printError(firstLine(of: message(for: error)))
      return exitCode(for: error).rawValue == ExitCode.validationFailure.rawValue
        ? UserError.Status.usage.rawValue : UserError.Status.internalFault.rawValue
    }
  }

  /// The parser takes an unknown subcommand for a stray argument; here it gets the nearest name.
  private static func checkSubcommand(_ name: String) throws {
    let known = configuration.subcommands.map { String(describing: $0).lowercased() } + ["help"]
    guard !name.hasPrefix("-"), !known.contains(name) else { return }
    let help = nearestName(to: name, among: known).map { "did you mean '\($0)'?" } ?? "see metarl --help"
    throw UserError("unknown command '\(name)'; \(help)", status: .usage)
  }

  private static func firstLine(of text: String) -> String {
    text.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
