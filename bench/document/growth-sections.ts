import { farOverNear, fitLine, type Point } from '../shape/line.ts'
import type { ShapeResult } from '../shape/shape.ts'
import { bytesPerUser } from '../shape/users.ts'
import type { SoakResult } from '../soak.ts'
import { lineChart } from './charts.ts'
import { markdownTable } from './regions.ts'
import { type Section, shown } from './section.ts'

/** One thing that grows. */
interface Growth {
  readonly file: string
  readonly what: string
  readonly of: string
  readonly unit: string
  readonly points: readonly Point[]
  readonly isLogarithmic?: boolean
}

/** How cost grows. */
export function shapeSection(shape: ShapeResult): Section {
  const { users, calls } = shape
  const steps = (all: ShapeResult['fork']): readonly Point[] => all.map(({ x, cpuUs }) => [x, cpuUs] as const)
  const growths: readonly Growth[] = [
    {
      ...{ file: 'users.svg', what: 'registered users', of: 'a call', unit: 'µs', isLogarithmic: true },
      points: users.map(each => [each.users, each.callUs] as const),
    },
    {
      ...{ file: 'look-up.svg', what: 'registered users', of: 'a look-up', unit: 'ns', isLogarithmic: true },
      points: users.map(each => [each.users, each.lookUpNs] as const),
    },
    {
      ...{
        file: 'alone.svg',
        what: 'registered users',
        of: 'a look-up and nothing else',
        unit: 'ns',
        isLogarithmic: true,
      },
      points: users.map(each => [each.users, each.aloneNs] as const),
    },
    {
      ...{ file: 'calls.svg', what: 'calls in progress', of: 'a new call', unit: 'µs' },
      points: calls.map(each => [each.calls, each.cpuUs] as const),
    },
    { ...{ file: 'body.svg', what: 'octets of body', of: 'a message', unit: 'µs' }, points: shape.bodyUs },
    {
      ...{ file: 'headers.svg', what: 'header fields', of: 'a message', unit: 'µs' },
      points: shape.headersUs,
    },
    {
      ...{ file: 'message.svg', what: 'more header fields in the INVITE', of: 'a call over TCP', unit: 'µs' },
      points: steps(shape.message),
    },
    {
      ...{ file: 'fork.svg', what: 'phones that ring', of: 'a call', unit: 'µs' },
      points: steps(shape.fork),
    },
    {
      ...{ file: 'domains.svg', what: 'served domains', of: 'a call', unit: 'µs', isLogarithmic: true },
      points: steps(shape.domains),
    },
  ]
  const rows = growths.map(({ what, of, unit, points }) => {
    const fit = fitLine(points)
    return [
      `${what}: ${of}`,
      points.map(([x, y]) => `${x.toLocaleString('en')}: ${y.toFixed(1)}`).join(', '),
      unit,
      farOverNear(points).toFixed(2),
      fit.perUnit.toPrecision(2),
      `${fit.worstPercent.toFixed(0)} %`,
    ]
  })
  const head = ['', 'cost', 'unit', 'far end over near end', 'each more', 'off a straight line']
  const memory = markdownTable(
    [
      'registered users',
      'ready after a restart, s',
      'memory of the server, MB',
      'memory of the store alone, MB',
    ],
    users.map(each => [
      each.users.toLocaleString('en'),
      each.readySeconds.toFixed(1),
      each.residentMegabytes.toFixed(0),
      (each.storeBytes / 1e6).toFixed(0),
    ]),
  )
  const sent = users.at(-1)?.sentBytes ?? Number.NaN
  const perUser =
    `A user with account and binding takes ${bytesPerUser(users).toFixed(0)} octets of memory beyond the ${sent.toFixed(0)} that his phone sent. ` +
    `A call in progress takes ${(bytesPerCall(shape) / 1000).toFixed(1)} kB, its two proofs and its transactions that still wait among them.`
  const pictures = growths.map(({ file, what, of, unit, points, isLogarithmic }) => [
    file,
    lineChart({
      title: what,
      xName: isLogarithmic === true ? `${what}, each step a multiple` : what,
      yName: `${of}, ${unit}`,
      series: [{ name: of, points }],
      ...(isLogarithmic === undefined ? {} : { isLogarithmic }),
    }),
  ])
  const images = growths.map(({ file, what, of }) => shown(file, `${of} by ${what}`))
  return {
    text: [markdownTable(head, rows), memory, perUser, ...images].join('\n\n'),
    pictures: Object.fromEntries(pictures),
  }
}

/** Octets of heap for one more call in progress. */
export function bytesPerCall({ calls }: Pick<ShapeResult, 'calls'>): number {
  const [near, far] = [calls[0], calls.at(-1)]
  if (near === undefined || far === undefined || near === far) return Number.NaN
  return ((far.heapMegabytes - near.heapMegabytes) * 1e6) / (far.calls - near.calls)
}

/** A long run. */
export function soakSection(result: SoakResult): Section {
  const ms = (us: number): string => (us / 1000).toFixed(2)
  const { half, soak, samples } = result
  const table = markdownTable(
    ['', 'calls a second', 'p50 ms', 'p99 ms', 'failed %'],
    [
      ['half load', half.perSecond.toFixed(0), ms(half.p50Us), ms(half.p99Us), half.failedPercent.toFixed(3)],
      [
        `${result.minutes} minutes at 70 %`,
        ...[soak.perSecond.toFixed(0), ms(soak.p50Us), ms(soak.p99Us), soak.failedPercent.toFixed(3)],
      ],
    ],
  )
  const text =
    `Saturated at ${result.saturatedPerSecond.toFixed(0)} calls with digest a second. The longest stall of the event ` +
    `loop at 70 % was ${result.longestStallMs.toFixed(1)} ms; resident memory changed by ` +
    `${result.memoryChangePercent.toFixed(1)} % from the first fifth of the run to the last.`
  const start = samples[0]?.seconds ?? 0
  const over = (pick: (sample: (typeof samples)[number]) => number): readonly Point[] =>
    samples.map(each => [Math.round(each.seconds - start), pick(each)] as const)
  return {
    text: [
      text,
      table,
      shown('memory.svg', 'memory over time'),
      shown('stalls.svg', 'stalls over time'),
    ].join('\n\n'),
    pictures: {
      'memory.svg': lineChart({
        ...{ title: 'Memory at 70 % load', xName: 'seconds', yName: 'MB' },
        series: [
          { name: 'resident', points: over(each => each.residentMegabytes) },
          { name: 'heap, with garbage', points: over(each => each.heapMegabytes) },
        ],
      }),
      'stalls.svg': lineChart({
        ...{ title: 'Longest stall of the last one to two minutes', xName: 'seconds', yName: 'ms' },
        series: [{ name: 'event loop', points: over(each => each.stallMs) }],
        limit: { value: 50, name: '50 ms' },
      }),
    },
  }
}
