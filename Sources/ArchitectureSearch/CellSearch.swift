import FewShotTasks
import NeuralNetworks
public import Parts
import RandomStreams
public import Runs
import Training

/// A progressive search for the cell of a network that adapts to tasks (Auto-Meta, Kim et al. 2018; overview, section 5;
/// the search is that of PNAS, Liu et al. 2018, algorithm 1).
///
/// Cells of one block are trained and scored on tasks for validation. From then on, a predictor that has learned these scores
/// ranks every cell that one more block makes of those that were trained last; the best of them are trained, and so on up to
/// the largest number of blocks. Random cells of as many blocks show what the search is worth.
///
/// Every run is an ordinary run folder. All choices follow from the settings and the results, so that a search that was
/// stopped goes on where it was and ends the same.
public struct CellSearch: Sendable {
  /// The progress of a search.
  public struct Report: Sendable {
    /// The name of the run that has just been completed; nil after an iteration.
    public var run: String?
    /// The number of completed runs, and that of all.
    public var done: Int
    public var all: Int
    /// The number of iterations that are made in all runs, and that of all.
    public var iterations: Int
    public var allIterations: Int
    /// The number of those that earlier processes made, in the runs that have begun.
    public var earlierIterations: Int
  }

  let settings: SearchSettings
  let runs: CandidateRuns
  let folder: String
  /// The number of runs at a time.
  let jobs: Int
  /// The iterations of each run.
  let iterations: Int
  /// The number of tasks for testing.
  let testTasks: Int
  /// The values that cannot change from one process of the search to the next.
  private let fixed: [String: String]

  /// The keys that a search sets itself.
  private static let ownKeys = ["model", CellModel.fileKey, "seed", "workers"]

  /// Checks the settings of a search.
  /// - Parameters:
  ///   - settings: the settings of the search.
  ///   - given: the settings of its runs, but for the model, the seed and the number of workers; later values take
  ///     precedence.
  ///   - folder: the folder in which the runs and the results are stored.
  ///   - jobs: the number of runs at a time, each with one worker.
  ///   - catalog: the parts that a run may name.
  /// - Throws: `UserError` where the tasks are no images, and for a setting that a run cannot have.
  public init(
    _ settings: SearchSettings, runs given: [ConfigurationSetting], folder: String, jobs: Int, catalog: Catalog
  ) throws(UserError) {
    // A resumed run would refuse an earlier value that is larger than the last one.
    let runs = given.indices.filter { index in !given[(index + 1)...].contains { $0.key == given[index].key } }
      .map { given[$0] }
    if let setting = runs.first(where: { Self.ownKeys.contains($0.key) }) {
      throw UserError(
        "\(setting.key)=\(setting.text.description): expected no value of this key, which the search sets itself, found one; "
          + "leave it out",
        status: .usage)
    }
    // A task of other inputs would refuse the model's keys, which says less.
    let plain = try RunConfiguration(settings: runs.filter { $0.key == "task" }, catalog: catalog)
    guard let family = plain.family as? ImageTaskFamily else {
      throw UserError(
        "task \(plain.taskName): expected a task of images, such as glyphs or omniglot, found one of other inputs",
        status: .usage)
    }
    let model = ConfigurationSetting(key: "model", text: .scalar(CellModel().card.name), origin: .set)
    let base = try RunConfiguration(settings: runs + [model], catalog: catalog)
    self.settings = settings
    self.runs = CandidateRuns(settings: runs, catalog: catalog, folder: folder)
    (self.folder, self.jobs) = (folder, jobs)
    (iterations, testTasks) = (base.run.iterations, settings.testTasks ?? family.evaluationTasks)
    let identity = try RunIdentity(base).removing(Self.ownKeys)
    fixed = identity.values.merging(settings.fixed) { _, own in own }
      .merging(["iterations": String(base.run.iterations)]) { _, own in own }
  }

  /// A cell that is to be trained, with its predicted accuracy where there was a predictor.
  struct PlannedCell {
    let name: String
    let cell: Cell
    let predicted: Double?
  }

