import Testing

@testable import TensorCore

/// One operation with operands that it cannot take.
struct ShapeFault: Sendable, CustomTestStringConvertible {
  let operation: any Operation
  let operands: [Shape]
  /// What the message must hold, besides the operation's name.
  let mentions: [String]

  var testDescription: String { "\(operation.name) of \(operands)" }

  init(_ operation: any Operation, _ operands: [Shape], mentions: [String] = []) {
    (self.operation, self.operands, self.mentions) = (operation, operands, mentions)
  }

  static let all: [ShapeFault] = [
    ShapeFault(Elementwise(function: .binary(Add.self)), [[2, 3], [3, 2]]),
    ShapeFault(Elementwise(function: .ternary(Select.self)), [[2], [2], [3]]),
    ShapeFault(Broadcast(shape: [4, 3]), [[2, 3]], mentions: ["[4, 3]"]),
    ShapeFault(Broadcast(shape: [3]), [[1, 3]], mentions: ["[3]"]),
    ShapeFault(Broadcast(shape: Shape([2, 1, 2, 1, 2, 1, 2])), [Shape([1, 1, 1, 1, 1, 1, 1])], mentions: ["6"]),
    ShapeFault(Reshape(shape: [4]), [[2, 3]], mentions: ["[4]", "6", "4"]),
    ShapeFault(Transpose(permutation: [0, 0]), [[2, 3]], mentions: ["[0, 0]"]),
    ShapeFault(Transpose(permutation: [0, 1, 2]), [[2, 3]]),
    ShapeFault(Transpose(permutation: [6, 5, 4, 3, 2, 1, 0]), [[2, 2, 2, 2, 2, 2, 2]], mentions: ["6"]),
    ShapeFault(Slice(axis: 1, range: 2..<5), [[2, 4]], mentions: ["axis 1", "2..<5"]),
    ShapeFault(Slice(axis: 2, range: 0..<1), [[2, 4]], mentions: ["axis 2"]),
    ShapeFault(Pad(axis: 0, before: -1, after: 0), [[2]], mentions: ["-1"]),
    ShapeFault(Pad(axis: 1, before: 1, after: 0), [[2]], mentions: ["axis 1"]),
    ShapeFault(Concatenate(axis: 0), [[2, 3], [2, 4]], mentions: ["axis 0"]),
    ShapeFault(Concatenate(axis: 0), [[2, 3], [3]], mentions: ["ranks"]),
    ShapeFault(Concatenate(axis: 2), [[2, 3], [2, 3]], mentions: ["axis 2"]),
    ShapeFault(CumulativeSum(axis: 1, reversed: false), [[4]], mentions: ["axis 1"]),
    ShapeFault(Sum(axes: 1..<3), [[2, 3]], mentions: ["1..<3"]),
    ShapeFault(Maximum(axes: 1..<3), [[2, 3]], mentions: ["1..<3"]),
    ShapeFault(Maximum(axes: 0..<1), [[0, 3]]),
    ShapeFault(Convolution(stride: 1, padding: 0), [[2, 2], [3, 3, 1, 1]], mentions: ["images"]),
    ShapeFault(Convolution(stride: 1, padding: 0), [[1, 4, 4, 1], [2, 3, 3, 1, 1]], mentions: ["tasks"]),
    ShapeFault(Convolution(stride: 1, padding: 0), [[3, 1, 4, 4, 1], [2, 3, 3, 1, 1]], mentions: ["3 and 2"]),
    ShapeFault(Convolution(stride: 1, padding: 0), [[1, 4, 4, 2], [3, 3, 1, 1]], mentions: ["2 and 1"]),
    ShapeFault(
      Convolution(stride: 1, padding: 0), [[1, 2, 4, 1], [3, 3, 1, 1]], mentions: ["no place", "padding 0"]),
    ShapeFault(Convolution(stride: 0, padding: 0), [[1, 4, 4, 1], [3, 3, 1, 1]], mentions: ["stride 0"]),
    ShapeFault(
      ConvolutionInputGradient(stride: 2, padding: 1, height: 9, width: 4), [[1, 2, 2, 1], [3, 3, 1, 1]],
      mentions: ["[1, 5, 2, 1]"]),
    ShapeFault(
      ConvolutionFilterGradient(stride: 2, padding: 1, windowHeight: 3, windowWidth: 3, sumsTasks: false),
      [[1, 4, 4, 1], [1, 3, 3, 1]], mentions: ["[1, 2, 2, 1]"]),
    ShapeFault(PoolChoice(steps: PoolingSteps(window: 3, stride: 1)), [[1, 2, 5, 1]], mentions: ["3 by 3"]),
    ShapeFault(
      PoolGather(steps: PoolingSteps(window: 2, stride: 2)), [[1, 4, 4, 1], [1, 2, 1, 1]], mentions: ["[1, 2, 2, 1]"]),
    ShapeFault(
      PoolScatter(steps: PoolingSteps(window: 2, stride: 2), height: 4, width: 6), [[1, 2, 2, 1], [1, 2, 2, 1]],
      mentions: ["[1, 4, 6, 1]"]),
    ShapeFault(Moments(), [[2, 0, 3]], mentions: ["reduced"]),
    ShapeFault(
      ChannelLine(isRectified: true), [[2, 3, 4], [1, 1, 4], [2, 1, 4]], mentions: ["[outer, 1, channels]"]),
    ShapeFault(
      ChannelLineGradient(isRectified: false), [[2, 3, 4], [2, 1, 4], [2, 1, 4], [2, 1, 4], [2, 1, 4], [2, 1, 4]]),
    ShapeFault(CenteredSums(), [[2, 3, 4], [2, 3, 4], [2, 4]], mentions: ["[outer, 1, inner]"]),
    ShapeFault(Gather(), [[4, 2], [2, 2]]),
    ShapeFault(Gather(), [[], [2]]),
    ShapeFault(Scatter(rows: 4), [[3, 2], [2]]),
    ShapeFault(MatrixProduct(), [[2, 3], [4, 5]], mentions: ["3", "4"]),
    ShapeFault(MatrixProduct(transposesLeft: true), [[2, 3], [3, 5]], mentions: ["2", "3"]),
    ShapeFault(MatrixProduct(transposesRight: true), [[2, 3], [3, 5]], mentions: ["5"]),
    ShapeFault(MatrixProduct(), [[2, 4, 3], [5, 3, 4]], mentions: ["2", "5"]),
    ShapeFault(MatrixProduct(), [[3], [3, 4]]),
    ShapeFault(MatrixProduct(sumsBatch: true), [[2, 4, 3], [3, 3, 4]]),
  ]
}

