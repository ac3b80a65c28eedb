import { bar, curve, dot, label, legend, line, picture, ticks } from './svg.ts'

/** Bars beside one another for each group, in the order of the series. */
export interface BarChart {
  readonly title: string
  readonly unit: string
  readonly series: readonly string[]
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[]
}

const WIDTH = 720
const LEFT = 220
const RIGHT = 70
const TOP = 62
const BAR = 14

/** Lying bars, the value at the end of each. */
export function barChart({ title, unit, series, groups }: BarChart): string {
  const all = groups.flatMap(({ values }) => values.filter(value => value !== undefined))
  const scale = ticks(Math.max(0, ...all))
  const end = scale.at(-1) ?? 1
  const x = (value: number): number => LEFT + (value / end) * (WIDTH - LEFT - RIGHT)
  const step = series.length * (BAR + 2) + 14
  const bottom = TOP + groups.length * step
  const grid = scale.flatMap(value => [
    line(x(value), TOP - 6, x(value), bottom, 'grid'),
    label(x(value), bottom + 16, text(value), 'muted middle'),
  ])
  const bars = groups.flatMap(({ name, values }, at) => {
    const top = TOP + at * step
    const middle = top + (values.length * (BAR + 2)) / 2 + 4
    return [
      label(LEFT - 10, middle, name, 'end'),
      ...values.flatMap((value, colour) => {
        if (value === undefined) return []
        const y = top + colour * (BAR + 2)
        return [
          bar(LEFT, y, x(value) - LEFT, BAR, colour),
          label(x(value) + 5, y + BAR - 2.5, text(value), 'muted'),
        ]
      }),
    ]
  })
  const head = [label(16, 24, `${title}, ${unit}`, 'title'), legend(16, 45, series)]
  return picture(WIDTH, bottom + 30, title, [...head, ...grid, ...bars])
}

/** Points that belong together. */
export interface LineChart {
  readonly title: string
  readonly xName: string
  readonly yName: string
  readonly series: readonly {
    readonly name: string
    readonly points: readonly (readonly [number, number])[]
  }[]
  /** Whether each step to the right is a multiple. */
  readonly isLogarithmic?: boolean
  /** A value that must not be exceeded. */
  readonly limit?: { readonly value: number; readonly name: string }
}

const HEIGHT = 300
const LINE_LEFT = 64
const LINE_RIGHT = 24
const LINE_BOTTOM = HEIGHT - 44

/** Lines from zero upward: nothing looks steeper than it is. */
export function lineChart(chart: LineChart): string {
  const { title, xName, yName, series, limit } = chart
  const points = series.flatMap(each => each.points)
  const xs = [...new Set(points.map(([x]) => x))].sort((a, b) => a - b)
  const scale = ticks(Math.max(0, limit?.value ?? 0, ...points.map(([, y]) => y)))
  const end = scale.at(-1) ?? 1
  const place = (value: number): number =>
    chart.isLogarithmic === true ? Math.log(Math.max(value, 1e-9)) : value
  const [first, last] = [place(xs[0] ?? 0), place(xs.at(-1) ?? 1)]
  const x = (value: number): number =>
    LINE_LEFT + ((place(value) - first) / (last - first || 1)) * (WIDTH - LINE_LEFT - LINE_RIGHT - 30)
  const y = (value: number): number => LINE_BOTTOM - (value / end) * (LINE_BOTTOM - TOP)
  const rows = scale.flatMap(value => [
    line(LINE_LEFT, y(value), WIDTH - LINE_RIGHT, y(value), 'grid'),
    label(LINE_LEFT - 8, y(value) + 4, text(value), 'muted end'),
  ])
  const columns = spaced(xs, x).map(value => label(x(value), LINE_BOTTOM + 17, text(value), 'muted middle'))
  const isSparse = points.length <= 40
  const lines = series.flatMap((each, colour) => [
    curve(
      each.points.map(([px, py]) => [x(px), y(py)] as const),
      colour,
    ),
    ...(isSparse ? each.points.map(([px, py]) => dot(x(px), y(py), colour)) : []),
  ])
  const bound =
    limit === undefined
      ? []
      : [
          line(LINE_LEFT, y(limit.value), WIDTH - LINE_RIGHT, y(limit.value), 'limit'),
          label(WIDTH - LINE_RIGHT, y(limit.value) - 5, limit.name, 'muted end'),
        ]
  const head = [
    label(16, 24, `${title}: ${yName}`, 'title'),
    legend(
      16,
      45,
      series.map(each => each.name),
    ),
    label(WIDTH / 2, HEIGHT - 8, xName, 'muted middle'),
  ]
  return picture(WIDTH, HEIGHT, title, [...head, ...rows, ...columns, ...bound, ...lines])
}

/** As many of the values as have room beside one another. */
function spaced(values: readonly number[], x: (value: number) => number): readonly number[] {
  const shown: number[] = []
  for (const value of values) {
    const before = shown.at(-1)
    if (before === undefined || x(value) - x(before) >= 56) shown.push(value)
  }
  return shown
}

function text(value: number): string {
  if (value >= 10_000 || Number.isInteger(value)) return value.toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
