import FewShotTasks
import Foundation
import MetaLearning
import NeuralNetworks
import RandomStreams
import TensorCore

extension Study {
  /// Figure 2a of iMAML: how far meta-gradients are from the exact one, which a ridge regression has in closed form, by inner
  /// steps and by the gradients and products with the Hessian that they cost.
  static let implicitGradients = Study(
    name: "imaml-figure-2a",
    summary: "error of the meta-gradients of MAML and iMAML on ridge regressions by inner steps",
    source: "Rajeswaran, Finn, Kakade, Levine 2019, figure 2a (no numbers in its text)"
  ) { request in
    let study = ImplicitGradientStudy(tasks: request.isQuick ? 2 : 20)
    let jobs = study.methods.flatMap { method in study.stepCounts.map { (method, $0) } }
    guard let errors = try request.map(jobs, { study.error(of: $0.0, steps: $0.1) }) else { return nil }
    let rows = study.methods.indices.map { index in
      Array(errors[index * study.stepCounts.count..<(index + 1) * study.stepCounts.count])
    }
    return study.findings(rows)
  }
}

/// Meta-gradients on ridge regressions with the eigenvalues 0.1 to 10 of the task family `ridge`.
struct ImplicitGradientStudy: Sendable {
  /// A way to compute a meta-gradient.
  enum Method: Hashable, Sendable {
    /// Through all inner steps.
    case unrolled
    /// Implicitly, by a number of conjugate-gradient steps.
    case implicit(solverSteps: Int)

    var name: String {
      switch self {
      case .unrolled: "MAML"
      case .implicit(let steps): "iMAML, \(steps) CG steps"
      }
    }

    /// The gradients and products with the Hessian that a meta-gradient costs.
    func cost(steps: Int) -> Int {
      switch self {
      case .unrolled: 2 * steps + 1
      case .implicit(let solverSteps): steps + solverSteps + 1
      }
    }
  }

  /// A task, with the support and the query examples `[1, rows, inputs]`, and the parameters theta `[inputs, 1]`.
  private struct Problem: Sendable {
    let support, query: LabeledExamples<Double>
    let theta: Tensor<Double>
  }

  let methods: [Method] = [.unrolled] + [2, 5, 10].map { .implicit(solverSteps: $0) }
  let stepCounts = [1, 2, 4, 8, 16, 32, 64, 128]
  private let problems: [Problem]
  private static let examples = 20
  private static let rule = ProximalStep(rate: 0.08, regularization: 0.5)

  /// Draws the tasks.
  init(tasks: Int) {
    problems = (0..<tasks).map { number in
      var stream = RandomAddress(seed: 1, purpose: .benchmark, task: number).stream
      let family = RidgeRegression()
      let task = family.sampleTask(from: &stream)
      func examples() -> LabeledExamples<Double> {
        let count = Self.examples
        var inputs = Array(repeating: Float(0), count: count * family.inputSize)
        var targets = Array(repeating: Float(0), count: count)
        var inputSpan = inputs.mutableSpan
        var targetSpan = targets.mutableSpan
        family.writeExamples(of: task, rows: 0..<count, from: &stream, inputs: &inputSpan, targets: &targetSpan)
        return LabeledExamples(
          inputs: Tensor(shape: [1, count, family.inputSize], scalars: inputs.map(Double.init)),
          targets: Tensor(shape: [1, count, 1], scalars: targets.map(Double.init)))
      }
      let (support, query) = (examples(), examples())
      return Problem(
        support: support, query: query,
        theta: Tensor(shape: [family.inputSize, 1], scalars: (0..<family.inputSize).map { _ in stream.normal() }))
    }
  }

  /// Returns the mean over the tasks of the error of a meta-gradient, by the norm of the exact one.
  func error(of method: Method, steps: Int) -> Double {
    problems.map { problem in
      let (exact, found) = (Self.exact(problem), Self.metaGradient(problem, method, steps: steps))
      let distance = zip(exact, found).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      return (distance / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }.reduce(0, +) / Double(problems.count)
  }

  private static func loss(_ examples: LabeledExamples<Double>, _ weights: Tensor<Double>) -> Tensor<Double> {
    square(matmul(examples.inputs, weights) - examples.targets).mean(axes: 1, 2)
  }

  private static func exact(_ problem: Problem) -> [Double] {
    let ridge = RidgeSolution(
      inputs: problem.support.inputs.scalars, targets: problem.support.targets.scalars, lambda: rule.regularization)
    let minimum = Tensor(shape: problem.theta.shape, scalars: ridge.solution(around: problem.theta.scalars))
    return ridge.metaGradient(
      ofOuterGradient: gradient(at: minimum) { loss(problem.query, $0).sum() }.scalars)
  }

  private static func metaGradient(_ problem: Problem, _ method: Method, steps: Int) -> [Double] {
    let adaptation = Adaptation([Phase(adapted: .all, rule: rule)])
    let name = "output.weight"
    let start = adaptation.metaParameters(startingFrom: Parameters([(name, problem.theta)]))
    switch method {
    case .unrolled:
      let losses = Array(
        repeating: { (model: Parameters<Double>) in loss(problem.support, model[name]).sum() }, count: steps)
      return MetaObjective(adaptation).outerLossAndGradient(
        start, supportLosses: losses, queryLoss: { loss(problem.query, $0[name]).sum() }
      ).gradient.model[name].scalars
    case .implicit(let solverSteps):
      let solver = ConjugateGradient(maximumSteps: solverSteps)
      let task = AdaptationProblem(
        layout: start, tasks: 1, support: problem.support, query: problem.query,
        supportLosses: { parameters, examples, _ in loss(examples, parameters[name]) },
        queryLosses: { loss($1, $0[name]) })
      return ImplicitMetaGradientPrograms(adaptation, solver, task).makeMetaGradient().differentiate(
        start, support: problem.support, query: problem.query, steps: steps
      ).gradient.model[name].scalars
    }
  }

  /// The table and the charts of the errors, a row for each method.
  func findings(_ errors: [[Double]]) -> StudyResult.Findings {
    func chart(_ name: String, _ xLabel: String, _ x: (Method, Int) -> Int) -> StudyResult.Chart {
      StudyResult.Chart(
        name: name, title: "meta-gradients of ridge regressions with a condition number of 29", xLabel: xLabel,
        yLabel: "log10 of the relative error",
        curves: zip(methods, errors).map { method, errors in
          StudyResult.Curve(
            title: method.name, x: stepCounts.map { Double(x(method, $0)) }, y: errors.map { log10(max($0, 1e-16)) })
        })
    }
    return StudyResult.Findings(
      preface: "relative error of the meta-gradient, mean over \(problems.count) ridge regressions of 10 inputs; "
        + "gradient descent on the regularised loss for MAML and iMAML, lambda 0.5, condition number 29",
      tables: [
        StudyResult.Table(
          corner: "inner steps", columns: stepCounts.map(String.init),
          rows: zip(methods, errors).map { StudyResult.Row(label: $0.name, cells: $1.map { [$0] }) })
      ],
      charts: [
        chart("error-against-steps", "inner steps") { $1 },
        chart("error-against-cost", "gradients and products with the Hessian") { $0.cost(steps: $1) },
      ])
  }
}
