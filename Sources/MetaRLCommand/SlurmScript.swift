import Parts

/// A script of an array job, for Slurm's `sbatch`: each task of the array trains one run, or goes on with it.
struct SlurmScript {
  /// The name of the job.
  let name: String
  /// The path of the program.
  let program: String
  /// The folder that relative paths start from.
  let folder: String
  /// The arguments that all runs share, and those of each run.
  let shared: [String]
  let own: [[String]]
  /// The number of runs at a time; nil for as many as the cluster takes.
  let parallel: Int?
  /// The processor cores of each run.
  let cores: Int

  /// The text of the script.
  ///
  /// The shell is replaced by the program, which gets Slurm's signal before the limit of time and ends with a checkpoint; a
  /// job that is submitted again goes on from there, and does nothing for a run that is finished.
  var text: String {
    let cases = own.enumerated().map { "\($0)) set -- \(ShellWord.line($1)) ;;" }
    return """
      #!/bin/bash
      #SBATCH --job-name=\(ShellWord.quoted(name))
      #SBATCH --array=0-\(own.count - 1)\(parallel.map { "%\($0)" } ?? "")
      #SBATCH --cpus-per-task=\(cores)
      #SBATCH --chdir=\(ShellWord.quoted(folder))
      #SBATCH --signal=B:USR1@120
      #SBATCH --requeue
      # Submit it again after a limit of time: runs go on from their checkpoints, and finished ones stay as they are.
      case $SLURM_ARRAY_TASK_ID in
      \(cases.joined(separator: "\n"))
      *) echo "expected an array task from 0 to \(own.count - 1)" >&2; exit 64 ;;
      esac
      exec \(ShellWord.line([program] + shared)) "$@"

      """
  }
}
