import Runs
import Scenes
import TensorCore

/// A trainer, an evaluator or a rehearsal that makes all of its computations by a given choice of kernels, whatever choice surrounds
/// it.
struct ByKernels<Subject> {
  private let kernels: KernelChoice
  private var subject: Subject

  /// Makes the subject, which may compile programs, with these kernels.
  init(_ kernels: KernelChoice, _ make: () throws -> Subject) rethrows {
    self.kernels = kernels
    subject = try kernels.computing(make)
  }
}

extension ByKernels: MetaTrainer where Subject == any MetaTrainer {
  mutating func iterate(_ iteration: Int) throws -> MetricsRow {
    try kernels.computing { try subject.iterate(iteration) }
  }

  var checkpoint: CheckpointContents { subject.checkpoint }

  mutating func restore(_ checkpoint: CheckpointContents) throws {
    try kernels.computing { try subject.restore(checkpoint) }
  }

  var learnedPrefixes: [String] { subject.learnedPrefixes }

  var warnings: [String] { subject.warnings }

  var watches: [MetricWatch] { subject.watches }

  var heldOutLooks: HeldOutLooks? { subject.heldOutLooks }

  func heldOutScore() throws -> Double { try kernels.computing { try subject.heldOutScore() } }

  var progressColumn: ProgressColumn? { subject.progressColumn }
}

extension ByKernels: AdaptationEvaluator where Subject == any AdaptationEvaluator {
  var stepCount: Int { subject.stepCount }

  func evaluate(_ request: EvaluationRequest) throws -> [TaskOutcome] {
    try kernels.computing { try subject.evaluate(request) }
  }
}

extension ByKernels: TaskRehearsal where Subject == any TaskRehearsal {
  var stepCount: Int { subject.stepCount }

  var view: RehearsalView { subject.view }

  var taskNames: [String] { subject.taskNames }

  func picture(_ request: RehearsalRequest) throws -> AdaptationPicture {
    try kernels.computing { try subject.picture(request) }
  }

  func model(_ request: RehearsalRequest) throws -> AdaptedModel {
    try kernels.computing { try subject.model(request) }
  }
}
