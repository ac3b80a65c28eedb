import { Session } from 'node:inspector'

/**
 * Counts what work on text costs, in characters looked at, without a clock: the methods of String that the parser
 * uses, and writing a text into octets, are replaced while `run` runs; a slice costs one, since it is a view; what
 * reads costs what it reads. Beside that each block of our own code costs one for each time that it is entered, so
 * a loop costs its turns.
 */
export function stepsOf(run: () => void): number {
  let steps = 0
  const replaced: (() => void)[] = []
  const count = (
    prototype: object,
    name: string,
    cost: (text: string, args: readonly unknown[], result: unknown) => number,
  ): void => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
    const original: unknown = descriptor?.value
    if (descriptor === undefined || typeof original !== 'function') throw new Error(`there is no ${name}`)
    Object.defineProperty(prototype, name, {
      ...descriptor,
      value(this: string, ...args: readonly unknown[]): unknown {
        const result: unknown = Reflect.apply(original, this, args)
        steps += cost(this, args, result)
        return result
      },
    })
    replaced.push(() => Object.defineProperty(prototype, name, descriptor))
  }
  const found = (text: string, args: readonly unknown[], result: unknown): number =>
    1 + (typeof result === 'number' && result >= 0 ? result : text.length) - Number(args[1] ?? 0)
  const all = (text: string): number => 1 + text.length
  count(String.prototype, 'charCodeAt', () => 1)
  count(String.prototype, 'charAt', () => 1)
  count(String.prototype, 'slice', () => 1)
  count(String.prototype, 'startsWith', (_text, args) => String(args[0]).length)
  count(String.prototype, 'indexOf', found)
  for (const name of [
    'includes',
    'lastIndexOf',
    'split',
    'replaceAll',
    'toLowerCase',
    'toUpperCase',
    'trimEnd',
    'trim',
  ]) {
    count(String.prototype, name, all)
  }
  count(Buffer.prototype, 'write', (_octets, args) => String(args[0]).length)
  blocksEntered()
  try {
    run()
    steps += blocksEntered()
  } finally {
    for (const restore of replaced) restore()
  }
  return steps
}

// Begun before the code is compiled that is counted.
const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })

/** Blocks of our own code entered since the last call, each as often as it was. */
function blocksEntered(): number {
  let blocks = 0
  session.post('Profiler.takePreciseCoverage', (error, coverage) => {
    if (error !== null) throw error
    for (const script of coverage.result) {
      if (!script.url.includes('/src/')) continue
      for (const { ranges } of script.functions) for (const range of ranges) blocks += range.count
    }
  })
  return blocks
}
