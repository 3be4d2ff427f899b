import ArgumentParser
import Foundation
import ImageData
import Parts

/// The command `metarl data`, which downloads and verifies data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Download and check the data sets of image tasks.",
    discussion: "Data sets: \(DataSet.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).",
    subcommands: [Fetch.self, Verify.self])

  /// Returns the data set of a name.
  static func dataSet(_ name: String) throws(UserError) -> DataSet {
    if let dataSet = DataSet.named(name) { return dataSet }
    throw .unknownName("data set", name, known: DataSet.all.map(\.name))
  }

  /// Returns the folders that a command searches.
  static func folders(_ given: String?) -> DataFolders {
    DataFolders(given: given, environment: ProcessInfo.processInfo.environment)
  }

  /// Runs `body` and converts its faults of data to errors of the command line.
  static func explained<Result>(_ body: () throws(DataError) -> Result) throws(UserError) -> Result {
    do {
      return try body()
    } catch {
      throw UserError(error)
    }
  }
}

extension DataCommand {
  /// The command `metarl data fetch`, which downloads a data set.
  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Download a data set; one that broke off goes on where it was.")

    @Argument(help: ArgumentHelp("A data set.", valueName: "name"))
    var name: String

    @Option(
      help: ArgumentHelp("Folder of the data sets; METARL_DATA, then ~/.cache/metarl if not given.", valueName: "dir"))
    var data: String?

    func run() throws {
      let dataSet = try DataCommand.dataSet(name)
      let folder = try DataCommand.explained { () throws(DataError) in
        try DataCommand.folders(data).folder(for: dataSet)
      }
      guard !dataSet.files.isEmpty else {
        throw UserError(
          "\(name) has no download that all may use: put into \(folder) \(dataSet.instructions)", status: .unavailable)
      }
      for file in dataSet.files {
        let display = DownloadDisplay(file.name, size: file.size)
        let download = FileDownload(of: file, into: folder, instructions: dataSet.instructions)
        defer { display.finish() }
        let outcome = try DataCommand.explained { () throws(DataError) in try download.run(progress: display.show) }
        if outcome == .present { Console.printLine("\(folder)/\(file.name) is there already") }
      }
      Console.printLine("\(name) is in \(folder)")
    }
  }

  /// The command `metarl data verify`, which checks that data sets are complete.
  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Compare the files of a data set with the published ones, and decode all its images.")

    @Argument(help: ArgumentHelp("A data set; those that are there if none is given.", valueName: "name"))
    var name: String?

    @Option(
      help: ArgumentHelp("Folder of the data sets; METARL_DATA, then ~/.cache/metarl if not given.", valueName: "dir"))
    var data: String?

    func run() throws {
      let folders = DataCommand.folders(data)
      let chosen = try name.map { name throws(UserError) in [try DataCommand.dataSet(name)] }
      let dataSets = chosen ?? DataSet.all.filter { $0.isPresent(in: folders) }
      guard !dataSets.isEmpty else {
        throw UserError(
          "expected a data set in \(folders.places), found none; \(ProgramName.current) data fetch NAME gets one",
          status: .missingInput)
      }
      var faults: [UserError] = []
      for dataSet in dataSets {
        do {
          try verify(dataSet, in: folders)
        } catch {
          faults.append(error)
        }
      }
      // Every data set is verified; the program ends with the last fault.
      for fault in faults.dropLast() { Console.printError(fault.message) }
      if let last = faults.last { throw last }
    }

    private func verify(_ dataSet: DataSet, in folders: DataFolders) throws(UserError) {
      let verification = try DataCommand.explained { () throws(DataError) in
        try DataVerification(of: dataSet, in: folders)
      }
      for line in verification.lines { Console.printLine(line) }
      guard verification.isComplete else {
        throw UserError("\(dataSet.name): not complete, see above", status: .malformedData)
      }
    }
  }
}
