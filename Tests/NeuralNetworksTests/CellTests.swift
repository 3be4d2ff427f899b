@testable import NeuralNetworks
import Parts
import RandomStreams
import Testing

/// Cells as values: their canonical form, their number, their texts and their files.
@Suite struct CellTests {
  private typealias Block = Cell.Block
  private typealias Branch = Cell.Branch

  /// Every description of a cell: its blocks in each order in which a block comes after those that it uses, with the
  /// branches of each block in the order in which a test wrote them.
  private static func descriptions(of blocks: [Block]) -> [[Block]] {
    func orders(_ rest: [Int]) -> [[Int]] {
      rest.isEmpty ? [[]] : rest.flatMap { first in orders(rest.filter { $0 != first }).map { [first] + $0 } }
    }
    return orders(Array(blocks.indices)).compactMap { order in
      var described: [Block] = []
      for index in order {
        let branches = blocks[index].branches.map { branch -> Branch? in
          guard branch.input >= Cell.outerInputs else { return branch }
          guard let place = order.firstIndex(of: branch.input - Cell.outerInputs), place < described.count else {
            return nil
          }
          return Branch(branch.operation, of: Cell.outerInputs + place)
        }
        guard let one = branches[0], let other = branches[1] else { return nil }
        described.append(Block(other, one))
      }
      return described
    }
  }

  private static func random(_ count: Int, blocks: Int) -> [Cell] {
    (0..<count).map { number in
      var stream = RandomAddress(seed: 1, purpose: .test, task: number).stream
      return Cell(randomBlocks: blocks, from: &stream)
    }
  }

  @Test func symmetricDescriptionsAreOneCell() {
    for cell in Self.random(40, blocks: 4) {
      let descriptions = Self.descriptions(of: cell.blocks)
      #expect(Set(descriptions.map { Cell($0) }) == [cell])
      // Among the descriptions, the canonical one comes first.
      #expect(descriptions.allSatisfy { !$0.lexicographicallyPrecedes(cell.blocks) })
    }
  }

  /// Which of two equal blocks a third one uses makes no difference; which of two different ones makes one.
  @Test func equalBlocksAreExchanged() {
    let (twin, other) = (
      Block(Branch(.convolution3, of: 0), Branch(.identity, of: 1)),
      Block(Branch(.convolution3, of: 0), Branch(.mean3, of: 1))
    )
    func cell(_ second: Block, using input: Int) -> Cell {
      Cell([twin, second, Block(Branch(.maximum3, of: input), Branch(.identity, of: 0))])
    }
    #expect(cell(twin, using: 2) == cell(twin, using: 3))
    #expect(cell(other, using: 2) != cell(other, using: 3))
  }

  /// 14 branches make 105 blocks of two without order. A second block is another of these, without order, or one of the 126
  /// that use the first.
  @Test func cellsOfTwoBlocksAreAsManyAsCombinatoricsSays() {
    let first = Cell.allOfOneBlock
    #expect(first.count == 105 && Set(first).count == 105)
    let (apart, dependent) = (105 * 106 / 2, 105 * 126)
    let second = Set(first.flatMap(\.expansions))
    #expect(second.count == apart + dependent)
  }

  /// The expansions of a cell against every block that there is, compared by all descriptions of the result.
  @Test func expansionsAreThoseOfABruteForce() {
    for cell in Self.random(2, blocks: 2) {
      var found: Set<[Block]> = []
      for one in 0..<28 {
        for other in one..<28 {
          let branches = [one, other].map { Branch(CellOperation.allCases[$0 % 7], of: $0 / 7) }
          let descriptions = Self.descriptions(of: cell.blocks + [Block(branches[0], branches[1])])
          found.insert(descriptions.min { $0.lexicographicallyPrecedes($1) } ?? [])
        }
      }
      #expect(Set(cell.expansions.map(\.blocks)) == found)
      #expect(cell.expansions == cell.expansions.sorted())
    }
    #expect(Self.random(1, blocks: Cell.mostBlocks)[0].expansions.isEmpty)
  }

  @Test func outputIsOfTheBlocksThatNoOtherUses() {
    let cell = Cell([
      Block(Branch(.convolution3, of: 1), Branch(.identity, of: 1)),
      Block(Branch(.maximum3, of: 2), Branch(.identity, of: 1)),
      Block(Branch(.mean3, of: 1), Branch(.identity, of: 1)),
    ])
    #expect(
      cell.description
        == "conv3x3(last) + identity(last); mean3x3(last) + identity(last); identity(last) + max3x3(block1)")
    #expect(cell.outputBlocks == [1, 2] && cell.depths == [1, 1, 2])
    #expect(!cell.uses(input: 0) && cell.uses(input: 1))
  }

  @Test func filesReadBackAsTheyWereWritten() throws {
    for cell in Self.random(20, blocks: 3) { #expect(try Cell(json: cell.json, path: "c.json") == cell) }
    let text = #"{"blocks": ["identity(last)+conv3x3( before )"]}"#
    #expect(throws: UserError.self) { try Cell(json: Array(text.utf8), path: "c.json") }
    let spaced = #"{"blocks": ["identity(last)+conv3x3(before)"]}"#
    #expect(
      try Cell(json: Array(spaced.utf8), path: "c.json").description == "conv3x3(before) + identity(last)")
  }

  @Test(arguments: [
    ("[]", "c.json: expected a cell, "), (#"{"blocks": []}"#, "c.json: expected 1 to 6 blocks, found 0"),
    (#"{"blocks": ["conv3x3(last)"]}"#, "c.json: block 1: expected two operations of inputs, such as "),
    (#"{"blocks": ["conv7x7(last) + identity(last)"]}"#, "c.json: block 1: expected two operations of inputs, "),
    (
      #"{"blocks": ["conv3x3(block1) + identity(last)"]}"#,
      "c.json: block 1: expected an input that comes before it, found block1"
    ),
  ]) func faultsOfFilesAreOneLine(text: String, message: String) {
    do {
      _ = try Cell(json: Array(text.utf8), path: "c.json")
      Issue.record("taken: \(text)")
    } catch {
      #expect(error.message.hasPrefix(message), "\(error.message)")
      #expect(error.status == .malformedData)
    }
  }
}
