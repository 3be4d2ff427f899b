extension Int {
  /// Returns the name of what this number counts: "step" of one, "steps" of any other number.
  /// - Parameter several: the plural where it has another form than an added s.
  package func noun(_ one: String, _ several: String? = nil) -> String { self == 1 ? one : several ?? one + "s" }

  /// Returns the number with what it counts: "1 step", "2 steps".
  package func counted(_ one: String, _ several: String? = nil) -> String { "\(self) \(noun(one, several))" }
}
