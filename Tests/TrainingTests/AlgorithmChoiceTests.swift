import MetaLearning
import NeuralNetworks
import Parts
import RunFixtures
@testable import Runs
import Testing
@testable import Training

/// Settings that an algorithm does not look at, and choices that contradict each other, are refused in one line.
@Suite struct AlgorithmChoiceTests {
  private func resolve(_ arguments: [String], file: String = "") throws -> RunConfiguration {
    let settings = try ConfigurationFile.settings(in: file, path: "f.yaml")
    return try RunConfiguration(
      settings: settings + arguments.map { try ConfigurationSetting(argument: $0) }, catalog: .standard)
  }

  @Test(arguments: [
    (
      ["recovery=fista"],
      "--set recovery=fista: maml on sinusoid has no key recovery, which belongs to algorithm=mlsr, algorithm=mlsr-maml"
    ),
    (
      ["algorithm=mlsr", "cg_steps=5"],
      "--set cg_steps=5: mlsr as it is set does not use cg_steps, which counts with meta_gradient=implicit"
    ),
    (
      ["algorithm=mlsr", "recovery_sparsity=4"],
      "--set recovery_sparsity=4: mlsr as it is set does not use recovery_sparsity, which counts with "
        + "recovery=hard-threshold"
    ),
    (
      ["algorithm=mlsr", "recovery=mae", "l1_strength=0.1"],
      "--set l1_strength=0.1: mlsr as it is set does not use l1_strength, which counts unless recovery is hard-threshold "
        + "or mae"
    ),
    (
      ["l1_strength=0.1"],
      "--set l1_strength=0.1: maml on sinusoid has no key l1_strength, which belongs to algorithm=l1-maml, "
        + "algorithm=mlsr, algorithm=mlsr-maml"
    ),
    (
      ["inner_optimizer=adam"],
      "--set inner_optimizer=adam: maml on sinusoid has no key inner_optimizer, which belongs to algorithm=reptile"
    ),
    (
      ["algorithm=random", "outer_rate=0.1"],
      "--set outer_rate=0.1: random as it is set does not use outer_rate"
    ),
    (
      ["algorithm=imaml", "cg_steps=0", "cg_tolerance=0.1"],
      "--set cg_tolerance=0.1: imaml as it is set does not use cg_tolerance, which counts with cg_steps of 1 and more, "
        + "and with an implicit meta_gradient"
    ),
    (
      ["algorithm=mlsr-maml", "recovery=mae", "recovery_decay=0.5"],
      "--set recovery_decay=0.5: mlsr-maml as it is set does not use recovery_decay, which counts with "
        + "recovery=subgradient or mae, and recovery_steps of 2 and more"
    ),
    (
      ["hidden_sizes=[]", "activation=tanh"],
      "--set activation=tanh: maml as it is set does not use activation, which counts with hidden layers"
    ),
    (
      ["filters=8"],
      "--set filters=8: maml on sinusoid has no key filters, which belongs to model=convolutional, model=cell"
    ),
    (
      ["algorithm=imaml", "truncated_steps=3"],
      "--set truncated_steps=3: imaml as it is set does not use truncated_steps, which counts with "
        + "meta_gradient=truncated"
    ),
    (
      ["algorithm=imaml", "meta_gradient=unrolled", "inner_tolerance=0.1"],
      "--set inner_tolerance=0.1: imaml as it is set does not use inner_tolerance, which counts with an implicit "
        + "meta_gradient"
    ),
    (
      ["algorithm=imaml", "learned_regularization=layer"],
      "--set learned_regularization=layer: imaml as it is set does not use learned_regularization, which counts with "
        + "learn_regularization=true"
    ),
    (
      ["algorithm=imaml", "cg_steps=0", "cg_damping=1"],
      "--set cg_damping=1: imaml as it is set does not use cg_damping, which counts with cg_steps of 1 and more, "
        + "and with an implicit meta_gradient"
    ),
    (
      ["algorithm=t-net", "mask=soft"],
      "--set mask=soft: t-net on sinusoid has no key mask, which belongs to algorithm=mt-net"
    ),
    (
      ["frequencies=8"],
      "--set frequencies=8: maml on sinusoid has no key frequencies, which belongs to model=sinusoids"
    ),
  ]) func settingThatIsNeverLookedAtIsRefused(arguments: [String], message: String) {
    let error = userError { _ = try resolve(["task=sinusoid"] + arguments) }
    #expect(error == UserError(message + remedy(in: message), status: .usage))
  }

  /// What each of these lines ends with.
  private func remedy(in message: String) -> String {
    if message.contains("has no key") { return "; leave it out, or choose what has it" }
    return message.contains("which counts")
      ? "; leave it out, or change what it depends on"
      : "; leave it out, or choose an algorithm that does, such as maml"
  }

