public import Parts
public import Scenes

/// Draws films of adaptations: an episode in each row, by the number of inner steps before it.
public struct FilmPainter {
  private let film: AdaptationFilm
  private let camera: Camera

  /// Creates a painter of a film with one episode at least.
  public init(_ film: AdaptationFilm) {
    precondition(!film.episodes.isEmpty, "a film without episodes")
    self.film = film
    camera = Camera(film)
  }

  // Sizes in pixels.
  private static let width = 640.0
  private static let titleHeight = 26.0
  private static let labelHeight = 20.0
  private static let poses = 8

  private static let earth = Canvas.Color(0xD9D4CC)
  private static let trail = Canvas.Color(0x8FB8D8)
  /// The bodies of even numbers and of odd ones.
  private static let bodies = [PictureStyle.first, PictureStyle.second]

  /// The number of frames of the longest episode.
  public var frameCount: Int { film.episodes.map(\.frames.count).max() ?? 0 }

  /// The time between two frames, in seconds; a tenth where actions have no duration.
  public var secondsPerFrame: Double { film.secondsPerFrame ?? 0.1 }

  // MARK: - Films

  private var rowHeight: Double { Self.labelHeight + camera.viewHeight }

  var frameSize: (width: Int, height: Int) {
    (Int(Self.width), Int(Self.titleHeight + Double(film.episodes.count) * rowHeight))
  }

  /// The picture of a moment, as red, green and blue bytes.
  func pixels(ofFrame frame: Int) throws(UserError) -> [UInt8] {
    let canvas = try Canvas(width: frameSize.width, height: frameSize.height)
    drawTitle(on: canvas)
    for (row, episode) in film.episodes.enumerated() {
      let top = Self.titleHeight + Double(row) * rowHeight
      // An episode that has ended stays as it was.
      let frame = min(frame, episode.frames.count - 1)
      draw(PictureStyle.label(ofStep: episode.step), figures(of: episode, at: frame), top: top, on: canvas)
      let view = View(left: 0, top: top + Self.labelHeight, width: Self.width, height: camera.viewHeight)
      draw(episode, at: frame, in: view, on: canvas)
    }
    return canvas.pixels
  }

  private func drawTitle(on canvas: Canvas) {
    canvas.fill(x: 0, y: 0, width: Double(canvas.size.width), height: Double(canvas.size.height), PictureStyle.paper)
    canvas.text("\(film.title): \(film.task)", x: 8, y: 18, size: 13, PictureStyle.ink)
  }

  private func draw(_ left: String, _ right: String, top: Double, on canvas: Canvas) {
    canvas.text(left, x: 8, y: top + 14, size: 12, PictureStyle.ink)
    canvas.text(right, x: Double(canvas.size.width) - 8, y: top + 14, size: 12, PictureStyle.ink, .right)
  }

  /// The figures of a moment: the return so far and the speed over the last half of a second.
  private func figures(of episode: EpisodeFilm, at frame: Int) -> String {
    let text = "return " + episode.frames[frame].returnSoFar.rounded(toDigits: 1)
    guard film.isFollowed, let seconds = film.secondsPerFrame, frame > 0 else { return text }
    let first = max(0, frame - Int((0.5 / seconds).rounded(.up)))
    let way = episode.frames[frame].scene.focus.x - episode.frames[first].scene.focus.x
    return "\((way / (Double(frame - first) * seconds)).rounded(toDigits: 1)) m/s   " + text
  }

  // MARK: - Strips

  /// A strip of poses for a paper, as PNG: of what moves along, so many moments of each episode beside one another; of what
  /// stays in view, all of each episode's way.
  public func stripPNG() throws(UserError) -> [UInt8] {
    let size = stripSize
    let canvas = try Canvas(width: size.width, height: size.height, scale: 2)
    drawStrip(on: canvas)
    return canvas.png()
  }

  /// The same as SVG.
  public func stripSVG() throws(UserError) -> [UInt8] {
    let size = stripSize
    let canvas = try Canvas(svgOfWidth: size.width, height: size.height)
    drawStrip(on: canvas)
    return canvas.svg()
  }

  private var poseWidth: Double { film.isFollowed ? 1.25 * camera.viewHeight : Self.width / 2 }
  private var columns: Int { film.isFollowed ? Self.poses : 1 }

  private var stripSize: (width: Int, height: Int) {
    (Int((Double(columns) * poseWidth).rounded(.up)), frameSize.height)
  }

  private func drawStrip(on canvas: Canvas) {
    drawTitle(on: canvas)
    for (row, episode) in film.episodes.enumerated() {
      let top = Self.titleHeight + Double(row) * rowHeight
      let last = episode.frames.count - 1
      draw(
        PictureStyle.label(ofStep: episode.step), "return \(episode.episodeReturn.rounded(toDigits: 1))", top: top,
        on: canvas)
      for column in 0..<columns {
        let frame = columns == 1 ? last : column * last / (columns - 1)
        let view = View(
          left: Double(column) * poseWidth, top: top + Self.labelHeight, width: poseWidth, height: camera.viewHeight)
        draw(episode, at: frame, in: view, on: canvas)
        if column > 0 { canvas.fill(x: view.left - 1, y: view.top, width: 2, height: view.height, PictureStyle.paper) }
        guard film.isFollowed, let seconds = film.secondsPerFrame else { continue }
        canvas.text(
          "\((Double(frame) * seconds).rounded(toDigits: 1)) s", x: view.left + poseWidth / 2, y: view.top + 14,
          size: 11,
          PictureStyle.faint, .center)
      }
    }
  }

