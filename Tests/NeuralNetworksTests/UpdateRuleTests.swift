import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// Update rules and their chains, against their formulas.
@Suite struct UpdateRuleTests {
  private static let gradients: [[Double]] = [
    [0.1, -0.2, 0], [0.3, 0.4, 1e-4], [-0.5, 0.25, -2e-4], [0.05, -1, 10],
  ]

  /// The parameters after each gradient, starting at (1, -2) and 0.5.
  private func path<Scalar: TensorScalar>(_ rule: any UpdateRule, _: Scalar.Type) -> [[Scalar]] {
    var parameters: Parameters<Scalar> = split([1, -2, 0.5])
    var state = rule.initialState(for: parameters)
    return Self.gradients.enumerated().map { index, gradient in
      parameters = rule.step(parameters, gradient: split(gradient), state: &state, count: index + 1)
      return parameters.tensors.flatMap(\.scalars)
    }
  }

  private func split<Scalar: TensorScalar>(_ numbers: [Double]) -> Parameters<Scalar> {
    Parameters([
      ("a", Tensor([Scalar(numbers[0]), Scalar(numbers[1])])), ("b", Tensor([Scalar(numbers[2])])),
    ])
  }

  private func scalars(_ parameters: Parameters<Double>) -> [Double] { parameters.tensors.flatMap(\.scalars) }

  /// Algorithm 1 of Kingma and Ba, computed in Python.
  private static let adam: [[Double]] = [
    [0.9900000009999999, -1.9900000005, 0.5],
    [0.9808221902205589, -1.9936610356546038, 0.4925596837208614],
    [0.9824313332095783, -1.9992494177276956, 0.4957023020869978],
    [0.9832550387228949, -1.9961621692642768, 0.48989107600985093],
  ]

  /// 900 steps without a gradient take the mean from 1 below the smallest normal Float, were it not cut before.
  @Test func averagesOfAnEndedGradientBecomeZero() {
    let rule = Adam.steps(rate: 1e-3)
    var parameters = Parameters<Float>([("w", Tensor([1, 1]))])
    var state = rule.initialState(for: parameters)
    for count in 0..<900 {
      let gradient = parameters.replacingTensors([Tensor(count == 0 ? [10, 0] : [0, 0])])
      parameters = rule.step(parameters, gradient: gradient, state: &state, count: count + 1)
      #expect(state.tensors.allSatisfy { $0.scalars.allSatisfy { !$0.isSubnormal } })
    }
    #expect(state.namedGroups.map(\.name) == ["moment1", "moment2"])
    #expect(state.namedGroups[0].parameters["w"].scalars == [0, 0])
    #expect(state.namedGroups[1].parameters["w"].scalars[0] > 0)
    #expect(parameters.tensors[0].scalars[1] == 1)
  }

