import { curve, dot, label, line, picture } from '../../document/svg.ts'
import type { SweepPoint } from '../runs/sweep.ts'

const [WIDTH, ROW, TOP] = [860, 150, 70]
const COLUMNS = 4
const [PLOT_WIDTH, PLOT_HEIGHT] = [150, 80]
const COLUMN = WIDTH / COLUMNS
/** Left end of the logarithmic scale: fewer false alarms than this a user and day are drawn here. */
const LEAST = 1e-4

/** Recall over false alarms while thresholds go up and down: together, then of each detector that ever spoke. */
export function sweepPicture(sweep: readonly SweepPoint[]): string {
  const spoke = (id: string): boolean =>
    sweep.some(
      ({ byDetector }) => (byDetector[id]?.recall ?? 0) > 0 || (byDetector[id]?.falsePerUserDay ?? 0) > 0,
    )
  const ids = Object.keys(sweep[0]?.byDetector ?? {}).filter(spoke)
  const plots = [
    plot(
      'all together',
      0,
      sweep.map(({ recall, falsePerUserDay, factor }) => ({ recall, falsePerUserDay, factor })),
    ),
    ...ids.map((id, at) =>
      plot(
        id,
        at + 1,
        sweep.map(({ byDetector, factor }) => ({
          factor,
          ...(byDetector[id] ?? { recall: 0, falsePerUserDay: 0 }),
        })),
      ),
    ),
  ]
  const height = TOP + Math.ceil(plots.length / COLUMNS) * ROW
  const head = [
    label(16, 26, 'Recall over false alarms a user and day, thresholds × 0.25 to × 5', 'title'),
    label(
      16,
      46,
      'logarithmic, 0.0001 to 1; the dot is the default; one detector: of what it finds at × 0.25',
      'muted',
    ),
  ]
  return picture(WIDTH, height, 'Recall over false alarms of each detector', [...head, ...plots])
}

type Point = Pick<SweepPoint, 'factor' | 'recall' | 'falsePerUserDay'>

function plot(name: string, at: number, points: readonly Point[]): string {
  const [left, top] = [16 + (at % COLUMNS) * COLUMN, TOP + Math.floor(at / COLUMNS) * ROW]
  const place = ({ recall, falsePerUserDay }: Point): readonly [number, number] => [
    left + (Math.log10(Math.min(1, Math.max(LEAST, falsePerUserDay)) / LEAST) / 4) * PLOT_WIDTH,
    top + 16 + (1 - recall) * PLOT_HEIGHT,
  ]
  const usual = points.find(({ factor }) => factor === 1)
  const [x, y] = usual === undefined ? [left, top] : place(usual)
  const ordered = points.toSorted((a, b) => b.factor - a.factor)
  return [
    label(left, top + 6, name),
    line(left, top + 16, left, top + 16 + PLOT_HEIGHT, 'grid'),
    line(left, top + 16 + PLOT_HEIGHT, left + PLOT_WIDTH, top + 16 + PLOT_HEIGHT, 'grid'),
    line(left, top + 16, left + PLOT_WIDTH, top + 16, 'grid'),
    curve(ordered.map(place), 0),
    dot(x, y, 1),
  ].join('\n')
}
