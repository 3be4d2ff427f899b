public import Parts

/// A place for a part of a run, such as its model: a heading of `config.yaml` and the part below it.
public struct RunSlot: Sendable {
  /// The heading of the part's keys.
  public let title: String
  /// The part at this place.
  public internal(set) var part: any Part
  /// The kind of the part where the configuration itself chooses it, as it does the task family and the algorithm.
  public let kind: PartKind?
  /// Returns whether a run by an algorithm, with its present settings, uses the part: an algorithm that trains nothing has
  /// no use for an optimizer. An unused part follows from the task and the algorithm.
  public let isUsed: @Sendable (any Part) -> Bool

  /// Creates a place with its initial part.
  /// - Parameters:
  ///   - title: the heading above the part's keys.
  ///   - part: the initial part.
  ///   - kind: `.task` and `.algorithm` for the places of the family and of the algorithm, nil for others.
  ///   - isUsed: returns whether a run of an algorithm uses the part.
  public init(
    _ title: String, _ part: any Part, kind: PartKind? = nil,
    isUsed: @escaping @Sendable (any Part) -> Bool = { _ in true }
  ) {
    (self.title, self.part, self.kind, self.isUsed) = (title, part, kind, isUsed)
  }
}

/// The settings that every run has, on which its result depends.
public struct RunSettings: Part {
  public let card = Card("run", "what every run has", source: "metarl")
  /// The seed of all random numbers.
  public var seed = 1
  /// The number of meta-iterations.
  public var iterations = 300
  /// The path of the checkpoint whose parameters the run starts from; empty for random ones.
  public var initial = ""

  /// The name of the key of `iterations`.
  package static let iterationsKey = "iterations"
  /// The name of the key of `initial`.
  public static let initialKey = "init"

  public static let settings: [Setting<Self>] = [
    Setting("seed", \.seed, in: 0...Int.max, "every random number of the run follows from it"),
    Setting(
      iterationsKey, \.iterations, in: 1...1_000_000_000, "meta-iterations, one update of the outer parameters each"
    ).measured(in: "meta-iterations").resumed(.mayGrow),
    Setting(
      checkpoint: initialKey, \.initial,
      "checkpoint whose parameters the run starts from, of which its folder keeps a copy; empty: random ones"
    ).addedLater(before: .scalar("")),
  ]

  /// Creates the settings with their default values.
  public init() {}
}

/// The settings that every run has, which control its execution.
public struct RunningSettings: Part {
  public let card = Card("running", "how a run goes", source: "metarl")
  /// The number of meta-iterations between checkpoints.
  public var checkpointInterval = 10
  /// Whether to compute by kernels that give the same bits on every processor.
  public var deterministicKernels = false
  /// The number of threads; 0 for one thread per processor core.
  public var workers = 0

  public static let settings: [Setting<Self>] = [
    Setting(
      "checkpoint_interval", \.checkpointInterval, in: 1...1_000_000_000, "meta-iterations between checkpoints"
    ).measured(in: "meta-iterations").resumed(.freeSchedule),
    Setting(
      "deterministic_kernels", \.deterministicKernels,
      "the same bits on every x86-64 processor that has fused multiply-add, with one C library; costs nothing with "
        + "AVX-512, and time without it or with layers of 128 units and more"),
    Setting(
      "workers", \.workers, in: 0...1_024,
      "most threads, 0: one a processor core; small runs use as many as pay, and results do not depend on it"
    ).measured(in: "threads").resumed(.free),
  ]

  /// Creates the settings with their default values.
  public init() {}
}
