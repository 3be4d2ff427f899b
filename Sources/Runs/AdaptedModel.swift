/// A model that has adapted to a task, with what another program must know to run it.
public struct AdaptedModel: Equatable, Sendable {
  /// The name of the task that it adapted to.
  public var task: String
  /// The parameters, and what is needed beside them, as numbers.
  public var tensors: [NamedArray]
  /// What is needed beside the numbers, by name.
  public var metadata: [String: String]
  /// The number of elements of an input.
  public var inputSize: Int
  /// The number of elements of an output.
  public var outputSize: Int
  /// What the model computes from rows of inputs, in order; nil where its network is one whose steps are not known, such as
  /// one of a package that extends this one.
  public var steps: [ModelStep]?
  /// What the result of the steps is.
  public var result: ModelResult

  /// Creates a model.
  public init(
    task: String, tensors: [NamedArray], metadata: [String: String], inputSize: Int, outputSize: Int,
    steps: [ModelStep]?, result: ModelResult
  ) {
    (self.task, self.tensors, self.metadata) = (task, tensors, metadata)
    (self.inputSize, self.outputSize) = (inputSize, outputSize)
    (self.steps, self.result) = (steps, result)
  }
}

/// A step of what a model computes from rows of numbers, or from images `[rows, height, width, channels]`.
public enum ModelStep: Equatable, Sendable {
  /// Clips each element to bounds.
  case clip(low: [Float], high: [Float])
  /// Multiplies each element of the last axis by a factor.
  case scale([Float])
  /// x W, with a matrix `[inputs, outputs]`, over the last axis.
  case product(NamedArray)
  /// x + b, over the last axis.
  case sum(NamedArray)
  /// A function of each element: `tanh`, `relu`, `sigmoid` or `softplus`.
  case function(String)
  /// Rows of numbers as images.
  case images(height: Int, width: Int, channels: Int)
  /// The cross-correlation of images with filters `[window height, window width, channels, filters]`, with a margin of zeros
  /// and a window every `stride` pixels.
  case convolution(NamedArray, stride: Int, padding: Int)
  /// Standardises each channel by its mean and its variance over all rows that are given at once and their pixels, then
  /// multiplies by the scale and adds the shift.
  case batchNormalization(scale: NamedArray, shift: NamedArray, epsilon: Float)
  /// The largest element of each square of so many pixels; what does not fill a square is left out.
  case maxPool(window: Int)
  /// The mean over the pixels of each image.
  case spatialMean
  /// The elements of each image as a row.
  case flatten
}

/// What the result of a model's steps is.
public enum ModelResult: Equatable, Sendable {
  /// The means of actions, which are clipped to bounds, with these standard deviations.
  case means(low: [Float], high: [Float], deviations: [Float])
  /// The logits of actions that are choices, of which the most probable one is the action.
  case choices
  /// Predictions of numbers.
  case predictions
  /// The logits of classes, of which the most probable one is predicted.
  case classes
  /// The logit of class 1, which is predicted where it is above 0, and class 0 otherwise.
  case sides
}
