import ArgumentParser
import Experiments

struct Bench: ParsableCommand {
  func run() throws {}
}
