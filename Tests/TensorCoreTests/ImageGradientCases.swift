import TensorCore

extension GradientCase {
  /// Convolutions, whose derivatives go through both adjoints, and pooling.
  static let images: [GradientCase] = [
    GradientCase("convolution", [[2, 4, 5, 2], [3, 2, 2, 3]]) { convolution($0[0], $0[1]) },
    GradientCase("convolution with stride and padding", [[2, 5, 4, 2], [3, 3, 2, 2]]) {
      convolution($0[0], $0[1], stride: 2, padding: 1)
    },
    GradientCase("convolution of tasks with shared filters", [[2, 2, 3, 3, 1], [2, 2, 1, 2]]) {
      convolution($0[0], $0[1], stride: 2, padding: 1)
    },
    GradientCase("convolution with filters of a task each", [[2, 2, 3, 3, 1], [2, 2, 2, 1, 2]]) {
      convolution($0[0], $0[1], padding: 1)
    },
    GradientCase("convolution with rows that no window sees", [[1, 6, 5, 1], [2, 2, 1, 1]]) {
      convolution($0[0], $0[1], stride: 3)
    },
    GradientCase("two convolutions", [[1, 5, 5, 1], [2, 2, 1, 2], [3, 3, 2, 1]]) {
      convolution(tanh(convolution($0[0], $0[1])), $0[2], stride: 2, padding: 1)
    },
    // The gradient of a gradient: each adjoint is itself the function that is differentiated.
    GradientCase("input gradient of a convolution", [[1, 2, 2, 2], [3, 3, 1, 2]]) { arguments in
      gradient(at: [Tensor<Double>.zeros([1, 4, 4, 1])]) { images in
        (convolution(images[0], arguments[1], stride: 2, padding: 1) * arguments[0]).sum()
      }[0]
    },
    GradientCase("filter gradient of a convolution", [[1, 4, 4, 1], [1, 2, 2, 2]]) { arguments in
      gradient(at: [Tensor<Double>.zeros([3, 3, 1, 2])]) { filters in
        (convolution(arguments[0], filters[0], stride: 2, padding: 1) * arguments[1]).sum()
      }[0]
    },
    GradientCase("max pooling", [[2, 4, 4, 3]]) { maxPool($0[0], window: 2) },
    GradientCase("max pooling of overlapping windows", [[1, 5, 6, 2]]) { maxPool($0[0], window: 3, stride: 2) },
    GradientCase("max pooling of tasks", [[2, 1, 5, 4, 1]]) { maxPool(exp($0[0]), window: 2) },
  ]

  /// Batch normalisation and the losses of classes.
  static let normalization: [GradientCase] = [
    GradientCase("batch normalization", [[6, 3], [3], [3]]) {
      batchNormalization($0[0], from: 0, scale: $0[1], shift: $0[2], epsilon: 0.01)
    },
    GradientCase("batch normalization of images", [[3, 2, 2, 2], [2], [2]]) {
      batchNormalization($0[0], from: 0, scale: $0[1], shift: $0[2], epsilon: 0.01)
    },
    GradientCase("batch normalization of each task", [[2, 5, 2], [2, 2], [2]]) {
      batchNormalization($0[0], from: 1, scale: $0[1], shift: $0[2], epsilon: 0.01)
    },
    GradientCase("rectified batch normalization", [[4, 2, 2, 2], [2], [2]]) {
      rectifiedBatchNormalization($0[0], from: 0, scale: $0[1], shift: $0[2], epsilon: 0.01)
    },
    GradientCase("rectified batch normalization of each task", [[2, 5, 3], [2, 3], [2, 3]]) {
      rectifiedBatchNormalization($0[0], from: 1, scale: $0[1], shift: $0[2], epsilon: 0.01)
    },
    GradientCase("normalization with given statistics", [[4, 2], [2], [2], [2], [2]], offset: 2) {
      TensorCore.normalization(
        $0[0], from: 0, mean: $0[1], variance: $0[2], scale: $0[3], shift: $0[4], epsilon: 0.01)
    },
    GradientCase("mean of channels", [[2, 3, 2]]) { channelMoments(of: $0[0], from: 1).mean },
    GradientCase("variance of channels", [[2, 3, 2]]) { channelMoments(of: $0[0], from: 0).variance },
    GradientCase("mean over space", [[2, 3, 2, 2]]) { exp($0[0]).mean(axes: -3, -2) },
    GradientCase("logSoftmax", [[2, 4]]) { $0[0].logSoftmax(axis: -1) },
    GradientCase("softmax cross-entropy", [[2, 2, 3], [2, 2, 3]]) {
      softmaxCrossEntropy(logits: 3 * $0[0], targets: exp($0[1].logSoftmax(axis: 2)))
    },
    GradientCase("binary cross-entropy", [[5], [5]]) { binaryCrossEntropy(logits: 3 * $0[0], targets: sigmoid($0[1])) },
  ]
}

extension Tensor {
  /// The logarithms of the probabilities that logits along `axis` give, without overflow.
  func logSoftmax(axis: Int) -> Tensor { self - logSumExp(axis: axis, keepingAxes: true) }
}
