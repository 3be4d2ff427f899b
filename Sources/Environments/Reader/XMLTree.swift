import CExpat

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// An element of an XML document, with the places of the element and of its attributes.
struct XMLTree {
  /// A line of a file, counted from 1.
  struct Place: Hashable {
    var file: String
    var line: Int
  }

  /// The text of an attribute and where it was given.
  struct Attribute {
    var text: String
    var place: Place
  }

  var name: String
  /// The place of the start tag.
  var place: Place
  var attributes: [String: Attribute]
  var children: [XMLTree] = []

  /// The deepest nesting that is read, which bounds the recursion.
  private static let greatestDepth = 100

  /// Parses a whole document in UTF-8, with or without a byte order mark, by libexpat.
  ///
  /// Comments may contain two hyphens, which XML forbids and MuJoCo accepts. Document types with their entities and
  /// processing instructions are refused: a model needs none, and an entity may expand to gigabytes or to another file.
  static func parse(_ bytes: [UInt8], file: String) throws(ModelError) -> XMLTree {
    guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else {
      throw ModelError(file: file, line: nil, subject: "file", expected: "text in UTF-8", found: "other bytes")
    }
    let text = try withoutComments(bytes, file: file)
    return try XMLTreeBuilder(text: text, file: file, greatestDepth: greatestDepth).parse()
  }

  /// The document with comments replaced by blanks, except for their line breaks. Within a tag, "<!--" does not start a
  /// comment.
  private static func withoutComments(_ bytes: [UInt8], file: String) throws(ModelError) -> [UInt8] {
    let opening = Array("<!--".utf8), closing = Array("-->".utf8)
    var result = bytes
    var index = 0
    while let start = bytes[index...].firstIndex(of: UInt8(ascii: "<")) {
      guard bytes[start...].starts(with: opening) else {
        index = bytes.endOfTag(from: start + 1)
        continue
      }
      guard let end = bytes.firstIndex(of: closing, from: start + opening.count) else {
        throw ModelError(
          file: file, line: bytes[..<start].lineCount, subject: "comment", expected: "its end, -->", found: "none")
      }
      index = end + closing.count
      for place in start..<index where bytes[place] != UInt8(ascii: "\n") { result[place] = UInt8(ascii: " ") }
    }
    return result
  }
}

extension Array<UInt8> {
  /// The first index from `start` on at which `pattern` occurs.
  fileprivate func firstIndex(of pattern: [UInt8], from start: Int) -> Int? {
    var index = start
    while let next = self[index...].firstIndex(of: pattern[0]) {
      if self[next...].starts(with: pattern) { return next }
      index = next + 1
    }
    return nil
  }
}

extension Array<UInt8> {
  /// The index after the ">" that ends a tag, where those in quotes are skipped.
  fileprivate func endOfTag(from start: Int) -> Int {
    var quote: UInt8?
    for index in start..<count {
      let byte = self[index]
      if let mark = quote {
        if byte == mark { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
      } else if byte == UInt8(ascii: ">") {
        return index + 1
      }
    }
    return count
  }
}

extension ArraySlice<UInt8> {
  /// The line number of the text that follows these bytes.
  fileprivate var lineCount: Int { 1 + count(where: { $0 == UInt8(ascii: "\n") }) }
}

/// Collects the events of libexpat's parser into a tree.
private final class XMLTreeBuilder {
  private let text: [UInt8]
  private let file: String
  private let greatestDepth: Int
  private let parser: XML_Parser
  private var open: [XMLTree] = []
  private var root: XMLTree?
  private var error: ModelError?

  init(text: [UInt8], file: String, greatestDepth: Int) throws(ModelError) {
    // The declared encoding is ignored, since the bytes were checked to be UTF-8.
    guard let parser = XML_ParserCreate("UTF-8") else {
      throw ModelError(file: file, line: nil, subject: "document", expected: "memory for a parser", found: "none")
    }
    self.text = text
    self.file = file
    self.greatestDepth = greatestDepth
    self.parser = parser
    setHandlers()
  }

  deinit {
    XML_ParserFree(parser)
  }

  func parse() throws(ModelError) -> XMLTree {
    let status = text.withUnsafeBufferPointer { buffer in
      buffer.withMemoryRebound(to: CChar.self) { XML_Parse(parser, $0.baseAddress, Int32($0.count), 1) }
    }
    if let error { throw error }
    guard status == XML_STATUS_OK, let root else { throw syntaxError }
    return root
  }

