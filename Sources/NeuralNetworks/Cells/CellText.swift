import Foundation
public import Parts

// The text of a cell: `conv3x3(before) + max3x3(last); identity(last) + sep5x5(block1)`.
extension Cell: CustomStringConvertible {
  public var description: String { blocks.map(\.description).joined(separator: "; ") }

  /// The name of an input in texts: `before` and `last` for the outputs of the cell before the last one and of the last
  /// one, `block1` for the result of the first block.
  static func inputName(_ input: Int) -> String {
    input < outerInputs ? outerNames[input] : "\(blockPrefix)\(input - outerInputs + 1)"
  }

  static let outerNames = ["before", "last"]
  private static let blockPrefix = "block"

  fileprivate static func input(named name: String) -> Int? {
    if let index = outerNames.firstIndex(of: name) { return index }
    guard name.hasPrefix(blockPrefix), let number = Int(name.dropFirst(blockPrefix.count)),
      (1...mostBlocks).contains(number)
    else { return nil }
    return outerInputs + number - 1
  }
}

extension Cell.Branch: CustomStringConvertible {
  public var description: String { "\(operation.name)(\(Cell.inputName(input)))" }

  /// Creates a branch from its text; nil where it is another text.
  fileprivate init?(text: String) {
    guard let open = text.firstIndex(of: "("), text.hasSuffix(")"),
      let operation = CellOperation.allCases.first(where: { $0.name == text[..<open] }),
      let input = Cell.input(named: String(text[text.index(after: open)...].dropLast()))
    else { return nil }
    self.init(operation, of: input)
  }
}

extension Cell.Block: CustomStringConvertible {
  public var description: String { "\(first) + \(second)" }

  /// Creates a block from its text.
  /// - Throws: `UserError` that begins with `place` and names the text.
  fileprivate init(text: String, place: String) throws(UserError) {
    let parts = text.split(separator: "+", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard parts.count == 2, let one = Cell.Branch(text: parts[0]), let other = Cell.Branch(text: parts[1]) else {
      let names = CellOperation.allCases.map(\.name).joined(separator: ", ")
      throw UserError(
        "\(place): expected two operations of inputs, such as conv3x3(before) + identity(last), with \(names) of before, "
          + "last, block1, ..., found '\(text.prefix(80))'", status: .malformedData)
    }
    self.init(one, other)
  }
}

// The file of a cell: an object with its blocks as texts.
extension Cell {
  private struct File: Codable {
    var blocks: [String]
  }

  /// The bytes of a JSON file with the cell.
  public var json: [UInt8] {
    let lines = blocks.map { "    \"\($0)\"" }.joined(separator: ",\n")
    return Array("{\n  \"blocks\": [\n\(lines)\n  ]\n}\n".utf8)
  }

  /// Creates a cell from the bytes of a JSON file.
  /// - Parameters:
  ///   - bytes: the contents of the file.
  ///   - path: the path of the file, for messages.
  /// - Throws: `UserError` (`malformedData`) that names the file and what was expected and found.
  public init(json bytes: [UInt8], path: String) throws(UserError) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch {
      throw UserError(
        "\(path): expected a cell, {\"blocks\": [\"conv3x3(before) + identity(last)\", ...]}, found other contents",
        status: .malformedData)
    }
    var blocks: [Block] = []
    for (index, text) in file.blocks.enumerated() {
      blocks.append(try Block(text: text, place: "\(path): block \(index + 1)"))
    }
    if let fault = Self.fault(of: blocks) { throw UserError("\(path): \(fault)", status: .malformedData) }
    self.init(blocks)
  }
}
