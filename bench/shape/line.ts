/** A straight line through points, by least squares. */
export interface FittedLine {
  readonly atZero: number
  readonly perUnit: number
  /** How far the worst point is off the line, in percent of the point. */
  readonly worstPercent: number
}

/** One measured point. */
export type Point = readonly [x: number, y: number]

/** The line that fits best; flat through a single point. */
export function fitLine(points: readonly Point[]): FittedLine {
  const mean = (pick: (point: Point) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / Math.max(1, points.length)
  const [mx, my] = [mean(([x]) => x), mean(([, y]) => y)]
  const spread = mean(([x]) => (x - mx) ** 2)
  const perUnit = spread === 0 ? 0 : mean(([x, y]) => (x - mx) * (y - my)) / spread
  const atZero = my - perUnit * mx
  const off = points.map(([x, y]) => (Math.abs(atZero + perUnit * x - y) / Math.max(1e-9, Math.abs(y))) * 100)
  return { atZero, perUnit, worstPercent: Math.max(0, ...off) }
}

/** What the last point costs over what the first costs. */
export function farOverNear(points: readonly Point[]): number {
  return (points.at(-1)?.[1] ?? Number.NaN) / (points[0]?.[1] ?? Number.NaN)
}
