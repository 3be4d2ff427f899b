import NeuralNetworks
import Parts
import Runs
import Training
import Workers

/// The comparison after a search: the cell that it found, the best of the random cells, and the network of four blocks whose
/// number of parameters is nearest to that of the found cell's. They are trained as in the search, with seeds of their own, and
/// scored on tasks for testing.
struct FinalRuns {
  private let search: CellSearch
  private let lines: [Line]

  /// A network of the comparison.
  private struct Line {
    let label: String
    let name: String
    /// The settings that choose the network.
    let model: [(key: String, value: String)]
    /// What trains the network, with the settings of all runs that apply to it.
    let runs: CandidateRuns
  }

  private enum Label {
    static let found = "found"
    static let random = "best random"
    static let blocks = "four blocks"
  }

  /// The labels of the networks that are compared.
  static func labels(hasRandom: Bool) -> [String] {
    [Label.found] + (hasRandom ? [Label.random] : []) + [Label.blocks]
  }

  /// The settings that choose the cell of a file.
  static func model(cell path: String) -> [(key: String, value: String)] {
    [("model", CellModel().card.name), (CellModel.fileKey, path)]
  }

  init(_ search: CellSearch, after record: SearchRecord) throws {
    self.search = search
    guard !search.settings.finalSeeds.isEmpty, let found = record.best else {
      lines = []
      return
    }
    func cellLine(_ label: String, _ candidate: SearchRecord.Candidate) -> Line {
      Line(
        label: label, name: candidate.name, model: Self.model(cell: "\(search.folder)/cells/\(candidate.name).json"),
        runs: search.runs)
    }
    let blocks = try Self.blocksLine(search, parameters: found.parameters ?? 0)
    lines =
      [cellLine(Label.found, found)]
      + (record.best(of: .random).map { [cellLine(Label.random, $0)] } ?? [])
      + [blocks]
  }

  /// The network of four blocks whose number of parameters is nearest to `parameters`.
  private static func blocksLine(_ search: CellSearch, parameters: Int) throws -> Line {
    // The keys of the cell's model are no keys of the other one.
    let own = Set(CellModel().keys.filter { !$0.isCommon }.map(\.name))
    let runs = CandidateRuns(
      settings: search.runs.settings.filter { !own.contains($0.key) }, catalog: search.runs.catalog,
      folder: search.folder)
    func model(_ filters: Int) -> [(key: String, value: String)] {
      [("model", ConvolutionalModel().card.name), ("blocks", "4"), ("filters", String(filters))]
    }
    func count(_ filters: Int) throws -> Int {
      try runs.configuration(CandidateRuns.Candidate(name: "", seed: 1, model: model(filters))).modelParameterCount()
    }
    // The number of parameters grows with the filters.
    var (low, high) = (1, 2)
    while try count(high) < parameters { (low, high) = (high, 2 * high) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if try count(middle) <= parameters { low = middle } else { high = middle }
    }
    let filters = try parameters - count(low) <= count(high) - parameters ? low : high
    return Line(label: Label.blocks, name: "four-blocks-\(filters)", model: model(filters), runs: runs)
  }

  private struct Job {
    let line: Line
    let seed: Int
    var name: String { "final-\(line.name)-seed\(seed)" }
    var candidate: CandidateRuns.Candidate { CandidateRuns.Candidate(name: name, seed: seed, model: line.model) }
  }

  /// Trains and scores the runs.
  /// - Returns: false where the work was stopped.
  func run(_ work: SearchWork) throws -> Bool {
    let jobs = lines.flatMap { line in search.settings.finalSeeds.map { Job(line: line, seed: $0) } }
    if let leader = RankLeader.current {
      let missing = jobs.filter { work.earlierFinal($0.name) == nil }
      try leader.train(
        try missing.map { job in try job.line.runs.planned(job.candidate) }, shouldStop: work.shouldStop
      ) { _, _ in }
    }
    let results = try WorkerPool(count: work.atATime).map(jobs: jobs.count) { number, _ in
      try result(of: jobs[number], work)
    }
    let complete = results.compactMap { $0 }
    // Until now they were in the order in which they were completed.
    try work.store { $0.finals = complete }
    return complete.count == jobs.count
  }

  private func result(of job: Job, _ work: SearchWork) throws -> SearchRecord.Final? {
    if let known = work.earlierFinal(job.name) {
      try work.store { $0.finals.append(known) }
      work.noteFinished(job.name, made: 0)
      return known
    }
    guard let (ending, made) = try work.train(job.candidate, by: job.line.runs) else { return nil }
    let score = ending == .completed ? try job.line.runs.score(job.candidate, on: .test, tasks: search.testTasks) : nil
    let result = SearchRecord.Final(
      name: job.name, label: job.line.label, seed: job.seed,
      parameters: try job.line.runs.configuration(job.candidate).modelParameterCount(), accuracy: score?.mean,
      halfWidth: score?.halfWidth)
    try work.store { $0.finals.append(result) }
    work.noteFinished(job.name, made: made)
    return result
  }
}
