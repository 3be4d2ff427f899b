public import Parts

/// One of the places of a run that parts stand in, such as its model: a heading of `config.yaml` and the part below it.
public struct RunSlot: Sendable {
  /// The heading.
  public let title: String
  /// The part.
  public internal(set) var part: any Part
  /// The sort of the part, where the configuration itself chooses it: the task family or the algorithm.
  public let kind: PartKind?
  /// Whether a run by an algorithm, as that is set, looks at the part: one that trains nothing has no use for an optimizer.
  /// A part that it does not look at is as the task and the algorithm have it.
  public let isUsed: @Sendable (any Part) -> Bool

  /// Creates a place with the part that stands there at first.
  /// - Parameters:
  ///   - title: the heading above the part's keys.
  ///   - part: the part that a run starts with.
  ///   - kind: `.task` and `.algorithm` for the places of the family and of the algorithm, nil for others.
  ///   - isUsed: whether a run of an algorithm uses the place's keys.
  public init(
    _ title: String, _ part: any Part, kind: PartKind? = nil,
    isUsed: @escaping @Sendable (any Part) -> Bool = { _ in true }
  ) {
    (self.title, self.part, self.kind, self.isUsed) = (title, part, kind, isUsed)
  }
}

/// What every run has, whatever it learns.
public struct RunSettings: Part {
  public let card = Card("run", "what every run has", source: "metarl")
  /// The seed of every random number.
  public var seed = 1
  /// Meta-iterations.
  public var iterations = 300

  public static let settings: [Setting<Self>] = [
    Setting("seed", \.seed, in: 0...Int.max, "every random number of the run follows from it"),
    Setting(
      "iterations", \.iterations, in: 1...1_000_000_000, "meta-iterations, one update of the outer parameters each"
    ).measured(in: "meta-iterations").resumed(.mayGrow),
  ]

  /// Creates the settings.
  public init() {}
}

/// How a run goes, whatever it learns.
public struct RunningSettings: Part {
  public let card = Card("running", "how a run goes", source: "metarl")
  /// Meta-iterations between checkpoints.
  public var checkpointInterval = 10
  /// Whether to compute by kernels that have the same bits on every processor.
  public var deterministicKernels = false
  /// Threads; 0 for one a processor core.
  public var workers = 0

  public static let settings: [Setting<Self>] = [
    Setting(
      "checkpoint_interval", \.checkpointInterval, in: 1...1_000_000_000, "meta-iterations between checkpoints"
    ).measured(in: "meta-iterations").resumed(.free),
    Setting(
      "deterministic_kernels", \.deterministicKernels,
      "the same bits on every x86-64 processor that has fused multiply-add, with one C library; costs nothing with "
        + "AVX-512, and time without it or with layers of 128 units and more"),
    Setting(
      "workers", \.workers, in: 0...1_024, "threads, 0: one a processor core; the results do not depend on it"
    ).measured(in: "threads").resumed(.free),
  ]

  /// Creates the settings.
  public init() {}
}
