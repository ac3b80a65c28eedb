/**
 * Counts what work on text costs, in characters looked at, without a clock: the methods of String that the parser
 * uses are replaced while `run` runs. A slice costs one, since it is a view; what reads costs what it reads.
 */
export function stepsOf(run: () => void): number {
  let steps = 0
  const replaced: (() => void)[] = []
  const count = (
    name: string,
    cost: (text: string, args: readonly unknown[], result: unknown) => number,
  ): void => {
    const descriptor = Object.getOwnPropertyDescriptor(String.prototype, name)
    const original: unknown = descriptor?.value
    if (descriptor === undefined || typeof original !== 'function') throw new Error(`String has no ${name}`)
    Object.defineProperty(String.prototype, name, {
      ...descriptor,
      value(this: string, ...args: readonly unknown[]): unknown {
        const result: unknown = Reflect.apply(original, this, args)
        steps += cost(this, args, result)
        return result
      },
    })
    replaced.push(() => Object.defineProperty(String.prototype, name, descriptor))
  }
  const found = (text: string, args: readonly unknown[], result: unknown): number =>
    1 + (typeof result === 'number' && result >= 0 ? result : text.length) - Number(args[1] ?? 0)
  const all = (text: string): number => 1 + text.length
  count('charCodeAt', () => 1)
  count('charAt', () => 1)
  count('slice', () => 1)
  count('startsWith', (_text, args) => String(args[0]).length)
  count('indexOf', found)
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
    count(name, all)
  }
  try {
    run()
  } finally {
    for (const restore of replaced) restore()
  }
  return steps
}
