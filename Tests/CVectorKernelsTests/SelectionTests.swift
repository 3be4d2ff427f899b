import CVectorKernels
import Testing

@Suite struct SelectionTests {
  static func names(_ wanted: String?) -> [String?] {
    [
      metarl_select_kernels_float(wanted).map { String(cString: $0.pointee.name) },
      metarl_select_kernels_double(wanted).map { String(cString: $0.pointee.name) },
    ]
  }

  @Test func theBestRunnableLevelIsTakenWhenNoneIsNamed() {
    #expect(Self.names(nil) == [runnableLevels.first, runnableLevels.first])
  }

  @Test func aNamedLevelIsTheOneThatIsTaken() {
    for level in runnableLevels { #expect(Self.names(level) == [level, level]) }
    #expect(runnableLevels.contains("portable"))
  }

  @Test func anUnknownLevelIsRefused() {
    #expect(Self.names("x86-64-v9") == [nil, nil])
    #expect(Self.names("") == [nil, nil])
  }
}
