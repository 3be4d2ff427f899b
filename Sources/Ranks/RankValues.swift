extension Double: RankValue {
  package init(from message: inout MessageReader) throws { self = try message.read() }

  package func write(to message: inout Message) { message.write(self) }
}

extension Array: RankValue where Element: RankValue {
  package init(from message: inout MessageReader) throws {
    let count = try message.read(Int.self)
    self = try (0..<Swift.max(0, count)).map { _ in try Element(from: &message) }
  }

  package func write(to message: inout Message) {
    message.write(count)
    for element in self { element.write(to: &message) }
  }
}
