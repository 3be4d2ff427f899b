import ArgumentParser
import Parts

/// The options of commands that take long: how they show how far they are.
struct ProgressOptions: ParsableArguments {
  /// A form in which progress is shown.
  enum Form: String, CaseIterable, ExpressibleByArgument {
    case live, lines, json, none
  }

  @Option(
    help: ArgumentHelp(
      "Progress: live, one line that is rewritten, or lines where there is no terminal; lines, one every ten seconds; "
        + "json, one object a line; none.", valueName: "form"), completion: .list(Form.allCases.map(\.rawValue)))
  var progress: String?

  @Flag(name: .shortAndLong, help: "Print no progress and no remarks: only warnings, faults and results.")
  var quiet = false

  func validate() throws {
    guard let progress else { return }
    guard Form(rawValue: progress) != nil else {
      let known = Form.allCases.map(\.rawValue)
      throw ValidationError(UserError.unknownName("--progress", progress, known: known).message)
    }
    guard !quiet else {
      throw ValidationError("--progress and --quiet: expected one of them, found both")
    }
  }

  /// The form, before it is known whether there is a terminal.
  var form: Form { quiet ? .none : progress.flatMap(Form.init) ?? .live }
}
