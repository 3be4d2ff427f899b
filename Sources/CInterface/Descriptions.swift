import Environments
import Parts
import Runs
import Scenes
import Training

/// A value that is null in JSON where there is none, rather than left out.
struct OrNull<Value: Encodable>: Encodable {
  private let value: Value?

  init(_ value: Value?) { self.value = value }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}

/// A family of environments as JSON.
struct FamilyDescription: Encodable {
  var name: String
  var summary: String
  var source: String

  init(_ family: any EnvironmentFamily) {
    (name, summary, source) = (family.card.name, family.card.summary, family.card.source)
  }
}

/// An environment as JSON.
struct EnvironmentDescription: Encodable {
  struct Observation: Encodable {
    var name: String
    var joint: String
    var unit: String
    var scale: Double
    var bound: OrNull<Double>
  }

  struct Action: Encodable {
    var name: String
    var joint: String
    var unit: String
    var scale: Double
    var low: OrNull<Double>
    var high: OrNull<Double>
  }

  var name: String
  /// Nil where it is not known, as of a run.
  var rows: Int?
  var horizon: Int
  var secondsPerStep: OrNull<Double>
  var observations: [Observation]
  /// Nil where actions are choices.
  var actions: [Action]?
  var choices: [String]?
  var rewardParts: [String]
  var tasks: [String]
  var ends: Bool
  /// Whether rows have scenes; nil where it is not known, as of a run.
  var isDrawn: Bool?

  private enum CodingKeys: String, CodingKey {
    case name, rows, horizon, observations, actions, choices, tasks, ends
    case isDrawn = "is_drawn"
    case secondsPerStep = "seconds_per_step"
    case rewardParts = "reward_parts"
  }

  init(_ specification: EnvironmentSpecification, rows: Int?, tasks: [String], ends: Bool, isDrawn: Bool? = nil) {
    (name, self.rows, horizon, self.isDrawn) = (specification.name, rows, specification.horizon, isDrawn)
    secondsPerStep = OrNull(specification.hasDuration ? specification.secondsPerStep : nil)
    observations = specification.observations.map {
      Observation(name: $0.name, joint: $0.joint, unit: $0.unit, scale: $0.scale, bound: Self.bounded($0.bound))
    }
    switch specification.actionSpace {
    case .continuous(let elements):
      actions = elements.map {
        Action(
          name: $0.name, joint: $0.joint, unit: $0.unit, scale: $0.scale, low: Self.bounded($0.bounds.lowerBound),
          high: Self.bounded($0.bounds.upperBound))
      }
    case .discrete(let names): choices = names
    }
    (rewardParts, self.tasks, self.ends) = (specification.rewardParts, tasks, ends)
  }

  /// A bound that a number of single precision can have.
  private static func bounded(_ bound: Double) -> OrNull<Double> {
    OrNull(abs(bound) < Double(Float.greatestFiniteMagnitude) ? bound : nil)
  }
}

/// A task as JSON.
struct TaskDescription: Encodable {
  var name: String
  var parameters: [Double]

  init(_ task: EnvironmentTask) { (name, parameters) = (task.name, task.parameters) }
}

/// A scene as JSON.
struct SceneDescription: Encodable {
  struct Limb: Encodable {
    var start: [Double]
    var end: [Double]
    var radius: Double
    var body: Int
  }

  var limbs: [Limb]
  var focus: [Double]
  var goal: OrNull<[Double]>
  var ground: OrNull<Double>

  init(_ scene: Scene) {
    func pair(_ place: Place) -> [Double] { [place.x, place.y] }
    limbs = scene.limbs.map { Limb(start: pair($0.start), end: pair($0.end), radius: $0.radius, body: $0.body) }
    (focus, goal, ground) = (pair(scene.focus), OrNull(scene.goal.map(pair)), OrNull(scene.ground))
  }
}

/// A run as JSON.
struct RunDescription: Encodable {
  var path: String
  var task: String
  var algorithm: String
  var seed: Int
  var iteration: Int
  var innerSteps: Int
  var episodes: Int
  var configuration: [String: String]
  var environment: EnvironmentDescription

  private enum CodingKeys: String, CodingKey {
    case path, task, algorithm, seed, iteration, episodes, configuration, environment
    case innerSteps = "inner_steps"
  }

  init(_ run: TrainedPolicyRun) {
    let configuration = run.configuration
    path = run.folder.path
    (task, algorithm, seed) = (configuration.taskName, configuration.algorithmName, configuration.run.seed)
    (iteration, innerSteps, episodes) = (run.iteration, run.stepCount, run.episodeCount)
    self.configuration = configuration.entries.reduce(into: [:]) { values, entry in
      values[entry.key.name] = configuration[entry.key.name]?.description
    }
    environment = EnvironmentDescription(
      run.specification, rows: nil, tasks: run.taskNames,
      ends: (configuration.family as? any EnvironmentFamily)?.endsEpisodes ?? false)
  }
}
