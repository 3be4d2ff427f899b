/// What is seen of a learner on one task before and after its inner steps.
public enum AdaptationPicture: Hashable, Sendable {
  /// Episodes of what moves.
  case film(AdaptationFilm)
  /// A function of one variable and its predictions.
  case function(AdaptedFunction)
  /// Images and the classes that are predicted of them.
  case images(ClassifiedImages)
  /// What is chosen in a few states.
  case choices(ChoiceCounts)

  /// The algorithm, the family and the checkpoint in words.
  public var title: String {
    switch self {
    case .film(let film): film.title
    case .function(let function): function.title
    case .images(let images): images.title
    case .choices(let choices): choices.title
    }
  }

  /// The film; nil for another picture.
  public var film: AdaptationFilm? { if case .film(let film) = self { film } else { nil } }

  /// The name of the task.
  public var task: String {
    switch self {
    case .film(let film): film.task
    case .function(let function): function.task
    case .images(let images): images.task
    case .choices(let choices): choices.task
    }
  }

  /// The quantity that is scored, such as `return`.
  public var measure: String {
    switch self {
    case .film, .choices: "return"
    case .function: "loss"
    case .images: "accuracy"
    }
  }

  /// The numbers of inner steps with the scores after them.
  public var scores: [(step: Int, score: Double)] {
    switch self {
    case .film(let film): film.episodes.map { ($0.step, $0.episodeReturn) }
    case .function(let function): function.predictions.map { ($0.step, $0.loss) }
    case .images(let images): images.predictions.map { ($0.step, images.accuracy(of: $0)) }
    case .choices(let choices): choices.steps.map { ($0.step, $0.meanReturn) }
    }
  }
}

/// A function of one variable that is learned from examples, and its predictions.
public struct AdaptedFunction: Hashable, Sendable {
  /// The predictions after so many inner steps.
  public struct Prediction: Hashable, Sendable {
    /// The number of inner steps.
    public var step: Int
    /// The predicted values, in the order of the true ones.
    public var values: [Double]
    /// The loss on the examples that score the task.
    public var loss: Double

    /// Creates predictions.
    public init(step: Int, values: [Double], loss: Double) {
      (self.step, self.values, self.loss) = (step, values, loss)
    }
  }

  /// The name of the task.
  public var task: String
  /// The algorithm, the family and the checkpoint in words.
  public var title: String
  /// Points of the true function, by their arguments.
  public var truth: [Place]
  /// The examples that the learner adapts to.
  public var support: [Place]
  /// The predictions, by the number of inner steps.
  public var predictions: [Prediction]

  /// Creates a function.
  public init(task: String, title: String, truth: [Place], support: [Place], predictions: [Prediction]) {
    (self.task, self.title, self.truth, self.support) = (task, title, truth, support)
    self.predictions = predictions
  }
}

/// The images of a task with a few classes, and the classes that are predicted of them.
public struct ClassifiedImages: Hashable, Sendable {
  /// An image as red, green and blue bytes, row by row.
  public typealias Pixels = [UInt8]

  /// The predictions after so many inner steps.
  public struct Prediction: Hashable, Sendable {
    /// The number of inner steps.
    public var step: Int
    /// The predicted class of each query, in the order of `queries`.
    public var classes: [[Int]]

    /// Creates predictions.
    public init(step: Int, classes: [[Int]]) { (self.step, self.classes) = (step, classes) }
  }

  /// The name of the task.
  public var task: String
  /// The algorithm, the family and the checkpoint in words.
  public var title: String
  /// The width of an image, in pixels.
  public var width: Int
  /// The height of an image, in pixels.
  public var height: Int
  /// The images of each class that the learner adapts to.
  public var support: [[Pixels]]
  /// The images of each class whose class is predicted.
  public var queries: [[Pixels]]
  /// The predictions, by the number of inner steps.
  public var predictions: [Prediction]

  /// Creates images.
  public init(
    task: String, title: String, size: (width: Int, height: Int), support: [[Pixels]], queries: [[Pixels]],
    predictions: [Prediction]
  ) {
    (self.task, self.title, width, height) = (task, title, size.width, size.height)
    (self.support, self.queries, self.predictions) = (support, queries, predictions)
  }

  /// The share of queries whose class is predicted.
  public func accuracy(of prediction: Prediction) -> Double {
    let hits = prediction.classes.enumerated().map { own, found in found.count { $0 == own } }.reduce(0, +)
    return Double(hits) / Double(max(1, prediction.classes.map(\.count).reduce(0, +)))
  }
}

/// How often a policy takes each choice in each of a few states, whose mean rewards are known.
public struct ChoiceCounts: Hashable, Sendable {
  /// The choices after so many inner steps.
  public struct Step: Hashable, Sendable {
    /// The number of inner steps.
    public var step: Int
    /// The number of times that each choice was taken, by state.
    public var counts: [[Int]]
    /// The mean return of the episodes.
    public var meanReturn: Double

    /// Creates counts.
    public init(step: Int, counts: [[Int]], meanReturn: Double) {
      (self.step, self.counts, self.meanReturn) = (step, counts, meanReturn)
    }
  }

  /// The name of the task.
  public var task: String
  /// The algorithm, the family and the checkpoint in words.
  public var title: String
  /// The names of the states.
  public var states: [String]
  /// The names of the choices.
  public var choices: [String]
  /// The mean reward of each choice, by state.
  public var means: [[Double]]
  /// The choices, by the number of inner steps.
  public var steps: [Step]

  /// Creates counts.
  public init(
    task: String, title: String, states: [String], choices: [String], means: [[Double]], steps: [Step]
  ) {
    (self.task, self.title, self.states) = (task, title, states)
    (self.choices, self.means, self.steps) = (choices, means, steps)
  }
}