  @Test func settingThatIsLookedAtIsTaken() throws {
    let arguments = ["task=sinusoid", "algorithm=mlsr"]
    #expect(
      try resolve(arguments + ["meta_gradient=implicit", "recovery_start=zero", "cg_steps=7"])["cg_steps"]
        == 7)
    #expect(try resolve(arguments + ["recovery=hard-threshold", "recovery_sparsity=4"])["recovery_sparsity"] == 4)
    #expect(try resolve(["task=sinusoid", "algorithm=imaml", "inner_rate=0.1"])["inner_rate"] == 0.1)
    #expect(try resolve(["task=cheetah-dir", "algorithm=mlsr-maml"])["l1_strength"] == 0.0001)
  }

  @Test(arguments: [
    (
      ["past_decay=0.5"],
      "--set past_decay=0.5: maml as it is set does not use past_decay, which counts with surrogate=dice"
    ),
    (
      ["algorithm=fomaml", "surrogate=dice"],
      "--set surrogate=dice: fomaml as it is set does not use surrogate"
    ),
    (
      ["algorithm=random", "outer_rate=0.1"],
      "--set outer_rate=0.1: random as it is set does not use outer_rate"
    ),
    (
      ["algorithm=random", "task_gradient_clip=2"],
      "--set task_gradient_clip=2: random as it is set does not use task_gradient_clip"
    ),
  ]) func settingOfAPolicyThatIsNeverLookedAtIsRefused(arguments: [String], message: String) throws {
    let error = userError { _ = try resolve(["task=cheetah-dir"] + arguments) }
    #expect(error == UserError(message + remedy(in: message), status: .usage))
    #expect(try resolve(["task=cheetah-dir", "surrogate=dice", "past_decay=0.5"])["past_decay"] == 0.5)
  }

  /// What the folders of earlier versions list at its default, though the run does not look at it, says nothing.
  @Test func fileMayListWhatIsNotLookedAtWhereItIsTheDefault() throws {
    let text = ConfigurationFile.text(of: try resolve(["task=sinusoid"]))
    #expect(!text.contains("recovery") && !text.contains("cg_steps") && !text.contains("l1_strength"))
    #expect(text.contains("# Model\n"))
    #expect(try resolve([], file: text) == resolve(["task=sinusoid"]))
    let mlsr = ConfigurationFile.text(of: try resolve(["task=sinusoid", "algorithm=mlsr"]))
    #expect(!mlsr.contains("cg_steps"))
    #expect(try resolve([], file: mlsr + "cg_steps: 50\n") == resolve(["task=sinusoid", "algorithm=mlsr"]))
    let error = userError { _ = try resolve(["task=sinusoid"], file: "seed: 2\nrecovery: fista\n") }
    #expect(
      error
        == UserError(
          "f.yaml:2: maml on sinusoid has no key recovery, which belongs to algorithm=mlsr, algorithm=mlsr-maml"
            + "; leave it out, or choose what has it",
          status: .configuration))
  }

  @Test(arguments: [
    (
      ["algorithm=imaml-hf", "meta_gradient=unrolled"],
      "imaml-hf on sinusoid: meta_gradient=unrolled: its steps are found by"
    ),
    (
      ["algorithm=imaml", "meta_gradient=direct"],
      "imaml on sinusoid: meta_gradient=direct: that is a sparse recovery's;"
    ),
    (
      ["algorithm=imaml-hf", "meta_gradient=truncated"],
      "imaml-hf on sinusoid: meta_gradient=truncated: its steps are found by"
    ),
    (
      ["algorithm=mlsr", "meta_gradient=truncated"],
      "mlsr on sinusoid: meta_gradient=truncated: that is a proximal term's; expected direct or unrolled,"
    ),
    (
      ["algorithm=imaml", "regularization_factors=1,2"],
      "imaml on sinusoid: regularization_factors: expected 3 numbers, one for each of the adapted layers hidden1, hidden2, "
        + "output, found 2"
    ),
    (
      ["algorithm=imaml", "adapted=output", "regularization_factors=1,2"],
      "imaml on sinusoid: regularization_factors: expected 1 number, that of the adapted layer output, found 2"
    ),
    (
      ["algorithm=imaml", "regularization_factors=1,2,3", "cg_regularization_damping=10"],
      "imaml on sinusoid: cg_regularization_damping: expected 0 where lambda differs between layers or elements, found 10"
    ),
    (
      ["algorithm=mlsr", "recovery=mae", "meta_gradient=implicit"],
      "mlsr on sinusoid: meta_gradient=implicit: recovery=mae does not say"
    ),
    (
      ["algorithm=mlsr", "recovery=subgradient", "meta_gradient=implicit"],
      "mlsr on sinusoid: meta_gradient=implicit: recovery=subgradient does not say"
    ),
    (
      ["algorithm=mlsr", "meta_gradient=implicit"],
      "mlsr on sinusoid: meta_gradient=implicit: where a recovery ends does not depend on where it began,"
    ),
    (
      ["algorithm=mlsr", "adapted=all", "recovery_start=zero"],
      "mlsr on sinusoid: recovery_start=zero with adapted=hidden1,hidden2,output: a network whose hidden layers are 0 has no gradient"
    ),
    (
      ["algorithm=low-rank", "hidden_sizes=[1000, 1000]", "meta_optimizer_rank=4096"],
      "a model with layers of 1 x 1000, 1000 x 1000, 1000 x 1 with low-rank: expected at most 150000000 meta-parameters"
    ),
    (
      ["hidden_sizes=[4096, 4096, 4096, 4096]", "meta_batch_size=16"],
      "a model with layers of 1 x 4096, 4096 x 4096, 4096 x 4096, 4096 x 4096, 4096 x 1 with maml: expected at most 250000000"
    ),
    (
      ["task=glyphs", "model=convolutional", "filters=512", "algorithm=low-rank", "meta_optimizer_rank=4096"],
      "a model with layers of 9 x 512, 4608 x 512, 4608 x 512, 4608 x 512, 512 x 5 with low-rank: expected at most 150000000"
    ),
    (
      ["algorithm=mlsr-maml", "meta_gradient=implicit"],
      "mlsr-maml on sinusoid: meta_gradient=implicit: its recovery is not"
    ),
    (
      ["adapted=hidden3"], "adapted: expected own, all, hidden, or some of the model's layers hidden1, hidden2, output,"
    ),
    (
      ["adapted=hidden", "hidden_sizes=[]"], "adapted: expected own, all, hidden, or some of the model's layers output"
    ),
    (
      ["algorithm=mlsr-maml", "adapted=hidden"], "mlsr-maml on sinusoid: adapted: expected the output layer among them"
    ),
    (
      ["task=linear-classification", "algorithm=mlsr", "recovery=mae"],
      "mlsr on linear-classification: recovery=mae: expected targets with deviations, found labels"
    ),
  ]) func contradictionIsRefusedWithWhatWouldDo(arguments: [String], message: String) {
    let error = userError { _ = try SupervisedSetup(resolve(["task=sinusoid"] + arguments)) }
    #expect(error?.message.hasPrefix(message) == true, "\(error?.message ?? "no error")")
    #expect(error?.status == .configuration)
  }

  /// The key chooses layers; the matrices after a T-net's weights belong to no task, whichever it chooses.
  @Test(arguments: ["adapted=own", "adapted=all", "adapted=output", "adapted=hidden1,output"])
  func matricesOfATNetAreNeverAdapted(argument: String) throws {
    for algorithm in ["t-net", "mt-net"] {
      let setup = try SupervisedSetup(resolve(["task=sinusoid", "algorithm=\(algorithm)", argument]))
      let adapted = setup.initialParameters.model.selecting(setup.algorithm.adaptation.last.adapted).names
        .filter { !$0.hasPrefix("rule.") }
      #expect(adapted.contains("output.weight") && !adapted.contains { $0.hasSuffix(".transform") })
    }
  }

  @Test(arguments: ["1,x", "0", "1,-1", ""]) func listThatIsNotOfPositiveNumbersIsRefused(text: String) {
    let error = userError { _ = try resolve(["task=sinusoid", "algorithm=imaml", "regularization_factors=\(text)"]) }
    #expect(error?.message.contains("expected a list of 0 to 64 numbers from 1e-09 to 1000000000") == true)
  }

  /// An implicit meta-gradient, a line search and a reference line have no use for minibatches.
  @Test(arguments: ["imaml", "imaml-hf", "random", "joint"]) func minibatchesAreRefusedWhereStepsShareAProblem(
    algorithm: String
  ) {
    let error = userError { _ = try resolve(["task=sinusoid", "algorithm=\(algorithm)", "inner_batch=2"]) }
    #expect(error?.message.hasPrefix("--set inner_batch=2: \(algorithm) as it is set does not use inner_batch") == true)
  }

  @Test func minibatchesOfEpisodesAreRefused() throws {
    let error = userError { _ = try resolve(["task=cheetah-dir", "algorithm=reptile", "inner_batch=2"]) }
    #expect(error?.message.hasPrefix("--set inner_batch=2: reptile on cheetah-dir has no key inner_batch") == true)
    let unrolled = ["task=sinusoid", "algorithm=imaml", "meta_gradient=unrolled", "inner_batch=2"]
    #expect(try resolve(unrolled)["inner_batch"] == 2)
  }

  @Test(arguments: ["adapted=", "adapted=a,,b", "adapted=[]"]) func layersWithoutANameAreRefused(argument: String) {
    let error = userError { _ = try resolve(["task=sinusoid", argument]) }
    #expect(error?.message.contains("expected a name or a list of names") == true)
  }
}
