import CProcessor
import Testing

@Suite struct ProcessorTests {
  private static let lists = [METARL_LEVEL_V3, METARL_LEVEL_V4].map { String(cString: metarl_level_features($0)) }

  /// The vector kernels and the lanes engine are compiled for these lists, and ask for them here.
  @Test(arguments: lists) func processorWithoutAnyFeatureOfALevelDoesNotRunIt(features: String) {
    for feature in features.split(separator: ",") {
      #expect(metarl_processor_without(String(feature), features) == 0, "\(feature)")
    }
    // One that is no part of a level changes nothing.
    #expect(metarl_processor_without("sse5", features) == metarl_processor_has(features))
  }

  @Test func levelsHaveTheFeaturesThatTheirFilesUse() {
    let (third, fourth) = (Self.lists[0].split(separator: ","), Self.lists[1].split(separator: ","))
    #expect(Set(third) == ["avx2", "fma", "bmi", "bmi2"])
    #expect(Set(fourth) == Set(third).union(["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"]))
  }

  @Test func unknownFeatureIsNotThere() {
    #expect(metarl_processor_has("avx2,unknown") == 0 && metarl_processor_has("") == 0)
  }
}