@Suite struct ShapeErrorTests {
  @Test(arguments: ShapeFault.all) func errorNamesTheOperationAndItsShapes(_ fault: ShapeFault) {
    do {
      let shape = try fault.operation.resultShape(fault.operands)
      Issue.record("\(fault.testDescription) gave \(shape)")
    } catch {
      #expect(error.operation == fault.operation.name)
      for text in [fault.operation.name] + fault.operands.map(\.description) + fault.mentions {
        #expect(error.description.contains(text), "\(error.description) lacks \(text)")
      }
    }
  }

  @Test func sizesThatDoNotBroadcastAreNamedWithBothShapes() {
    #expect(throws: ShapeError(operation: "add", operands: [[2, 3], [4]], reason: "sizes 3 and 4 do not broadcast")) {
      try Shape.broadcasting([2, 3], [4], for: "add")
    }
  }

  @Test func broadcastingAlignsAtTheLastAxis() throws {
    #expect(try Shape.broadcasting([2, 1, 4], [3, 1], for: "add") == [2, 3, 4])
    #expect(try Shape.broadcasting([], [3, 0], for: "add") == [3, 0])
    #expect(try Shape.broadcasting([1], [0], for: "add") == [0])
    #expect(throws: ShapeError.self) { try Shape.broadcasting([2], [0], for: "add") }
  }

  @Test func operatorOnShapesThatDoNotFitStopsTheProgramWithThem() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Float>.ones([2, 3]) * Tensor<Float>.ones([4])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("multiply of [2, 3] and [4]: sizes 3 and 4 do not broadcast"))
  }

  @Test func matrixProductOfShapesThatDoNotFitStopsTheProgramWithThem() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = matmul(Tensor<Double>.ones([2, 3]), .ones([4, 5]))
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("matmul of [2, 3] and [4, 5]: inner sizes 3 and 4 differ"))
  }
}
