import Glibc
import Parts
import Ranks
import Runs
import Training

/// The program as one of several processes that a launcher such as `mpirun` has started: rank 0 runs the command, and all
/// ranks make its trainings and evaluations.
struct RankedProgram {
  private let launch: RankLaunch

  init(_ launch: RankLaunch) { self.launch = launch }

  /// Runs the program and returns its exit status.
  /// - Parameter arguments: those of the command line, without the program's name.
  func status(of arguments: [String], adding additions: [Catalog.Addition]) -> Int32 {
    do {
      guard MPIConnection.isBuilt else {
        throw UserError(
          "\(launch.count) processes were started together: expected a program that was built by 'swift build -c release "
            + "--traits MPI', found one without MPI; start it once, or build it so", status: .usage)
      }
      if launch.number > 0 { Interruption.ignore() }
      let connection = try MPIConnection {
        Interruption.hasStopArrived ? .stop : Interruption.hasArrived ? .warning : nil
      }
      defer { connection.end() }
      guard connection.count == launch.count else {
        throw UserError(
          "\(launch.count) processes were started together: expected that MPI finds all, found \(connection.count); with "
            + "srun, --mpi=pmix may help", status: .unavailable)
      }
      let meeting = try RankMeeting(connection, version: ProgramVersion.text)
      return connection.number == 0
        ? try lead(meeting, connection, arguments, additions) : try follow(meeting.ranks, connection, additions)
    } catch {
      if launch.number == 0 { Console.printError("\(error)") }
      return (error as? UserError)?.status.rawValue ?? UserError.Status.busy.rawValue
    }
  }

  private func lead(
    _ meeting: RankMeeting, _ connection: MPIConnection, _ arguments: [String], _ additions: [Catalog.Addition]
  ) throws -> Int32 {
    let leader = RankLeader(meeting.ranks)
    let name = ProgramName.current
    connection.whenLost { loss in
      ProgramName.$current.withValue(name) {
        Console.printError("\(loss); \(leader.keepWork()), with any number of ranks")
      }
      _exit(UserError.Status.busy.rawValue)
    }
    connection.whenStopped { _ = leader.keepWork() }
    Console.printError(meeting.summary)
    let status = RankLeader.$current.withValue(leader) {
      MetaRL.status(of: arguments, adding: additions, tell: Console.printError)
    }
    try leader.end()
    return status
  }

  private func follow(_ ranks: Ranks, _ connection: MPIConnection, _ additions: [Catalog.Addition]) throws -> Int32 {
    let name = ProgramName.current
    var follower = RankFollower(
      ranks, catalog: Catalog.standard.adding(additions), shouldStop: { connection.shouldStop },
      tell: { line in ProgramName.$current.withValue(name) { Console.printError(line) } })
    // Rank 0 tells the user; without it this rank has nothing to do.
    connection.whenLost { [folder = follower.folder] _ in
      RankFollower.remove(folder)
      _exit(UserError.Status.busy.rawValue)
    }
    try follower.follow()
    return 0
  }
}