  // MARK: - Moments

  /// A rectangle of the canvas.
  private struct View {
    var (left, top, width, height) = (0.0, 0.0, 0.0, 0.0)
  }

  private func draw(_ episode: EpisodeFilm, at frame: Int, in view: View, on canvas: Canvas) {
    let scene = episode.frames[frame].scene
    let scale = camera.scale
    let center = film.isFollowed ? scene.focus.x : camera.center.x
    func place(_ place: Place) -> (x: Double, y: Double) {
      (view.left + view.width / 2 + scale * (place.x - center), view.top + scale * (camera.top - place.y))
    }
    canvas.clipped(x: view.left, y: view.top, width: view.width, height: view.height) {
      canvas.fill(x: view.left, y: view.top, width: view.width, height: view.height, PictureStyle.sky)
      if let ground = scene.ground {
        let level = place(Place(x: 0, y: ground)).y
        canvas.fill(x: view.left, y: level, width: view.width, height: view.height, Self.earth)
        drawMetres(in: view, center: center, level: level, on: canvas)
      }
      if !film.isFollowed {
        canvas.stroke(episode.frames[...frame].map { place($0.scene.focus) }, width: 2, Self.trail)
      }
      if let goal = scene.goal {
        let spot = place(goal)
        canvas.ring(x: spot.x, y: spot.y, radius: 7, width: 3, PictureStyle.mark)
      }
      for limb in scene.limbs {
        // What is small is still seen.
        let width = max(2 * limb.radius * scale, 4)
        let ends = limb.start == limb.end ? [place(limb.start)] : [place(limb.start), place(limb.end)]
        canvas.stroke(ends, width: width, Self.bodies[limb.body % 2])
      }
    }
  }

  /// A mark and a number at each metre of the ground in view.
  private func drawMetres(in view: View, center: Double, level: Double, on canvas: Canvas) {
    let reach = view.width / camera.scale / 2
    guard reach < Self.farthestMetres else { return }
    for metre in Int((center - reach).rounded(.up))...Int((center + reach).rounded(.down)) {
      let x = view.left + view.width / 2 + camera.scale * (Double(metre) - center)
      canvas.stroke([(x, level), (x, level + 4)], width: 1, PictureStyle.faint)
      // A number that the edge would cut is left out.
      guard min(x - view.left, view.left + view.width - x) > Self.numberWidth / 2 else { continue }
      canvas.text("\(metre) m", x: x, y: level + 15, size: 10, PictureStyle.faint, .center)
    }
  }

  private static let farthestMetres = 20.0
  private static let numberWidth = 40.0
}

/// What is seen of a film's plane.
private struct Camera {
  /// The number of pixels of a metre.
  var scale: Double
  /// The height of the upper edge, in metres.
  var top: Double
  /// The middle of a view that does not move.
  var center: Place
  /// The height of a view, in pixels.
  var viewHeight: Double

  init(_ film: AdaptationFilm) {
    let scenes = film.episodes.flatMap { $0.frames.map(\.scene) }
    let limbs = scenes.flatMap(\.limbs)
    let highest = limbs.map { max($0.start.y, $0.end.y) + $0.radius }.max() ?? 1
    let lowest = limbs.map { min($0.start.y, $0.end.y) - $0.radius }.min() ?? 0
    if film.isFollowed {
      viewHeight = 170
      let start = film.episodes[0].frames[0].scene
      let tall = start.limbs.map { max($0.start.y, $0.end.y) + $0.radius }.max() ?? 1
      let ground = start.ground ?? lowest
      // What is thrown high leaves the view for a moment, rather than be seen from afar all the time.
      top = min(highest, ground + 2 * max(tall - ground, 0.1)) + 0.15
      // A strip of the ground has room for its numbers.
      scale = (viewHeight - 22) / max(top - ground, 0.1)
      center = start.focus
      return
    }
    viewHeight = 300
    let goals = scenes.compactMap(\.goal)
    let left = min(limbs.map { min($0.start.x, $0.end.x) - $0.radius }.min() ?? 0, goals.map(\.x).min() ?? .infinity)
    let right = max(limbs.map { max($0.start.x, $0.end.x) + $0.radius }.max() ?? 1, goals.map(\.x).max() ?? -.infinity)
    let (bottom, upper) = (
      min(lowest, goals.map(\.y).min() ?? .infinity), max(highest, goals.map(\.y).max() ?? -.infinity)
    )
    center = Place(x: (left + right) / 2, y: (bottom + upper) / 2)
    let (width, height) = (1.15 * max(right - left, 0.1), 1.15 * max(upper - bottom, 0.1))
    scale = min(viewHeight / height, 320 / width)
    top = center.y + viewHeight / scale / 2
  }
}
