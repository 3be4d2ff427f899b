import Workers

/// Ranks that are threads of one process: they give the same values as processes do, without MPI.
package enum LocalRanks {
  /// Runs `body` on as many ranks at the same time, each with its own ranks in `Ranks.current`.
  /// - Returns: what each rank returned or threw, in the order of the ranks.
  package static func run<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Ranks) throws -> Value
  ) -> [Result<Value, any Error>] {
    let board = Monitor(Board())
    let results = Monitor(Array(repeating: Result<Value, any Error>?.none, count: count))
    for number in 0..<count {
      BackgroundThread.start {
        let ranks = Ranks(Connection(number: number, count: count, board: board))
        let result = Result { try Ranks.$current.withValue(ranks) { try body(ranks) } }
        // The others would wait for a rank that has failed.
        if case .failure = result { board.change { $0.isBroken = true } }
        results.change { $0[number] = result }
      }
    }
    return results.wait { $0.contains { $0 == nil } ? nil : $0.compactMap { $0 } }
  }

  /// The exchanges that take place.
  private struct Board: Sendable {
    /// An exchange among some ranks: what those have given that have come to it, and how many have taken it.
    struct Exchange {
      var given: [Int: [UInt8]] = [:]
      var taken = 0
    }

    var exchanges: [Key: Exchange] = [:]
    var isBroken = false
  }

  private struct Key: Hashable {
    let members: Range<Int>
    /// The number of the exchange among these members.
    let number: Int
  }

  private struct Connection: RankConnection {
    let number: Int
    let count: Int
    let board: Monitor<Board>
    /// The number of exchanges so far among each group of ranks.
    private let counts = Locked<[Range<Int>: Int]>([:])

    init(number: Int, count: Int, board: Monitor<Board>) {
      (self.number, self.count, self.board) = (number, count, board)
    }

    func exchange(_ bytes: [UInt8], among members: Range<Int>) throws -> [[UInt8]] {
      let exchange = counts.withLock { counts in
        defer { counts[members, default: 0] += 1 }
        return counts[members, default: 0]
      }
      let key = Key(members: members, number: exchange)
      board.change { $0.exchanges[key, default: .init()].given[number] = bytes }
      let all: Result<[[UInt8]], RankLoss> = board.wait { board in
        guard let exchange = board.exchanges[key], exchange.given.count == members.count else {
          return board.isBroken ? .failure(RankLoss("a rank has failed")) : nil
        }
        board.exchanges[key]?.taken += 1
        if exchange.taken + 1 == members.count { board.exchanges[key] = nil }
        return .success(members.compactMap { exchange.given[$0] })
      }
      return try all.get()
    }
  }
}
