import Foundation
import TensorCore
import TestSupport
import Testing

/// Derivatives beyond the second order, nested derivatives and stopped ones, against closed forms.
///
/// The closed forms are evaluated in Double by other functions of the same C library; a few dozen roundings of 1e-16
/// each, on values up to 10, stay below 1e-13.
@Suite struct HigherOrderDerivativeTests {
  private let tolerance = 1e-13

  @Test func thirdDerivativeOfACompositionMatchesItsClosedForm() {
    // f(x) = e^x sin x has f'''(x) = 2 e^x (cos x - sin x).
    let points = [-1.3, -0.2, 0.0, 0.7, 1.9]
    let third: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { arguments in
      gradient(at: arguments) { x in
        gradient(at: x) { y in
          gradient(at: y) { (exp($0[0]) * sin($0[0])).sum() }[0].sum()
        }[0].sum()
      }
    }
    let expected = points.map { 2 * Foundation.exp($0) * (Foundation.cos($0) - Foundation.sin($0)) }
    for results in [third([Tensor(points)]), TracedFunction(third)([Tensor(points)])] {
      for (found, expected) in zip(results[0].scalars, expected) { #expect(abs(found - expected) < tolerance) }
    }
  }

  @Test func mixedThirdDerivativeMatchesItsClosedForm() {
    // f(x, y) = x^2 tanh(y): d3f/dx2dy = 2 (1 - tanh(y)^2), d3f/dx dy2 = -4 x tanh(y) (1 - tanh(y)^2).
    let (x, y) = (0.8, -0.6)
    let derivative: ([Tensor<Double>]) -> Tensor<Double> = { point in
      gradient(at: point) { arguments in
        gradient(at: arguments) { square($0[0]) * tanh($0[1]) }[0]
      }[1]  // d2f/dx dy
    }
    let third = gradient(at: [Tensor(x), Tensor(y)], of: derivative)
    let t = Foundation.tanh(y)
    #expect(abs(third[0].scalar - 2 * (1 - t * t)) < tolerance)
    #expect(abs(third[1].scalar + 4 * x * t * (1 - t * t)) < tolerance)
  }

  @Test func thirdDerivativeOfMatrixProductsMatchesItsClosedForm() {
    // f(W) = sum((W x)^3) elementwise cube: the third directional derivative along V is 6 sum((V x)^3).
    let weights: Tensor<Double> = testValues([3, 4], seed: 1)
    let direction: Tensor<Double> = testValues([3, 4], seed: 2)
    let x: Tensor<Double> = testValues([4, 2], seed: 3)
    func along(_ function: @escaping TensorFunction) -> TensorFunction {
      { point in (gradient(at: point, of: function)[0] * direction).sum() }
    }
    let cube: TensorFunction = { point in
      let product = matmul(point[0], x)
      return (square(product) * product).sum()
    }
    let image = matmul(direction, x)
    let expected = 6 * (square(image) * image).sum().scalar
    #expect(abs(along(along(along(cube)))([weights]).scalar - expected) < tolerance)
  }

  @Test func gradientInsideATracedFunctionSeesTheOuterVariables() {
    // G(w) = d/dx [x^2 w + sin(w x)] = 2 x w + w cos(w x); dG/dw = 2 x + cos(w x) - w x sin(w x).
    let derivatives: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { outer in
      let value = valueAndGradient(at: [outer[0]]) { w in
        gradient(at: [outer[1]]) { x in (square(x[0]) * w[0] + sin(w[0] * x[0])).sum() }[0].sum()
      }
      return [value.value, value.gradient[0]]
    }
    let (w, x) = ([0.3, -1.1, 2.0], [0.9, 0.4, -0.7])
    let point = [Tensor<Double>(w), Tensor<Double>(x)]
    for results in [derivatives(point), TracedFunction(derivatives)(point)] {
      let value = zip(w, x).map { 2 * $1 * $0 + $0 * Foundation.cos($0 * $1) }.reduce(0, +)
      #expect(abs(results[0].scalar - value) < tolerance)
      for (index, (w, x)) in zip(w, x).enumerated() {
        let derivative = 2 * x + Foundation.cos(w * x) - w * x * Foundation.sin(w * x)
        #expect(abs(results[1].scalars[index] - derivative) < tolerance)
      }
    }
  }

  @Test func gradientAtKnownValuesInsideATracedFunctionCapturesTracedOnes() {
    // At x = 2, d/dx (a x^2) = 4 a is traced, because a is.
    let compiled = TracedFunction { (a: Tensor<Double>) in gradient(at: Tensor(2.0)) { a * square($0) } }
    #expect(compiled(Tensor(3.5)).scalar == 14)
  }

  @Test func hessianVectorProductMatchesTheExplicitHessian() {
    // f(x) = log(sum(exp(A x))) has the Hessian A^T (diag(p) - p p^T) A with p = softmax(A x).
    let matrix: Tensor<Double> = 2 * testValues([5, 3], seed: 4)
    let (x, v) = (testValues([3], seed: 5) as Tensor<Double>, testValues([3], seed: 6) as Tensor<Double>)
    func image(_ x: Tensor<Double>) -> Tensor<Double> { matmul(matrix, x.reshaped(to: [3, 1])).flattened() }
    let product = hessianVectorProduct(at: [x], along: [v]) { image($0[0]).logSumExp(axis: 0) }[0]
    let powers = image(x).scalars.map { Foundation.exp($0) }
    let p = powers.map { $0 / powers.reduce(0, +) }
    let av = image(v).scalars
    let mean = zip(p, av).map(*).reduce(0, +)
    for column in 0..<3 {
      let expected = (0..<5).map { matrix.scalars[$0 * 3 + column] * p[$0] * (av[$0] - mean) }.reduce(0, +)
      #expect(abs(product.scalars[column] - expected) < tolerance)
    }
  }

  @Test func hessianOfAFunctionOfTwoTensorsIsSymmetric() {
    let shapes: [Shape] = [[3, 2], [2]]
    let point = shapes.enumerated().map { testValues($1, seed: $0) as Tensor<Double> }
    let function: TensorFunction = { (tanh(matmul($0[0], $0[1].reshaped(to: [2, 1]))) * exp($0[0])).sum() }
    func direction(_ seed: Int) -> [Tensor<Double>] { shapes.enumerated().map { testValues($1, seed: seed + $0) } }
    func inner(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) -> Double {
      zip(a, b).map { ($0 * $1).sum().scalar }.reduce(0, +)
    }
    let (u, v) = (direction(10), direction(20))
    let forward = inner(u, hessianVectorProduct(at: point, along: v, of: function))
    #expect(abs(forward - inner(v, hessianVectorProduct(at: point, along: u, of: function))) < tolerance)
    #expect(abs(forward) > 0.01)
  }

  @Test func stoppedGradientStaysApartFromTheSameDifferentiablePath() {
    // d/dx [x sg(x)] = x, not 2 x; d/dx [e^x sg(e^x)] = e^2x; the compiler may share e^x, whose value is the same.
    let derivatives: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { arguments in
      [
        gradient(at: arguments) { ($0[0] * stopGradient($0[0])).sum() }[0],
        gradient(at: arguments) { ($0[0] * $0[0]).sum() }[0],
        gradient(at: arguments) { (exp($0[0]) * stopGradient(exp($0[0]))).sum() }[0],
        gradient(at: arguments) { x in gradient(at: x) { (square($0[0]) * stopGradient($0[0])).sum() }[0].sum() }[0],
        gradient(at: arguments) { stopGradient(square($0[0])).sum() }[0],
      ]
    }
    let x = [0.5, -1.5, 2.0]
    for results in [derivatives([Tensor(x)]), TracedFunction(derivatives)([Tensor(x)])] {
      #expect(results[0].scalars == x)
      #expect(results[1].scalars == x.map { 2 * $0 })
      for (found, x) in zip(results[2].scalars, x) {
        #expect(abs(found - Foundation.exp(2 * x)) < tolerance * Foundation.exp(2 * x))
      }
      // g = 2 x sg(x), and its derivative is 2 sg(x).
      #expect(results[3].scalars == x.map { 2 * $0 })
      #expect(results[4].scalars == [0, 0, 0])
    }
  }

  @Test func inputThatTheOutputDoesNotUseHasAGradientOfZeros() {
    let point: [Tensor<Double>] = [Tensor([1, 2]), .ones([2, 3])]
    let function: @Sendable ([Tensor<Double>]) -> [Tensor<Double>] = { gradient(at: $0) { $0[0].sum() } }
    for results in [function(point), TracedFunction(function)(point)] {
      #expect(results[0].scalars == [1, 1])
      #expect(results[1].shape == [2, 3])
      #expect(results[1].scalars == Array(repeating: 0, count: 6))
    }
  }
}