  private func setHandlers() {
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser, { XMLTreeBuilder.of($0)?.startElement(name: $1, attributes: $2) },
      { data, _ in XMLTreeBuilder.of(data)?.endElement() })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      guard let text else { return }
      XMLTreeBuilder.of(data)?.foundText(UnsafeBufferPointer(start: text, count: Int(count)))
    }
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      XMLTreeBuilder.of(data)?.stop(
        subject: "document", expected: "no document type and no entities", found: "<!DOCTYPE")
    }
    XML_SetProcessingInstructionHandler(parser) { data, target, _ in
      let name = target.map { String(cString: $0) } ?? ""
      XMLTreeBuilder.of(data)?.stop(
        subject: "document", expected: "no processing instructions", found: "<?\(name)")
    }
  }

  private static func of(_ data: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
    data.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
  }

  private var line: Int { max(Int(XML_GetCurrentLineNumber(parser)), 1) }

  private func startElement(
    name: UnsafePointer<CChar>?, attributes: UnsafeMutablePointer<UnsafePointer<CChar>?>?
  ) {
    guard error == nil, let name, let attributes else { return }
    let start = Int(XML_GetCurrentByteIndex(parser))
    let line = line
    let lines = attributeLines(inTagAt: start, count: Int(XML_GetCurrentByteCount(parser)), line: line)
    var element = XMLTree(name: String(cString: name), place: .init(file: file, line: line), attributes: [:])
    var index = 0
    while let key = attributes[index], let value = attributes[index + 1] {
      let key = String(cString: key)
      element.attributes[key] = .init(
        text: String(cString: value), place: .init(file: file, line: lines[key] ?? line))
      index += 2
    }
    open.append(element)
    if open.count > greatestDepth {
      stop(subject: "<\(element.name)>", expected: "at most \(greatestDepth) levels", found: "more")
    }
  }

  private func endElement() {
    guard error == nil, let element = open.popLast() else { return }
    if open.isEmpty {
      root = element
    } else {
      open[open.count - 1].children.append(element)
    }
  }

  private func foundText(_ text: UnsafeBufferPointer<CChar>) {
    let words = String(decoding: text.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard let first = words.firstIndex(where: { !$0.isWhitespace }) else { return }
    stop(subject: "text", expected: "elements only", found: "\"\(words[first...].prefix(40))\"")
  }

  /// The line of each attribute's name in a well-formed start tag.
  private func attributeLines(inTagAt start: Int, count: Int, line: Int) -> [String: Int] {
    guard start >= 0, count > 0, start + count <= text.count else { return [:] }
    var lines: [String: Int] = [:]
    var line = line
    var quote: UInt8?
    var name: [UInt8] = []
    var followsBlank = false
    for byte in text[start..<(start + count)] {
      if byte == UInt8(ascii: "\n") { line += 1 }
      if let mark = quote {
        if byte == mark { quote = nil }
      } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        quote = byte
        name = []
      } else if byte == UInt8(ascii: "=") {
        lines[String(decoding: name, as: UTF8.self)] = line
      } else if byte <= UInt8(ascii: " ") {
        // Blanks before "=" are not part of a name; a word after blanks starts a new name.
        followsBlank = true
        continue
      } else {
        if followsBlank { name = [] }
        name.append(byte)
      }
      followsBlank = false
    }
    return lines
  }

  private func stop(subject: String, expected: String, found: String) {
    guard error == nil else { return }
    error = ModelError(file: file, line: line, subject: subject, expected: expected, found: found)
    XML_StopParser(parser, XML_Bool(XML_FALSE))
  }

  private var syntaxError: ModelError {
    let code = XML_GetErrorCode(parser)
    let found =
      switch code {
      case XML_ERROR_NO_ELEMENTS: open.last.map { "<\($0.name)> without its end" } ?? "no element"
      case XML_ERROR_TAG_MISMATCH: open.last.map { "another end than that of <\($0.name)>" } ?? "an end without a start"
      case XML_ERROR_DUPLICATE_ATTRIBUTE: "attribute '\(word(at: Int(XML_GetCurrentByteIndex(parser))))' given twice"
      default: XML_ErrorString(code).map { String(cString: $0) } ?? "broken XML"
      }
    return ModelError(file: file, line: line, subject: "document", expected: "complete XML", found: found)
  }

  /// The name at an index of the text.
  private func word(at index: Int) -> String {
    guard text.indices.contains(index) else { return "" }
    let name = text[index...].prefix { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "=") }
    return String(decoding: name, as: UTF8.self)
  }
}
