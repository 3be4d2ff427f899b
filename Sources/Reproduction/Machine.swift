import Foundation
import TensorCore

/// The machine that runs the program, as a result names it.
enum Machine {
  /// The processor, the number of its cores that the program may use, and the kernels for it.
  static let description: String = {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    let processor = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    let cores = ProcessInfo.processInfo.activeProcessorCount
    return
      "\(processor ?? "unknown processor"), \(cores) core\(cores == 1 ? "" : "s"), kernels \(KernelChoice.fastest.name)"
  }()
}
