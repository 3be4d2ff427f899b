/// A place in the plane that is drawn, in metres.
public struct Place: Hashable, Sendable {
  /// The coordinate to the right.
  public var x: Double
  /// The coordinate upwards.
  public var y: Double

  /// Creates a place.
  public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
}

/// What an environment looks like at one moment, in the plane in which it moves.
public struct Scene: Hashable, Sendable {
  /// A rounded segment; a disc where its ends coincide.
  public struct Limb: Hashable, Sendable {
    /// The ends.
    public var (start, end): (Place, Place)
    /// The radius, in metres.
    public var radius: Double
    /// The number of the body that it belongs to; bodies of odd numbers are drawn in another shade.
    public var body: Int

    /// Creates a limb.
    public init(from start: Place, to end: Place, radius: Double, body: Int) {
      (self.start, self.end, self.radius, self.body) = (start, end, radius, body)
    }
  }

  /// The shapes, the farthest first.
  public var limbs: [Limb]
  /// The place that moves with the whole.
  public var focus: Place
  /// The place that is to be reached; nil without one.
  public var goal: Place?
  /// The height of the ground; nil without any.
  public var ground: Double?

  /// Creates a scene.
  public init(limbs: [Limb], focus: Place, goal: Place? = nil, ground: Double? = nil) {
    (self.limbs, self.focus, self.goal, self.ground) = (limbs, focus, goal, ground)
  }
}

/// An episode, moment by moment.
public struct EpisodeFilm: Hashable, Sendable {
  /// A moment of an episode.
  public struct Frame: Hashable, Sendable {
    /// What is seen.
    public var scene: Scene
    /// The sum of the rewards so far.
    public var returnSoFar: Double

    /// Creates a frame.
    public init(scene: Scene, returnSoFar: Double) { (self.scene, self.returnSoFar) = (scene, returnSoFar) }
  }

  /// The number of inner steps before the episode.
  public var step: Int
  /// The start, and the moment after each action.
  public var frames: [Frame]

  /// Creates a film.
  public init(step: Int, frames: [Frame]) { (self.step, self.frames) = (step, frames) }

  /// The sum of the rewards of all actions.
  public var episodeReturn: Double { frames.last?.returnSoFar ?? 0 }
}

/// The episodes of a policy on one task before and after its inner steps.
public struct AdaptationFilm: Hashable, Sendable {
  /// The name of the task, such as `forward`.
  public var task: String
  /// The algorithm, the family and the checkpoint in words.
  public var title: String
  /// The time between two frames, in seconds; nil where actions have no duration.
  public var secondsPerFrame: Double?
  /// Whether the view moves along with what it shows, as with a robot that runs away.
  public var isFollowed: Bool
  /// The episodes, by the number of inner steps.
  public var episodes: [EpisodeFilm]

  /// Creates a film.
  public init(task: String, title: String, secondsPerFrame: Double?, isFollowed: Bool, episodes: [EpisodeFilm]) {
    (self.task, self.title, self.secondsPerFrame) = (task, title, secondsPerFrame)
    (self.isFollowed, self.episodes) = (isFollowed, episodes)
  }
}
