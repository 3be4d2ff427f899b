import Foundation
import Parts

/// What a launcher such as `mpirun` or `srun` says of this process by environment variables.
package struct RankLaunch: Equatable, Sendable {
  /// The number of this process among those that were started together, from 0.
  package var number: Int
  /// The number of processes that were started together.
  package var count: Int

  /// The variables of launchers: that with the number of processes, and that with the number of this one.
  private static let variables = [
    ("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"), ("PMI_SIZE", "PMI_RANK"),
    ("SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),
  ]

  /// The launch of several processes that the environment tells of; nil where this process was started alone.
  package init?(environment: [String: String]) {
    // The innermost launcher counts: mpirun within a step of Slurm.
    guard let (count, number) = Self.variables.first(where: { environment[$0.0] != nil }),
      let all = environment[count].flatMap({ Int($0) }), all > 1, let own = environment[number].flatMap({ Int($0) })
    else { return nil }
    (self.number, self.count) = (own, all)
  }
}

/// What ranks tell each other when they meet.
package struct RankGreeting: RankValue, Equatable {
  /// The version of the program.
  package var version: String
  /// The name of the host.
  package var host: String
  /// The processors that the rank may use, and those of its host.
  package var processors: Int
  package var hostProcessors: Int

  /// The greeting of this process.
  package init(version: String) {
    self.version = version
    host = ProcessInfo.processInfo.hostName
    (processors, hostProcessors) = (
      ProcessInfo.processInfo.activeProcessorCount, ProcessInfo.processInfo.processorCount
    )
  }

  package init(from message: inout MessageReader) throws {
    (version, host) = (try message.readText(), try message.readText())
    (processors, hostProcessors) = (try message.read(), try message.read())
  }

  package func write(to message: inout Message) {
    message.write(version)
    message.write(host)
    message.write(processors)
    message.write(hostProcessors)
  }
}

/// The ranks of a program as they have found each other.
package struct RankMeeting: Sendable {
  /// The ranks, with the number of workers that each has where the settings give none.
  package let ranks: Ranks
  /// What was found, in a line.
  package let summary: String

  /// Lets the ranks of a connection meet. Every rank calls this together.
  /// - Throws: `UserError` on every rank where one is of another version of the program.
  package init(_ connection: any RankConnection, version: String) throws {
    let own = RankGreeting(version: version)
    let greetings = try Ranks(connection).map(jobs: connection.count) { _ in [own] }
    if let other = greetings.firstIndex(where: { $0.version != greetings[0].version }) {
      throw UserError(
        "rank \(other) on \(greetings[other].host): expected version \(greetings[0].version), as rank 0 has it, found "
          + "\(greetings[other].version); start every rank from one program", status: .configuration)
    }
    let workers = greetings.map { greeting in
      greeting.workers(ranksOnHost: greetings.count { $0.host == greeting.host })
    }
    ranks = Ranks(connection, workers: workers[connection.number])
    let hosts = Set(greetings.map(\.host)).count
    let range = Set(workers).sorted()
    summary =
      "\(connection.count) ranks on \(hosts.counted("host")), "
      + (range.count == 1 ? "\(range[0].counted("worker"))" : "\(range[0]) to \(range[range.count - 1]) workers")
      + " each unless settings say otherwise"
  }
}

extension RankGreeting {
  /// The workers of a rank: its share of the processors of its host, and no more than it is bound to.
  func workers(ranksOnHost: Int) -> Int {
    min(processors, max(1, hostProcessors / ranksOnHost))
  }
}