  @Test func adamFollowsThePublishedAlgorithm() {
    for (found, expected) in zip(path(Adam.steps(rate: 0.01), Double.self), Self.adam) {
      // The same formula in Double: a dozen roundings a step on numbers up to 2.
      for (x, y) in zip(found, expected) { #expect(abs(x - y) < 1e-14) }
    }
  }

  @Test func adamInFloatAgreesToItsPrecision() {
    for (found, expected) in zip(path(Adam.steps(rate: 0.01), Float.self), Self.adam) {
      // Adding a step to 2 rounds by 1.2e-7, four times; the steps themselves are 0.01 with a few roundings of 1e-7.
      for (x, y) in zip(found, expected) { #expect(abs(Double(x) - y) < 1e-6) }
    }
  }

  @Test func adamUsesEverySetting() {
    let rule = Chain(Adam(meanDecay: 0.5, squareDecay: 0.75, epsilon: 0.01), Scaled(by: 0.1))
    let last = path(rule, Double.self).last ?? []
    let expected = [0.8820452234208448, -1.9732576602291985, 0.412137909509475]
    #expect(last.count == 3)
    for (x, y) in zip(last, expected) { #expect(abs(x - y) < 1e-14) }  // As above.
  }

  @Test func gradientDescentSubtractsTheRateTimesTheGradient() {
    let last = path(GradientStep(rate: 0.5), Double.self).last ?? []
    // The gradients add up to -0.05, -0.55 and 9.9999.
    #expect(last.count == 3)
    for (x, y) in zip(last, [1.025, -1.725, -4.49995]) { #expect(abs(x - y) < 1e-14) }  // Four roundings.
  }

  @Test func stepOfZeroGradientsMovesNothing() {
    let parameters = Parameters<Float>([("a", Tensor([1, 2]))])
    let rule = Adam.steps(rate: 1e-3)
    var state = rule.initialState(for: parameters)
    let moved = rule.step(parameters, gradient: parameters.zeros, state: &state, count: 1)
    #expect(moved["a"].scalars == [1, 2])
  }

  /// v' = 0.8 v + g, phi' = phi - 0.1 v'.
  @Test func momentumFollowsItsRecurrence() {
    var (expected, velocity) = ([1, -2, 0.5], [0.0, 0, 0])
    let found = path(Chain(Momentum(decay: 0.8), Scaled(by: 0.1)), Double.self)
    for (found, gradient) in zip(found, Self.gradients) {
      velocity = zip(velocity, gradient).map { 0.8 * $0 + $1 }
      expected = zip(expected, velocity).map { $0 - 0.1 * $1 }
      // The same operations.
      #expect(found == expected)
    }
  }

  @Test func scheduleGoesLinearlyFromItsStartToItsEnd() {
    let schedule = Scheduled.linear(from: 1, to: 0.2, steps: 4)
    let rates = (1...7).map { schedule.coefficients(step: $0)[0].value }
    for (rate, expected) in zip(rates, [1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2]) { #expect(abs(rate - expected) < 1e-15) }
    let last = path(schedule, Double.self).last ?? []
    // 1 - (0.1 + 0.8 x 0.3 - 0.6 x 0.5 + 0.4 x 0.05).
    #expect(abs(last[0] - 0.94) < 1e-15)
  }

  /// Clipping, momentum, Adam and a schedule one after another, each as if alone.
  @Test func chainIsTheCompositionOfItsLinks() {
    let links: [any UpdateRule] = [
      ClippedGlobalNorm(0.5), Momentum(decay: 0.5), Adam(), Scheduled.linear(from: 0.1, to: 0, steps: 3),
    ]
    var parameters: Parameters<Double> = split([1, -2, 0.5])
    var states = links.map { $0.initialState(for: parameters) }
    for (index, (found, gradient)) in zip(path(Chain(links), Double.self), Self.gradients).enumerated() {
      var update: Parameters<Double> = split(gradient)
      for (number, link) in links.enumerated() {
        let context = UpdateContext<Double>(coefficients: link.coefficientTensors(step: index + 1))
        update = link.update(update, at: parameters, state: &states[number], context: context)
      }
      parameters = parameters - update
      #expect(found == scalars(parameters))
    }
  }

  @Test func linksOfNestedChainsHaveNamesOfTheirOwn() {
    let chain = Chain(
      Chain(Momentum(), Momentum(), Scheduled { _ in 2 }), Chain(Adam(), Momentum()), Scheduled { _ in 3 })
    let state: UpdateState<Double> = chain.initialState(for: split([1, 2, 3]))
    #expect(state.namedGroups.map(\.name) == ["velocity", "velocity_2", "moment1", "moment2", "velocity_3"])
    let coefficients = chain.coefficients(step: 1)
    #expect(coefficients.map(\.name) == ["3.rate", "4.mean_weight", "4.square_weight", "6.rate"])
    #expect(coefficients[0].value == 2 && coefficients[3].value == 3)
    // Chained or nested, the same steps.
    let flat = Chain(Momentum(), Momentum(), Scheduled { _ in 2 }, Adam(), Momentum(), Scheduled { _ in 3 })
    #expect(path(chain, Double.self) == path(flat, Double.self))
  }

  @Test func takenNamesAreNotGivenAgain() {
    #expect(["a", "a_2", "a", "b", "a"].numberingDuplicates == ["a", "a_2", "a_3", "b", "a_4"])
  }

  /// Takes its gradient ahead, brings a rate, draws a number, and stops at 0: what a chain has to pass on.
  private struct Proximal: UpdateRule {
    func metaParameters<Scalar>(for adapted: Parameters<Scalar>) -> Parameters<Scalar> {
      Parameters([("rates", .ones([adapted.count]))])
    }
    func noise<Scalar>(for adapted: Parameters<Scalar>) -> [(name: String, shape: Shape)] {
      [("draws", [adapted.count])]
    }
    func initialState<Scalar>(
      for adapted: Parameters<Scalar>, ruleParameters: Parameters<Scalar>, noise: Parameters<Scalar>
    ) -> UpdateState<Scalar> {
      UpdateState([("sum", Parameters([("sum", ruleParameters["rates"] + noise["draws"])]))])
    }
    func gradientPoint<Scalar>(
      _ parameters: Parameters<Scalar>, state: UpdateState<Scalar>
    ) -> Parameters<Scalar> { parameters.map { 2 * $0 } }
    func update<Scalar>(
      _ gradient: Parameters<Scalar>, at parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>,
      context: UpdateContext<Scalar>
    ) -> Parameters<Scalar> { context.ruleParameters["rates"].sum() * gradient }
    func proximal<Scalar>(
      _ moved: Parameters<Scalar>, from parameters: Parameters<Scalar>, state: inout UpdateState<Scalar>
    ) -> Parameters<Scalar> { moved.map { maximum($0, 0) } }
    func summary(of ruleParameters: Parameters<Float>) -> [(name: String, value: Double)] {
      [("rate_sum", Double(ruleParameters["rates"].sum().scalar))]
    }
  }

  @Test func chainPassesOnWhatALinkBringsAndDoes() {
    let chain = Chain(Scaled(by: 0.5), Proximal(), Scaled(by: 0.1))
    // Before an inner loop the parameters have no tasks axis, in it they have one: the names stay.
    let start: Parameters<Double> = split([1, -2, 0.5])
    let ruleParameters = chain.metaParameters(for: start)
    #expect(ruleParameters.names == ["2.rates"] && ruleParameters.shapes == [[3]])
    #expect(chain.noise(for: start).map(\.name) == ["2.draws"])
    let tasks = start.map { $0.broadcast(to: Shape([4] + $0.shape.sizes)) }
    let noise = Parameters<Double>([("2.draws", .ones([4, 3]))])
    var state = chain.initialState(
      for: tasks, ruleParameters: ruleParameters.map { $0.broadcast(to: [4, 3]) }, noise: noise)
    #expect(state.namedGroups[0].parameters["sum"].scalars == Array(repeating: 2, count: 12))
    let gradient = tasks.map { Tensor<Double>.ones($0.shape) }
    let moved = chain.step(
      tasks, gradient: gradient, state: &state, context: UpdateContext(ruleParameters: ruleParameters, tasks: 4))
    // max(0, 2 x - 0.5 x 3 x 0.1).
    for (x, y) in zip(scalars(moved).prefix(2), [1.85, 0]) { #expect(abs(x - y) < 1e-15) }
    #expect(chain.summary(of: chain.metaParameters(for: split([1, 2, 3]))).map(\.name) == ["rate_sum"])
  }

  @Test func aTaskIsClippedByItsOwnNorm() {
    let gradients = Parameters<Double>([
      ("a", Tensor(shape: [3, 2], scalars: [3, 0, 0.1, 0, 0, 0])), ("b", Tensor(shape: [3, 1], scalars: [4, 0.2, 0])),
    ])
    var state = UpdateState<Double>()
    let found = ClippedGlobalNorm(1).update(
      gradients, at: gradients, state: &state, context: UpdateContext(tasks: 3))
    #expect(found["a"].scalars.map { ($0 * 1e12).rounded() / 1e12 } == [0.6, 0, 0.1, 0, 0, 0])
    #expect(found["b"].scalars.map { ($0 * 1e12).rounded() / 1e12 } == [0.8, 0.2, 0])
  }

  @Test func clippingHasADerivativeWhereTheGradientIsZero() {
    let derivative = gradient(at: Parameters<Double>([("a", .zeros([2]))])) { parameters in
      (parameters.clipped(toGlobalNorm: 0.5)["a"] * Tensor([1, 2])).sum()
    }
    #expect(derivative["a"].scalars == [1, 2])
  }

  /// A loss after three steps, differentiated through them, against finite differences.
  @Test(arguments: [0, 1, 2]) func gradientsPassThroughTheSteps(_ number: Int) {
    let rules: [any UpdateRule] = [
      Adam.steps(rate: 0.05), Chain(Momentum(decay: 0.7), Scheduled.linear(from: 0.3, to: 0.1, steps: 2)),
      Chain(ClippedGlobalNorm(0.8), Scaled(by: 0.4)),
    ]
    let layout = Parameters<Double>([("a", testValues([2, 3], seed: 1)), ("b", testValues([3], seed: 2))])
    func loss(_ parameters: Parameters<Double>) -> Tensor<Double> {
      square(tanh(parameters["a"]) * parameters["b"] - 0.3).sum()
    }
    let function: TensorFunction = { tensors in
      var parameters = layout.replacingTensors(tensors)
      var state = rules[number].initialState(for: parameters)
      for count in 1...3 {
        parameters = rules[number].step(
          parameters, gradient: gradient(at: parameters, of: loss), state: &state, count: count)
      }
      return loss(parameters)
    }
    // The tolerance's reason stands at GradientCheck.
    #expect(GradientCheck.firstOrderError(at: layout.tensors, of: function) < 1e-7)
  }
}
