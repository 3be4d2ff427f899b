import Tables
import Testing

@Suite struct TextTableTests {
  private func rows(_ text: String, lastLine: TextTable.LastLine = .row) throws -> [[String]] {
    try TextTable(Array(text.utf8), lastLine: lastLine).rows.map(\.fields)
  }

  @Test(arguments: ["", "\u{FEFF}"], ["\n", "\r\n", "\r"])
  func linesAreTheSameWhateverEndsThemAndWhateverMarksTheirOrder(mark: String, end: String) throws {
    let bytes = Array((mark + ["a,b", "", "1,2", "3,4"].map { $0 + end }.joined()).utf8)
    let lines = TextLines(bytes)
    #expect(lines.all.map(\.text) == ["a,b", "", "1,2", "3,4"])
    #expect(lines.all.map(\.number) == [1, 2, 3, 4] && lines.isLastEnded)
    let table = try TextTable(bytes)
    #expect(table.rows.map(\.fields) == [["a", "b"], ["1", "2"], ["3", "4"]])
    // Empty lines are no rows, and count.
    #expect(table.rows.map(\.line) == [1, 3, 4])
    #expect(TextLines.text(of: bytes)?.utf8.first == UInt8(ascii: "a"))
  }

  @Test func lastLineWithoutItsEndIsWhatTheCallerSays() throws {
    #expect(try rows("a\n1\n2") == [["a"], ["1"], ["2"]])
    #expect(try rows("a\n1\n2", lastLine: .remainder) == [["a"], ["1"]])
    #expect(try rows("a\n1\r\n", lastLine: .remainder) == [["a"], ["1"]])
    #expect(try rows("") == [] && rows("\u{FEFF}") == [])
  }

  /// The forms of RFC 4180, section 2, rules 4 to 7, within a line.
  @Test(arguments: [
    ("a,b,", ["a", "b", ""]), (",", ["", ""]), ("\"a\",\"b\"", ["a", "b"]), ("\"a,b\",c", ["a,b", "c"]),
    ("\"a \"\"b\"\"\",", ["a \"b\"", ""]), ("\"\",x", ["", "x"]), ("a\"b,c", ["a\"b", "c"]),
  ])
  func quotedFieldsAreRead(line: String, fields: [String]) throws {
    #expect(try rows(line) == [fields])
    #expect(try rows(TextTable.line(fields)) == [fields])
  }

  @Test(arguments: ["\"a", "x,\"a\"\"", "\"a\"b,c"]) func quoteWithoutAnEndIsNamedByItsLine(line: String) {
    #expect(throws: TableError(line: 2, expected: "a quote at the end of a quoted field", found: line)) {
      try TextTable(Array("\u{FEFF}a,b\r\n\(line)\r\n".utf8))
    }
  }

  @Test func numbersMayHaveSpacesAroundThem() throws {
    let table = try NumberTable(Array("\u{FEFF}a,b\r\n1, -2.5\r\n\r\n nan ,1e3\r\n".utf8))
    #expect(table.columns == ["a", "b"] && table.rows[0] == [1, -2.5])
    #expect(table.rows[1][0].isNaN && table.rows[1][1] == 1_000)
  }

  @Test(arguments: [
    ("a,b\r\n1,2\r\n\r\n3\r\n", "4: expected 2 numbers, found '3'"),
    ("a,b\n1,x\n", "2: expected 2 numbers, found '1,x'"),
    ("a,b\n1,2,\n", "2: expected 2 numbers, found '1,2,'"),
    ("a,a\n", "1: expected different column names, found 'a,a'"),
    ("", "1: expected a line of column names, found ''"),
  ])
  func tableThatIsNoneIsNamedByItsLine(text: String, message: String) {
    let error = #expect(throws: TableError.self) { try NumberTable(Array(text.utf8)) }
    #expect(error?.description == message)
  }

  @Test func whatFollowsTheRowsThatAreAskedForDoesNotMatter() throws {
    #expect(try NumberTable(Array("a\n1\n2\n\"x\n".utf8), rows: 2).rows == [[1], [2]])
  }
}
