import Parts
import Runs

/// What a piece of work counts: the word for people, and the keys of its counts for programs.
enum ProgressUnit: String, Sendable {
  case iteration, task, checkpoint, benchmark, point

  /// The keys of the number that is done and of the number of all.
  var keys: (done: String, all: String) { (rawValue, rawValue + "s") }
}

/// A point of a piece of work: how much of it is done, and what there is to say of it.
struct ProgressPoint: Sendable {
  /// The number that is done, of iterations, tasks or whatever the work counts.
  var done: Int
  /// The number of all.
  var all: Int
  /// How many of those that are done were done by earlier processes, as far as that is known by now; they took no time.
  var earlier = 0
  /// What there is to say of the point. It is made where the point is shown: there may be thousands of points a second.
  var details: @Sendable () -> ProgressDetails = { ProgressDetails() }
}

/// What there is to say of a point of a piece of work, beside the counts.
struct ProgressDetails: Sendable {
  /// What people want to know first: "return -20.1 -> 310.4".
  var highlights: [String] = []
  /// What people want to know where there is room for it.
  var asides: [String] = []
  /// The same for programs, and more.
  var metrics: [(name: String, value: Double)] = []
}

/// What a piece of work is about, for programs, such as the path of a run.
typealias ProgressFact = (name: String, value: any Encodable & Sendable)

/// A line of `--progress json`: the start of a piece of work, a point of it, or its end. Keys may be added; these stay.
struct ProgressEvent: Encodable {
  enum Kind: String { case start, progress, finish }

  var kind: Kind
  /// The subcommand.
  var command: String
  var unit: ProgressUnit
  var done: Int
  var all: Int
  /// The time since the start.
  var seconds: Double
  /// The time to the end, by the pace until now; null where that is not known.
  var remaining: Double?
  /// What the work is about, such as the run's folder, and at the end how it ended.
  var facts: [ProgressFact] = []
  var metrics: [(name: String, value: Double)] = []

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(_ text: String) { stringValue = text }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Name.self)
    try container.encode(kind.rawValue, forKey: Name("event"))
    try container.encode(command, forKey: Name("command"))
    try container.encode(done, forKey: Name(unit.keys.done))
    try container.encode(all, forKey: Name(unit.keys.all))
    try container.encode(seconds, forKey: Name("seconds"))
    try container.encode(remaining, forKey: Name("remaining_seconds"))
    for fact in facts { try container.encode(fact.value, forKey: Name(fact.name)) }
    guard !metrics.isEmpty else { return }
    var inner = container.nestedContainer(keyedBy: Name.self, forKey: Name("metrics"))
    for (name, value) in metrics {
      // JSON has no number that is not finite.
      try inner.encode(value.isFinite ? value : nil, forKey: Name(name))
    }
  }
}
