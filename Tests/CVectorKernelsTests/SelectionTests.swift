import CVectorKernels
import Testing

@Suite struct SelectionTests {
  /// The levels of the kernels of Float and of Double.
  static func names(_ wanted: String?) -> [String?] {
    [METARL_FLOAT, METARL_DOUBLE].map { scalar in
      metarl_select_kernels(scalar, wanted).map { String(cString: $0.pointee.name) }
    }
  }

  /// The level whose kernels of Double another one has.
  static func doubleLevel(of level: String?) -> String? {
    level.map { $0.hasPrefix("x86-64") ? "x86-64-v3" : "portable" }
  }

  @Test func theBestRunnableLevelIsTakenWhenNoneIsNamed() {
    #expect(Self.names(nil) == [runnableLevels.first, Self.doubleLevel(of: runnableLevels.first)])
  }

  @Test func aNamedLevelIsTheOneThatIsTaken() {
    for level in runnableLevels { #expect(Self.names(level) == [level, Self.doubleLevel(of: level)]) }
    #expect(runnableLevels.contains("portable"))
  }

  @Test func anUnknownLevelIsRefused() {
    #expect(Self.names("x86-64-v9") == [nil, nil])
    #expect(Self.names("") == [nil, nil])
  }
}
