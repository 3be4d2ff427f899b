import NeuralNetworks
import Parts
import Pictures
import Runs
import Training
import Workers

/// The runs of a search while it goes on: trains them, several at a time, and writes the record after each.
final class SearchWork: Sendable {
  private struct State: Sendable {
    var record: SearchRecord
    var progress: CellSearch.Report
    /// The cells of the search, in the order of their candidates.
    var cells: [Cell] = []
  }

  private let search: CellSearch
  /// The record of an earlier process.
  private let earlier: SearchRecord?
  private let state: Locked<State>
  let shouldStop: @Sendable () -> Bool
  private let report: @Sendable (CellSearch.Report) -> Void

  init(
    _ search: CellSearch, fixed: [String: String], earlier: SearchRecord?, shouldStop: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (CellSearch.Report) -> Void
  ) {
    (self.search, self.earlier, self.shouldStop, self.report) = (search, earlier, shouldStop, report)
    let settings = search.settings
    let finals = settings.finalSeeds.count * FinalRuns.labels(hasRandom: settings.random > 0).count
    let all =
      min(settings.first, Cell.allOfOneBlock.count) + (settings.blocks - 1) * settings.beam + settings.random + finals
    state = Locked(
      State(
        record: SearchRecord(settings: fixed),
        progress: CellSearch.Report(
          done: 0, all: all, iterations: 0, allIterations: all * search.iterations, earlierIterations: 0)))
  }

  /// The results until now.
  var record: SearchRecord { state.withLock { $0.record } }

  /// The cells of the search whose results are known, with their accuracies; of a run that diverged, the least accuracy of
  /// all.
  var examples: (cells: [Cell], scores: [Double]) {
    state.withLock { state in
      let least = state.record.candidates.compactMap(\.accuracy).min() ?? 0
      let searched = state.record.candidates.filter { $0.origin == .search }
      return (state.cells, searched.map { $0.accuracy ?? least })
    }
  }

  /// Trains and scores cells.
  /// - Returns: false where the work was stopped.
  func train(_ planned: [CellSearch.PlannedCell], origin: SearchRecord.Candidate.Origin) throws -> Bool {
    let start = state.withLock { state in
      let start = state.record.candidates.count
      state.record.candidates += planned.map { SearchRecord.Candidate($0, origin: origin) }
      return start
    }
    try trainByRanks(planned)
    let ended = try WorkerPool(count: atATime).map(jobs: planned.count) { [self] number, _ in
      try train(planned[number], at: start + number, origin: origin)
    }
    guard ended.allSatisfy({ $0 }) else { return false }
    if origin == .search { state.withLock { $0.cells += planned.map(\.cell) } }
    try store { _ in }
    return true
  }

  /// The runs that are trained and scored at a time: ranks have trained them, and score one together.
  var atATime: Int { RankLeader.current == nil ? search.jobs : 1 }

  /// Lets all ranks train what is not known of some cells, where there are several.
  private func trainByRanks(_ planned: [CellSearch.PlannedCell]) throws {
    guard let leader = RankLeader.current else { return }
    let runs = try planned.compactMap { cell -> PlannedRun? in
      guard finished(cell) == nil else { return nil }
      let (candidate, path) = candidate(cell)
      try StoredFile.write(cell.cell.json, to: path)
      return try search.runs.planned(candidate)
    }
    try leader.train(runs, shouldStop: shouldStop) { _, _ in }
  }

  /// What an earlier process has found of a cell; nil where it has not finished it.
  private func finished(_ planned: CellSearch.PlannedCell) -> SearchRecord.Candidate? {
    let known = earlier?.candidates.first { $0.name == planned.name && $0.cell == planned.cell.description }
    return known?.isFinished == true ? known : nil
  }

  /// The run of a cell, and the file of the cell.
  private func candidate(_ planned: CellSearch.PlannedCell) -> (CandidateRuns.Candidate, path: String) {
    let path = "\(search.folder)/cells/\(planned.name).json"
    return (
      CandidateRuns.Candidate(
        name: planned.name, seed: search.settings.seed, model: FinalRuns.model(cell: path)), path
    )
  }

