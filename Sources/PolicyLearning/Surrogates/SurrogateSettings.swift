public import Parts

/// The settings of the inner policy-gradient loss.
public struct SurrogateSettings: Part {
  public let card = Card(
    "surrogate", "a policy-gradient loss whose second derivatives count", source: "Foerster et al. 2018")
  /// The surrogate that turns log-probabilities and advantages into a loss.
  public var surrogate = PolicySurrogate.lowVariance
  /// The decay of the weight of earlier actions in DiCE; 1 is exact.
  public var pastDecay = 1.0

  public static let settings: [Setting<Self>] = [
    Setting(
      "surrogate", \.surrogate,
      "inner policy-gradient loss; dice: exact second derivatives, but at horizon 100 their variance slows "
        + "learning; lvc: less variance, some bias; ratio: the same by likelihood ratios, which trial points and further passes "
        + "of an outer step take in any case; naive: for comparison"),
    Setting(
      "past_decay", \.pastDecay, in: 0...1,
      "lambda of dice: less than 1 forgets earlier actions, less variance for some bias"
    ).used("with surrogate=dice") { $0.surrogate == .dice && $0.looksAtPast },
  ]

  private let looksAtPast: Bool

  /// Creates the default settings.
  /// - Parameter looksAtPast: false for an algorithm that differentiates the loss only once, which `past_decay` does not
  ///   affect.
  public init(looksAtPast: Bool = true) { self.looksAtPast = looksAtPast }
}
