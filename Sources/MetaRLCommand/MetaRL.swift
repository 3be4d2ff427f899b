import ArgumentParser

@main
struct MetaRL: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "metarl", abstract: "Meta-reinforcement learning.")
}
