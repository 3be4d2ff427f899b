import Foundation
import FoundationXML

/// An element of an XML document with its line.
struct XMLTree {
  var name: String
  /// Where the start tag ends, counted from 1.
  var line: Int
  var attributes: [String: String]
  var children: [XMLTree] = []

  /// The deepest nesting that is read; recursion follows it.
  private static let greatestDepth = 100

  /// Parses a whole document. Entities and document types are refused: a model needs none.
  static func parse(_ data: Data, file: String) throws(ModelError) -> XMLTree {
    // Foundation's parser traps on names that are not UTF-8.
    guard let text = String(validating: data, as: UTF8.self), !text.utf8.contains(0) else {
      throw ModelError(file: file, line: nil, subject: "file", expected: "text in UTF-8", found: "other bytes")
    }
    // An entity may stand for gigabytes or for another file.
    if let entity = data.range(of: Data("<!ENTITY".utf8)) {
      let line = data[..<entity.lowerBound].count(where: { $0 == UInt8(ascii: "\n") }) + 1
      throw ModelError(file: file, line: line, subject: "document", expected: "no entities", found: "<!ENTITY")
    }
    // Foundation's parser crashes on a processing instruction without data.
    if let instruction = text.firstRange(of: /<\?(?!xml\s)/) {
      let line = text[..<instruction.lowerBound].utf8.count(where: { $0 == UInt8(ascii: "\n") }) + 1
      throw ModelError(
        file: file, line: line, subject: "document", expected: "no processing instructions", found: "<?")
    }
    let builder = Builder(file: file)
    let parser = XMLParser(data: data)
    parser.delegate = builder
    let complete = parser.parse()
    if let error = builder.error { throw error }
    guard complete, let root = builder.root else {
      let found = parser.parserError.map(Self.explanation) ?? "no element"
      throw ModelError(
        file: file, line: max(parser.lineNumber, 1), subject: "document", expected: "complete XML", found: found)
    }
    return root
  }

  private static func explanation(of error: any Error) -> String {
    // The codes are libxml2's.
    switch (error as NSError).code {
    case 4: "no element"
    case 5, 73, 76, 77: "an element without its end"
    case 42: "an attribute given twice"
    case let code: "broken XML (libxml2's error \(code))"
    }
  }

  /// Collects the parser's events into a tree.
  private final class Builder: NSObject, XMLParserDelegate {
    let file: String
    var root: XMLTree?
    var error: ModelError?
    private var open: [XMLTree] = []

    init(file: String) {
      self.file = file
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      open.append(XMLTree(name: name, line: parser.lineNumber, attributes: attributes))
      if open.count > XMLTree.greatestDepth {
        stop(parser, subject: "<\(name)>", expected: "at most \(XMLTree.greatestDepth) levels", found: "more")
      }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      guard let element = open.popLast() else { return }
      if open.isEmpty {
        root = element
      } else {
        open[open.count - 1].children.append(element)
      }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      let words = text.trimmingCharacters(in: .whitespacesAndNewlines)
      guard !words.isEmpty else { return }
      stop(parser, subject: "text", expected: "elements only", found: "\"\(words.prefix(40))\"")
    }

    private func stop(_ parser: XMLParser, subject: String, expected: String, found: String) {
      guard error == nil else { return }
      error = ModelError(file: file, line: parser.lineNumber, subject: subject, expected: expected, found: found)
      parser.abortParsing()
    }
  }
}
