import Parts

/// The lines that runs form in a chart: the seeds of one experiment form one, and other runs form lines of their own.
struct RunGroups {
  /// The runs of one line.
  struct Group {
    /// The numbers of the runs among all.
    var members: [Int]
    /// The keys of the configuration that differ from those of the algorithm's other lines, with their values.
    var keys: String?
    /// The run, where runs of one configuration cannot be averaged, or two have the same seed and so are not two samples.
    var run: String?
    /// The text that distinguishes one of several lines of an algorithm.
    var distinction: String? {
      let parts = [keys, run].compactMap { $0 }
      return parts.isEmpty ? nil : parts.joined(separator: " ")
    }
  }

  private let runs: [ReportedRun]
  /// The names of the task families.
  let tasks: [String]
  /// The names of the algorithms.
  let algorithms: [String]
  /// The groups, those of one algorithm beside one another.
  let groups: [Group]

  /// Groups runs.
  /// - Parameter canAverage: whether the numbers of the runs of one configuration are of the same places.
  init(_ runs: [ReportedRun], canAverage: ([Int]) -> Bool) {
    self.runs = runs
    tasks = runs.map(\.task).withoutRepetitions
    algorithms = runs.map(\.algorithm).withoutRepetitions
    let differences = RunDifferences(runs)
    var groups: [Group] = []
    for key in runs.map({ "\($0.task)/\($0.algorithm)" }).withoutRepetitions {
      let members = runs.indices.filter { "\(runs[$0].task)/\(runs[$0].algorithm)" == key }
      var experiments: [RunDifferences.Experiment] = []
      for member in members where !experiments.contains(differences.experiment(of: runs[member])) {
        experiments.append(differences.experiment(of: runs[member]))
      }
      for experiment in experiments {
        let seeds = members.filter { differences.experiment(of: runs[$0]) == experiment }
        let label = differences.label(of: runs[seeds[0]], among: members.map { runs[$0] })
        groups += Self.groups(ofSeeds: seeds, of: runs, label: label, canAverage: canAverage)
      }
    }
    self.groups = groups
  }

  /// Returns the lines of runs whose configurations differ only in the seed.
  private static func groups(
    ofSeeds members: [Int], of runs: [ReportedRun], label: String?, canAverage: ([Int]) -> Bool
  ) -> [Group] {
    let hasOwnSeeds = Set(members.map { runs[$0].seed }).count == members.count
    if hasOwnSeeds, canAverage(members) { return [Group(members: members, keys: label)] }
    return members.map { member in
      let own = hasOwnSeeds ? "seed \(runs[member].seed)" : "in \(runs[member].name)"
      return Group(members: [member], keys: label, run: own)
    }
  }

  /// Returns what tells a group's line apart from the others: the algorithm and the task where there are several, and the
  /// keys that differ; empty where nothing does.
  func name(of group: Group) -> String {
    let run = runs[group.members[0]]
    let names = [algorithms.count > 1 ? run.algorithm : nil, tasks.count > 1 ? run.task : nil].compactMap { $0 }
    return [names.isEmpty ? nil : names.joined(separator: " on "), group.distinction].compactMap { $0 }
      .joined(separator: " ")
  }

  /// Returns the algorithm, the keys that differ, and the seed or the number of seeds, by which a page names a group.
  func fullName(of group: Group) -> String {
    let run = runs[group.members[0]]
    let own = [tasks.count > 1 ? "\(run.algorithm) on \(run.task)" : run.algorithm, group.keys].compactMap { $0 }
    let seeds = group.members.count == 1 ? "seed \(run.seed)" : group.members.count.counted("seed")
    return "\(own.joined(separator: " ")), \(group.run ?? seeds)"
  }

  /// The tasks and the algorithm, where there is one, as the beginning of a chart's title.
  var title: String {
    tasks.joined(separator: ", ") + (algorithms.count == 1 ? ", \(algorithms[0])" : "")
  }
}
