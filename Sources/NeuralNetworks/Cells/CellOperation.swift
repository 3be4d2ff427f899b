/// An operation of a cell: what a branch of a block does with its input. The size of an image and its number of channels
/// stay the same, except that a stride of two halves the size.
public enum CellOperation: Int, CaseIterable, Hashable, Comparable, Sendable {
  /// ReLU, a 3x3 convolution, batch normalisation.
  case convolution3
  /// ReLU, a 5x5 convolution, batch normalisation.
  case convolution5
  /// ReLU, a 3x3 convolution of each channel alone, a 1x1 convolution, batch normalisation.
  case separable3
  /// ReLU, a 5x5 convolution of each channel alone, a 1x1 convolution, batch normalisation.
  case separable5
  /// The largest element of each window of 3x3 pixels.
  case maximum3
  /// The mean of the pixels of each window of 3x3 that lie inside of the image.
  case mean3
  /// The input itself.
  case identity

  /// The name in texts and files.
  public var name: String {
    switch self {
    case .convolution3: "conv3x3"
    case .convolution5: "conv5x5"
    case .separable3: "sep3x3"
    case .separable5: "sep5x5"
    case .maximum3: "max3x3"
    case .mean3: "mean3x3"
    case .identity: "identity"
    }
  }

  /// The side of the window in pixels; 1 for the identity.
  public var window: Int {
    switch self {
    case .convolution3, .separable3, .maximum3, .mean3: 3
    case .convolution5, .separable5: 5
    case .identity: 1
    }
  }

  public static func < (left: CellOperation, right: CellOperation) -> Bool { left.rawValue < right.rawValue }
}
