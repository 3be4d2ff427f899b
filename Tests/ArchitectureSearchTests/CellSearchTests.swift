@testable import ArchitectureSearch
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Synchronization
import Testing
import Training

/// Whole searches, of the smallest networks and runs.
@Suite struct CellSearchTests {
  private let temporary: TemporaryFolder

  init() throws { temporary = try TemporaryFolder() }

  private static let small: SearchSettings = {
    var settings = SearchSettings()
    (settings.blocks, settings.beam, settings.first, settings.random) = (2, 2, 3, 1)
    (settings.tasks, settings.testTasks, settings.finalSeeds) = (2, 2, [2])
    return settings
  }()

  private func search(
    _ settings: SearchSettings = CellSearchTests.small, _ more: [String] = [], folder: String = "search", jobs: Int = 1
  ) throws -> CellSearch {
    let runs = [
      "task=glyphs", "iterations=2", "meta_batch_size=1", "ways=2", "shots=1", "queries=1", "filters=2", "stages=1",
      "normal_cells=0", "inner_steps=1",
    ]
    return try CellSearch(
      settings, runs: SearchSettings.runDefaults + (runs + more).map { try ConfigurationSetting(argument: $0) },
      folder: "\(temporary.path)/\(folder)", jobs: jobs, catalog: .standard)
  }

  private func run(
    _ search: CellSearch, shouldStop: @escaping @Sendable () -> Bool = { false },
    report: @escaping @Sendable (CellSearch.Report) -> Void = { _ in }
  ) throws -> SearchRecord? {
    try search.run(shouldStop: shouldStop, report: report)
  }

  @Test func stoppedSearchGoesOnAndEndsTheSame() throws {
    let whole = try #require(try run(search(Self.small, ["iterations=3"], folder: "whole", jobs: 2)))
    #expect(whole.candidates.map(\.blocks) == [1, 1, 1, 2, 2, 2])
    #expect(whole.candidates.map(\.origin) == [.search, .search, .search, .search, .search, .random])
    #expect(whole.candidates.allSatisfy { $0.isFinished && $0.parameters != nil })
    #expect(whole.candidates.map { $0.predicted == nil } == [true, true, true, false, false, false])
    #expect(whole.finals.map(\.label) == ["found", "best random", "four blocks"])
    #expect(whole.correlations.map(\.cells) == ["2 blocks", "random"])
    #expect(whole.correlations.map(\.count) == [2, 1])
    // Stopped again and again, once amid a run.
    var finished: SearchRecord?
    var stops = 0
    while finished == nil, stops < 50 {
      stops += 1
      let asked = Mutex(0)
      finished = try run(search(Self.small, ["iterations=3"])) {
        asked.withLock { count in
          count += 1
          return count > 15
        }
      }
    }
    #expect(stops > 1 && finished == whole, "\(stops) processes")
    for name in ["search.json", "best.json", "blocks2-001/hashes.csv", "cells/random-001.json"] {
      #expect(try temporary.bytes("search/\(name)") == temporary.bytes("whole/\(name)"), "\(name)")
    }
    // What was found trains as any model.
    let best = try Cell(json: temporary.bytes("whole/best.json"), path: "best.json")
    #expect(best.description == whole.best?.cell)
    #expect(try temporary.text("whole/best.svg").contains("</svg>"))
  }

  @Test func progressCountsAllRunsAndASecondTimeNothingIsTrained() throws {
    var settings = Self.small
    settings.finalSeeds = []
    func reports() throws -> (last: CellSearch.Report?, record: SearchRecord?) {
      let last = Mutex<CellSearch.Report?>(nil)
      let record = try run(search(settings), report: { report in last.withLock { $0 = report } })
      return (last.withLock { $0 }, record)
    }
    let (first, again) = (try reports(), try reports())
    for last in [first.last, again.last] {
      let report = try #require(last)
      #expect(report.done == 6 && report.all == 6)
      #expect(report.iterations == 12 && report.allIterations == 12)
    }
    #expect(first.last?.earlierIterations == 0 && again.last?.earlierIterations == 12)
    #expect(first.record == again.record)
  }

  /// More random cells begin with the same ones.
  @Test func randomCellsMayBeAddedLater() throws {
    var settings = Self.small
    (settings.blocks, settings.finalSeeds) = (1, [])
    let first = try #require(try run(search(settings)))
    settings.random = 3
    let more = try #require(try run(search(settings)))
    #expect(Array(more.candidates.prefix(4)) == first.candidates && more.candidates.count == 6)
    #expect(Set(more.candidates.suffix(3).map(\.cell)).count == 3)
  }

  @Test func otherSettingsInTheFolderAreAnError() throws {
    var settings = Self.small
    (settings.random, settings.finalSeeds, settings.blocks) = (0, [], 1)
    _ = try run(search(settings))
    let longer = userError { _ = try run(search(settings, ["iterations=3"])) }
    #expect(longer?.status == .usage)
    #expect(
      longer?.message.hasSuffix(
        "search: expected a search with iterations 3, found one with 2; give the settings of that search, or another folder"
      )
        == true)
    settings.beam = 3
    #expect(
      userError { _ = try run(search(settings)) }?.message.contains(
        "expected a search with search.beam 3, found one with 2")
        == true)
    try StoredFile.write("[]", to: "\(temporary.path)/search/search.json")
    #expect(userError { _ = try run(search(settings)) }?.status == .malformedData)
  }

  @Test(arguments: [
    ("model=mlp", "model=mlp: expected no value of this key, which the search sets itself, found one"),
    (
      "task=sinusoid", "task sinusoid: expected a task of images, such as glyphs or omniglot, found one of other inputs"
    ),
    (
      "blocks=2",
      "--set blocks=2: reptile on glyphs has no key blocks, which belongs to model=convolutional; leave it out"
    ),
  ]) func settingsThatASearchCannotHaveAreRefused(setting: String, message: String) {
    let error = userError { _ = try search(Self.small, [setting]) }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "nothing")")
    #expect(error?.status == .usage)
  }

  /// The network of four blocks has as many parameters as a number of filters lets it.
  @Test func comparedNetworksAreOfTheSameSize() throws {
    var settings = Self.small
    (settings.blocks, settings.random, settings.first) = (1, 0, 1)
    let record = try #require(try run(search(settings, ["filters=6"])))
    let (found, blocks) = (record.finals[0].parameters, record.finals[1].parameters)
    #expect(record.finals.count == 2 && found == record.best?.parameters)
    // 27 f^2 + 23 f + 2 for f filters, at most 10 here: less than 600 more for one filter more.
    #expect(abs(found - blocks) < 300, "\(found) and \(blocks)")
  }
}