  /// - Returns: false where the run was stopped.
  private func train(
    _ planned: CellSearch.PlannedCell, at index: Int, origin: SearchRecord.Candidate.Origin
  ) throws -> Bool {
    let (candidate, path) = candidate(planned)
    if let known = finished(planned) {
      try store { $0.candidates[index].take(known) }
      noteFinished(planned.name, made: 0)
      return true
    }
    try StoredFile.write(planned.cell.json, to: path)
    guard let (ending, made) = try train(candidate, by: search.runs) else { return false }
    let parameters = try search.runs.configuration(candidate).modelParameterCount()
    let score =
      ending == .completed
      ? try search.runs.score(candidate, on: .validation, tasks: search.settings.tasks) : nil
    let test =
      score != nil && origin == .random
      ? try search.runs.score(candidate, on: .test, tasks: search.testTasks) : nil
    try store { record in
      record.candidates[index].parameters = parameters
      record.candidates[index].accuracy = score?.mean
      record.candidates[index].halfWidth = score?.halfWidth
      record.candidates[index].testAccuracy = test?.mean
      record.candidates[index].hasDiverged = score == nil
    }
    noteFinished(planned.name, made: made)
    return true
  }

  /// Trains a run, and reports its iterations.
  /// - Returns: the ending and the number of its iterations; nil where it was stopped.
  func train(
    _ candidate: CandidateRuns.Candidate, by runs: CandidateRuns
  ) throws -> (ending: PlannedRun.Ending, made: Int)? {
    guard !shouldStop() else { return nil }
    var made = 0
    let ending = try runs.planned(candidate).train(shouldStop: shouldStop) { iteration, isEarlier in
      note { progress in
        progress.iterations += iteration - made
        if isEarlier { progress.earlierIterations += iteration }
      }
      made = iteration
    }
    return ending.map { ($0, made) }
  }

  /// Reports that a run is complete.
  /// - Parameter made: the number of its iterations that have been reported. An earlier process made the others, or the run
  ///   diverged and makes no more.
  func noteFinished(_ name: String, made: Int) {
    note { progress in
      progress.done += 1
      progress.run = name
      progress.iterations += search.iterations - made
      progress.earlierIterations += search.iterations - made
    }
  }

  private func note(_ change: (inout CellSearch.Report) -> Void) {
    state.withLock { state in
      state.progress.run = nil
      change(&state.progress)
      report(state.progress)
    }
  }

  /// Changes the record and writes it.
  func store(_ change: (inout SearchRecord) -> Void) throws {
    try state.withLock { state in
      change(&state.record)
      state.record.correlate()
      try state.record.write(in: search.folder)
    }
  }

  /// Returns the result that an earlier process has of a run of the comparison.
  func earlierFinal(_ name: String) -> SearchRecord.Final? { earlier?.finals.first { $0.name == name } }

  /// The number of cells that are drawn.
  private static let drawnCells = 3

  /// Writes the file and the drawing of the best cell of the search, and beside the files of the best ones their drawings.
  func writeBest() throws {
    let (record, cells) = state.withLock { ($0.record, $0.cells) }
    // The cells of the search come before the random ones.
    let ranked = record.ranking.filter { $0 < cells.count && record.candidates[$0].accuracy != nil }
    for (place, index) in ranked.prefix(Self.drawnCells).enumerated() {
      let (candidate, cell) = (record.candidates[index], cells[index])
      let accuracy = ((candidate.accuracy ?? 0) * 1_000).rounded() / 10
      let drawing = try BoxDiagram(of: cell, title: "\(candidate.name): \(accuracy)%").svg()
      try StoredFile.write(drawing, to: "\(search.folder)/cells/\(candidate.name).svg")
      guard place == 0 else { continue }
      try StoredFile.write(drawing, to: "\(search.folder)/best.svg")
      try StoredFile.write(cell.json, to: CellSearch.bestPath(in: search.folder))
    }
  }
}

extension CellSearch {
  /// The path of the file of the best cell in the folder of a search.
  package static func bestPath(in folder: String) -> String { "\(folder)/best.json" }
}

extension SearchRecord.Candidate {
  fileprivate init(_ planned: CellSearch.PlannedCell, origin: Origin) {
    self.init(
      name: planned.name, cell: planned.cell.description, blocks: planned.cell.blocks.count, origin: origin,
      predicted: planned.predicted, parameters: nil, accuracy: nil, halfWidth: nil, testAccuracy: nil,
      hasDiverged: false)
  }

  /// Takes the result of an earlier process.
  fileprivate mutating func take(_ known: SearchRecord.Candidate) {
    (parameters, accuracy, halfWidth) = (known.parameters, known.accuracy, known.halfWidth)
    (testAccuracy, hasDiverged) = (known.testAccuracy, known.hasDiverged)
  }
}
