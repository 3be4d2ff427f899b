import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

@Suite struct PresetTests {
  private func configuration(_ preset: Preset, _ more: [String] = []) throws -> RunConfiguration {
    let settings = preset.settings + (try more.map { try ConfigurationSetting(argument: $0) })
    return try RunConfiguration(settings: settings, catalog: .standard)
  }

  /// Every preset trains by each of its algorithms, with the values that it has for keys that the run uses.
  @Test(arguments: Preset.standard.map(\.name)) func presetIsAConfigurationOfEachOfItsAlgorithms(name: String) throws {
    let preset = try Catalog.standard.preset(named: name)
    for algorithm in preset.algorithms {
      let configuration = try configuration(preset, ["algorithm=\(algorithm)"])
      try preset.check(configuration)
      for (key, value) in preset.values {
        if let own = configuration[key] { #expect(own.description == value.description, "\(key)") }
      }
      _ = try PolicySetup(configuration)
    }
    #expect(try configuration(preset).algorithmName == preset.algorithms[0])
  }

  @Test func userSettingsTakePrecedence() throws {
    let preset = try Catalog.standard.preset(named: "finn-2017")
    #expect(try configuration(preset, ["inner_rate=0.7"])["inner_rate"] == 0.7)
    #expect(try configuration(preset)["inner_rate"] == 0.1)
  }

  @Test func otherAlgorithmsAndNamesAreRefused() throws {
    let preset = try Catalog.standard.preset(named: "promp-2019")
    let error = userError { try preset.check(configuration(preset, ["algorithm=mlsr"])) }
    #expect(error?.message == "preset promp-2019: expected maml on cheetah-dir, found mlsr on cheetah-dir")
    let unknown = userError { _ = try Catalog.standard.preset(named: "promp-2020") }
    #expect(unknown?.message == "preset: unknown preset 'promp-2020'; did you mean 'promp-2019'?")
  }
}
