import Parts
import Runs

extension StoredEvaluation {
  /// Reads the evaluation in a run's folder; nil where there is none, or what is there cannot be of the run.
  ///
  /// Someone may have changed the file, or copied a folder's files into another one. What is checked is the run that it
  /// names, the iteration, the hash of the parameters, the numbers of scores, and the means by the scores.
  /// - Parameter warn: receives a line that says what does not fit.
  init?(of folder: RunFolder, _ run: RunConfiguration, warn: (String) -> Void) {
    let path = folder.evaluationPath
    guard StoredFile.exists(path) else { return nil }
    guard let stored = StoredEvaluation(path: path) else {
      warn("\(path): expected an evaluation, found other contents; evaluate the run anew")
      return nil
    }
    if let fault = stored.fault(in: folder, of: run) {
      warn("\(path) does not fit its run: \(fault); evaluate the run anew")
      return nil
    }
    self = stored
  }

  /// Returns what does not fit a run, with what was expected; nil where all fits.
  private func fault(in folder: RunFolder, of run: RunConfiguration) -> String? {
    let names = [("task", run.taskName), ("algorithm", run.algorithmName), ("measure", run.family.measure)]
    for (name, expected) in names where texts[name] != nil && texts[name] != expected {
      return "expected the \(name) \(expected), found \(texts[name] ?? "")"
    }
    guard seeds == [run.run.seed] else {
      return "expected the seed \(run.run.seed), found \(seeds.map(String.init).joined(separator: ", "))"
    }
    if let fault = checkpointFault(in: folder) { return fault }
    guard !steps.isEmpty, steps.map(\.k) == Array(steps.indices) else {
      return "expected scores after 0, 1, ... steps, found \(steps.isEmpty ? "none" : "others")"
    }
    guard tasks > 0 else { return "expected tasks, found \(tasks)" }
    return steps.lazy.compactMap { fault(of: $0) }.first
  }

  /// Returns what is wrong with the checkpoint that the evaluation names.
  private func checkpointFault(in folder: RunFolder) -> String? {
    guard iterations.count == 1 else { return "expected one iteration, found \(iterations.count)" }
    let hashes = StoredFile.exists(folder.hashesPath) ? try? IterationHashes(path: folder.hashesPath) : nil
    let last = max(hashes?.rows.count ?? 0, (try? folder.storedIterations()) ?? 0)
    // The run may have lost its checkpoints and hashes since.
    if last > 0, !(0...last).contains(iterations[0]) {
      return "expected an iteration up to \(last), found \(iterations[0])"
    }
    guard let found = parameterHashes?.first, let hashes, hashes.rows.indices.contains(iterations[0] - 1) else {
      return nil
    }
    let expected = hashes.rows[iterations[0] - 1].parameters.description
    return found == expected
      ? nil : "expected the parameters \(expected) of iteration \(iterations[0]), found \(found)"
  }

  /// Returns what is wrong with the numbers after some steps.
  private func fault(of step: EvaluationReport.Step) -> String? {
    let groups = step.groups.sorted { $0.key < $1.key }
    let ofGroups: [Double?] = groups.flatMap { group -> [Double?] in
      [group.value.mean, group.value.low, group.value.high]
    }
    let numbers: [Double?] = [step.mean, step.low, step.high] + ofGroups + step.values.map(\.value)
    guard numbers.allSatisfy({ $0?.isFinite ?? true }) else {
      return "expected finite scores after \(step.k.counted("step")), found others"
    }
    // A file of an earlier version has no values.
    guard !step.values.isEmpty else { return nil }
    guard step.values.count.isMultiple(of: tasks), step.values.count == steps[0].values.count else {
      return
        "expected the scores of \(tasks.counted("task")) after \(step.k.counted("step")), found \(step.values.count)"
    }
    guard step.values.allSatisfy({ $0.seed == seeds[0] }) else {
      return "expected scores of the seed \(seeds[0]), found others after \(step.k.counted("step"))"
    }
    if let fault = Self.fault(mean: step.mean, of: step.values, "after \(step.k.counted("step"))") { return fault }
    return groups.lazy.compactMap { name, group -> String? in
      let own = step.values.filter { $0.group == name }
      return own.isEmpty
        ? nil : Self.fault(mean: group.mean, of: own, "of \(name) after \(step.k.counted("step"))")
    }.first
  }

  /// The relative error that the order of a sum may make.
  private static let tolerance = 1e-6

  private static func fault(mean: Double, of values: [EvaluationReport.Step.Value], _ place: String) -> String? {
    let expected = values.reduce(0) { $0 + $1.value } / Double(values.count)
    let size = values.reduce(0) { $0 + abs($1.value) } / Double(values.count)
    return abs(mean - expected) <= tolerance * size
      ? nil : "expected the mean \(expected.shortText) \(place), found \(mean.shortText)"
  }
}
