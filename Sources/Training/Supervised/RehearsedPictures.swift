import FewShotTasks
import ImageData
import NeuralNetworks
import Parts
import Scenes
import TensorCore

extension RehearsedTask {
  /// Returns the task's function, by many examples that need not be drawn otherwise, and its predictions.
  func function(after steps: [Int], points: Int, _ title: String) throws -> AdaptedFunction {
    let examples = examples(points)
    let order = examples.inputs.indices.sorted { examples.inputs[$0] < examples.inputs[$1] }
    func places(_ examples: TaskBatch.Examples) -> [Place] {
      zip(examples.inputs, examples.targets).map { Place(x: Double($0), y: Double($1)) }
    }
    let predictions = try zip(steps, parameters(after: steps)).map { step, parameters in
      let values = outputs(parameters, examples)
      let scored = outputs(parameters, batch.query)
      let loss = setup.task.loss(
        Tensor(shape: [1, batch.query.rows, 1], scalars: scored),
        Tensor(shape: [1, batch.query.rows, 1], scalars: batch.query.targets)
      ).scalars[0]
      return AdaptedFunction.Prediction(step: step, values: order.map { Double(values[$0]) }, loss: Double(loss))
    }
    let truth = places(examples)
    return AdaptedFunction(
      task: name, title: title, truth: order.map { truth[$0] }, support: places(batch.support),
      predictions: predictions)
  }

  /// Returns the task's images, by class, and the classes that are predicted of the queries.
  func images(after steps: [Int], _ title: String) throws -> ClassifiedImages {
    guard let shape = setup.task.imageShape else { preconditionFailure("\(name) has no images") }
    let ways = max(2, setup.model.outputSize)
    /// The elements of the rows of each class.
    func byClass<Element>(_ examples: TaskBatch.Examples, _ element: (_ row: Int) -> Element) -> [[Element]] {
      var classes: [[Element]] = Array(repeating: [], count: ways)
      // A target has the form of an output: the largest element is the class, or whether the only one is above 0.
      for row in 0..<examples.rows { classes[predictedClass(ofRow: row, examples.targets)].append(element(row)) }
      return classes
    }
    func pictures(_ examples: TaskBatch.Examples) -> [[ClassifiedImages.Pixels]] {
      byClass(examples) { Self.pixels(examples.inputs[$0 * shape.count..<($0 + 1) * shape.count], shape) }
    }
    let predictions = try zip(steps, parameters(after: steps)).map { step, parameters in
      let outputs = outputs(parameters, batch.query)
      return ClassifiedImages.Prediction(
        step: step, classes: byClass(batch.query) { predictedClass(ofRow: $0, outputs) })
    }
    return ClassifiedImages(
      task: name, title: title, size: (shape.width, shape.height), support: pictures(batch.support),
      queries: pictures(batch.query), predictions: predictions)
  }

  /// Returns the class of the largest of a row's elements, of which the first counts; of one element, whether it is above 0.
  private func predictedClass(ofRow row: Int, _ outputs: [Float]) -> Int {
    let size = setup.model.outputSize
    guard size > 1 else { return outputs[row] > 0 ? 1 : 0 }
    var best = row * size
    for place in row * size..<(row + 1) * size where outputs[place] > outputs[best] { best = place }
    return best - row * size
  }

  /// Returns the bytes of an image. Of one channel, 1 is ink, which is dark.
  private static func pixels(_ values: ArraySlice<Float>, _ shape: ImageShape) -> ClassifiedImages.Pixels {
    values.flatMap { value in
      let light = min(max(shape.channels == 1 ? 1 - value : value, 0), 1)
      return Array(repeating: UInt8((255 * light).rounded()), count: shape.channels == 1 ? 3 : 1)
    }
  }
}
