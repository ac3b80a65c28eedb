/**
 * Our own small registry of metrics, printed as Prometheus text 0.0.4.
 *
 * Increments are additions to a plain number; every counter and every listed label value exists at 0 from
 * the start, so that a rate can be computed from the first event on.
 */
export class Metrics {
  readonly #families = new Map<string, Family>()

  /** A number that only grows. */
  counter(name: string, help: string): Counter {
    const counter = new Counter()
    this.#add(name, { help, kind: 'counter', lines: () => [`${name} ${counter.value}`] })
    return counter
  }

  /**
   * A counter per label value.
   * @param known label values that exist at 0 from the start
   * @param maxSeries further values beyond this many count under `other`
   */
  counters(
    name: string,
    help: string,
    label: string,
    known: readonly string[] = [],
    maxSeries = 100,
  ): Counters {
    const counters = new Counters(known, maxSeries)
    this.#add(name, {
      help,
      kind: 'counter',
      lines: () =>
        [...counters.entries()].map(
          ([value, counter]) => `${name}{${label}="${labelText(value)}"} ${counter.value}`,
        ),
    })
    return counters
  }

  /**
   * A number that is read when somebody asks.
   * @param over how several processes make one number of theirs
   */
  gauge(name: string, help: string, read: () => number, over: Over = 'sum'): void {
    this.#add(name, { help, kind: 'gauge', over, lines: () => [`${name} ${read()}`] })
  }

  /** One number per label value, read when somebody asks; the caller bounds the values. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Iterable<readonly [string, number]>,
    over: Over = 'sum',
  ): void {
    this.#add(name, {
      help,
      kind: 'gauge',
      over,
      lines: () => [...read()].map(([value, number]) => `${name}{${label}="${labelText(value)}"} ${number}`),
    })
  }

  /** A counter kept elsewhere, read when somebody asks. */
  counterFrom(name: string, help: string, read: () => number): void {
    this.#add(name, { help, kind: 'counter', lines: () => [`${name} ${read()}`] })
  }

  /** All metrics as Prometheus text. */
  print(): string {
    return printFamilies(this.families())
  }

  /** All metrics as they are now. */
  families(): FamilySum[] {
    return [...this.#families].map(([name, { help, kind, over = 'sum', lines }]) => ({
      name,
      help,
      kind,
      over,
      lines: lines(),
    }))
  }

  #add(name: string, family: Family): void {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new RangeError(`metric name ${name}`)
    if (this.#families.has(name)) throw new RangeError(`metric ${name} exists`)
    this.#families.set(name, family)
  }
}

/** What several processes tell together: their sum, the most of them, or the least. */
export type Over = 'sum' | 'max' | 'min'

interface Family {
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly over?: Over
  lines(): string[]
}

/** One metric with its values, of one process or of several. */
export interface FamilySum {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'gauge'
  readonly over: Over
  /** Each a name, labels and a number, as they are printed. */
  readonly lines: readonly string[]
}

/** Prometheus text 0.0.4. */
export function printFamilies(families: readonly FamilySum[]): string {
  let text = ''
  for (const { name, help, kind, lines } of families) {
    text += `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`
    for (const line of lines) text += `${line}\n`
  }
  return text
}

/** What several processes tell, as if they were one. */
export function sumFamilies(processes: readonly (readonly FamilySum[])[]): FamilySum[] {
  const families = new Map<string, FamilySum & { readonly values: Map<string, number> }>()
  for (const each of processes) {
    for (const family of each) {
      const known = families.get(family.name) ?? { ...family, values: new Map<string, number>() }
      families.set(family.name, known)
      for (const line of family.lines) {
        const end = line.lastIndexOf(' ')
        const series = line.slice(0, end)
        known.values.set(series, over(known.over, known.values.get(series), Number(line.slice(end + 1))))
      }
    }
  }
  return [...families.values()].map(({ values, ...family }) => ({
    ...family,
    lines: [...values].map(([series, value]) => `${series} ${value}`),
  }))
}

function over(how: Over, before: number | undefined, value: number): number {
  if (before === undefined) return value
  if (how === 'sum') return before + value
  return how === 'max' ? Math.max(before, value) : Math.min(before, value)
}

/** A plain number with a name. */
export class Counter {
  value = 0

  add(amount = 1): void {
    this.value += amount
  }
}

/** Counters by label value, bounded. */
export class Counters {
  readonly #byValue = new Map<string, Counter>()
  readonly #maxSeries: number
  #other: Counter | undefined

  constructor(known: readonly string[], maxSeries: number) {
    this.#maxSeries = Math.max(maxSeries, known.length)
    for (const value of known) this.#byValue.set(value, new Counter())
  }

  /** The counter of a label value; keep it where the value is known beforehand. */
  of(value: string): Counter {
    const counter = this.#byValue.get(value)
    if (counter !== undefined) return counter
    if (this.#byValue.size >= this.#maxSeries) {
      this.#other ??= new Counter()
      return this.#other
    }
    const made = new Counter()
    this.#byValue.set(value, made)
    return made
  }

  add(value: string, amount = 1): void {
    this.of(value).value += amount
  }

  *entries(): IterableIterator<readonly [string, Counter]> {
    yield* this.#byValue
    if (this.#other !== undefined && !this.#byValue.has('other')) yield ['other', this.#other]
  }
}

function labelText(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
