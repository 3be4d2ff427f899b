import ArgumentParser
import Foundation
import Parts
import Reproduction
import Runs

/// What a shell proposes for the values of options and arguments; scripts for shells come from `--generate-completion-script`.
enum Completions {
  /// The families of tasks.
  static let tasks = names { MetaRL.catalog.tasks.map(\.card.name) }
  /// The algorithms.
  static let algorithms = names { MetaRL.catalog.algorithms.map(\.card.name) }
  /// The settings of papers.
  static let presets = names { MetaRL.catalog.presets.map(\.name) }
  /// What `list` lists.
  static let lists = names { MetaRL.catalog.listedKinds.map(\.plural) + List.otherKinds }
  /// What `reproduce` makes.
  static let recipes = names { Recipe.all.map(\.name) + Study.all.map(\.name) }

  /// The keys of a run with the words' task and algorithm, and after a key its values where they can be listed.
  static let assignments = CompletionKind.custom { words, _, prefix in
    let keys = keys(in: words)
    guard let equals = prefix.firstIndex(of: "=") else { return keys.map { "\($0.key.name)=" } }
    let name = prefix[..<equals]
    return keys.filter { $0.key.name == name }.flatMap { key in
      let parts = key.key.kind.map { MetaRL.catalog.parts(of: $0).map(\.card.name) }
      return (parts ?? key.key.choices).map { "\(name)=\($0)" }
    }
  }

  /// The names of the keys of a run.
  static let keys = CompletionKind.custom { words, _, _ in keys(in: words).map(\.key.name) }

  /// The folders of runs, the folders that lead to them, and the runs that come with the program.
  static let runs = CompletionKind.custom { _, _, prefix in
    let parent = prefix.lastIndex(of: "/").map { String(prefix[...$0]) } ?? ""
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent.isEmpty ? "." : parent)) ?? []
    let folders = names.filter { !$0.hasPrefix(".") }.sorted().map { RunFolder(path: parent + $0) }.compactMap {
      folder in
      if folder.hasRun { return folder.path }
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
      return exists && isFolder.boolValue ? folder.path + "/" : nil
    }
    return folders + PretrainedRun.names.map { PretrainedRun.prefix + $0 }
  }

  private static func names(_ names: @escaping @Sendable () -> [String]) -> CompletionKind {
    .custom { _, _, _ in names() }
  }

  /// The keys of a run of the task and the algorithm that the words of a command line name; of the first task where they
  /// name none.
  private static func keys(in words: [String]) -> [ListedKey] {
    func value(of option: String) -> String? {
      for (index, word) in words.enumerated() {
        if word == option, index + 1 < words.count { return words[index + 1] }
        if word.hasPrefix("\(option)=") { return String(word.dropFirst(option.count + 1)) }
      }
      return nil
    }
    guard let task = value(of: "--task") ?? MetaRL.catalog.tasks.first?.card.name else { return [] }
    return (try? MetaRL.catalog.keys(task: task, algorithm: value(of: "--algorithm"))) ?? []
  }
}