  /// Trains what is missing and returns all results.
  /// - Parameters:
  ///   - shouldStop: returns whether to stop after the present iterations; called from several threads.
  ///   - report: receives the progress, from one thread at a time.
  /// - Returns: the results; nil where `shouldStop` ended the work first.
  /// - Throws: `UserError` where the folder has another search, or a run cannot be continued.
  public func run(
    shouldStop: @escaping @Sendable () -> Bool, report: @escaping @Sendable (Report) -> Void
  ) throws -> SearchRecord? {
    try StoredFile.createFolders("\(folder)/cells")
    let lock = try RunLock(RunFolder(path: folder))
    defer { withExtendedLifetime(lock) {} }
    let earlier = try SearchRecord.read(in: folder)
    try earlier?.check(fixed, folder: folder)
    let work = SearchWork(self, fixed: fixed, earlier: earlier, shouldStop: shouldStop, report: report)
    var trained: [PlannedCell] = []
    for blocks in 1...settings.blocks {
      let chosen = blocks == 1 ? firstCells : bestCells(after: work, expanding: trained, blocks: blocks)
      guard try work.train(chosen, origin: .search) else { return nil }
      trained = chosen
    }
    guard try work.train(randomCells(after: work), origin: .random) else { return nil }
    guard try FinalRuns(self, after: work.record).run(work) else { return nil }
    try work.writeBest()
    return work.record
  }

  // MARK: - The choice of cells

  private static func name(_ kind: String, _ index: Int) -> String {
    let number = String(index + 1)
    return "\(kind)-\(String(repeating: "0", count: max(0, 3 - number.count)))\(number)"
  }

  /// The cells of one block that are trained, in order: all, or as many as the settings say, drawn.
  private var firstCells: [PlannedCell] {
    var (rest, cells) = (Cell.allOfOneBlock, [] as [Cell])
    if settings.first < rest.count {
      var stream = RandomAddress(seed: UInt64(settings.seed), purpose: .architectureSearch, iteration: 2).stream
      while cells.count < settings.first { cells.append(rest.remove(at: stream.index(below: rest.count))) }
      cells.sort()
    } else {
      cells = rest
    }
    return cells.enumerated().map { PlannedCell(name: Self.name("blocks1", $0), cell: $1, predicted: nil) }
  }

  /// The predictor that has learned the results of the search until now.
  private func predictor(after work: SearchWork) -> CellPredictor {
    let (cells, scores) = work.examples
    return CellPredictor(cells: cells, scores: scores, seed: settings.seed)
  }

  /// The cells of `blocks` blocks with the largest predicted accuracies, the best first.
  private func bestCells(
    after work: SearchWork, expanding trained: [PlannedCell], blocks: Int
  ) -> [PlannedCell] {
    let expansions = Set(trained.flatMap(\.cell.expansions)).sorted()
    let predicted = predictor(after: work)(expansions)
    let order = expansions.indices.sorted { left, right in
      predicted[left] == predicted[right] ? left < right : predicted[left] > predicted[right]
    }
    return order.prefix(settings.beam).enumerated().map { rank, index in
      PlannedCell(name: Self.name("blocks\(blocks)", rank), cell: expansions[index], predicted: predicted[index])
    }
  }

  /// Random cells of the largest number of blocks, no two of which are equal. More of them begin with the same ones.
  private func randomCells(after work: SearchWork) -> [PlannedCell] {
    guard settings.random > 0 else { return [] }
    var stream = RandomAddress(seed: UInt64(settings.seed), purpose: .architectureSearch, iteration: 3).stream
    var cells: [Cell] = []
    // There are few cells of one block.
    let most = settings.blocks == 1 ? min(settings.random, Cell.allOfOneBlock.count) : settings.random
    while cells.count < most {
      let cell = Cell(randomBlocks: settings.blocks, from: &stream)
      if !cells.contains(cell) { cells.append(cell) }
    }
    return zip(cells, predictor(after: work)(cells)).enumerated().map { index, pair in
      PlannedCell(
        name: Self.name(SearchRecord.Candidate.Origin.random.rawValue, index), cell: pair.0, predicted: pair.1)
    }
  }
}
