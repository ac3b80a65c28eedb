import type { z } from 'zod'
import { METHODS } from '../../sip/methods.ts'
import type { ConfigPath, Problem } from './problem.ts'
import { INSECURE } from './settings.ts'
import type { ConfigSource } from './source.ts'
import { didYouMean } from './suggest.ts'

/** An entry of a list in the file, with its position there. */
export interface Item<T> {
  readonly index: number
  readonly value: T
}

/** Reads parts of a file, each by its own schema, and collects every problem. */
export class ConfigReader {
  readonly source: ConfigSource
  readonly problems: Problem[] = []
  readonly #root: Readonly<Record<string, unknown>>

  constructor(source: ConfigSource) {
    this.source = source
    this.problems.push(...source.problems)
    this.#root = isRecord(source.root) ? source.root : {}
    if (source.problems.length === 0 && !isRecord(source.root)) {
      this.error([], 'the file holds no settings; the least is "domains: [example.test]"')
    }
  }

  get keys(): readonly string[] {
    return Object.keys(this.#root)
  }

  /** The value as it stands, unread. */
  raw(key: string): unknown {
    return this.#root[key]
  }

  /** One setting at the top; undefined when it is wrong, which is then among the problems. */
  setting<T>(key: string, schema: z.ZodType<T>): T | undefined {
    return this.value([key], this.#root[key], schema)
  }

  /** The entries of a list that read well; the others are among the problems. */
  items<T>(key: string, schemaOf: (entry: unknown) => z.ZodType<T>): Item<T>[] {
    const entries = this.#root[key]
    if (!Array.isArray(entries)) return []
    const read: Item<T>[] = []
    for (const [index, entry] of entries.entries()) {
      const value = this.value([key, index], entry, schemaOf(entry))
      if (value !== undefined) read.push({ index, value })
    }
    return read
  }

  value<T>(path: ConfigPath, raw: unknown, schema: z.ZodType<T>): T | undefined {
    const result = schema.safeParse(raw)
    if (result.success) return result.data
    for (const issue of result.error.issues) this.#issue(path, raw, issue, schema)
    if (!isRecord(raw)) return undefined
    // What is left without the wrong parts is looked at too, so that all mistakes are told at once.
    const wrong = new Set(
      result.error.issues.flatMap(issue => {
        return issue.code === 'unrecognized_keys' && issue.path.length === 0
          ? issue.keys
          : [String(issue.path[0])]
      }),
    )
    const rest = Object.fromEntries(Object.entries(raw).filter(([key]) => !wrong.has(key)))
    return schema.safeParse(rest).data
  }

  error(path: ConfigPath, message: string): void {
    this.problems.push({
      severity: 'error',
      kind: 'configuration',
      path,
      message,
      place: this.source.place(path),
    })
  }

  warning(path: ConfigPath, message: string): void {
    this.problems.push({
      severity: 'warning',
      kind: 'configuration',
      path,
      message,
      place: this.source.place(path),
    })
  }

  /** An error that stands at a key, not at its value. */
  errorAtKey(path: ConfigPath, key: string, message: string): void {
    const place = this.source.placeOfKey(path, key)
    this.problems.push({ severity: 'error', kind: 'configuration', path, message, place })
  }

  #issue(base: ConfigPath, raw: unknown, issue: z.core.$ZodIssue, schema: z.ZodType): void {
    const inner = issue.path.filter(part => typeof part !== 'symbol')
    const path = [...base, ...inner]
    const written = valueAt(raw, inner)
    if (issue.code === 'unrecognized_keys') {
      const known = knownKeys(schema, inner, written)
      for (const key of issue.keys)
        this.errorAtKey(path, key, `no such setting "${key}"${didYouMean(key, known)}`)
      return
    }
    if (written === undefined && !this.source.has(path)) {
      this.error(path, 'missing')
      return
    }
    if (issue.code === 'invalid_union') {
      if (issue.discriminator === 'allow') this.error(path, notInsecure(written))
      else this.error(path, 'write a text or a number')
      return
    }
    if (issue.code === 'invalid_value') {
      const values = issue.values.map(String)
      const list = `one of ${values.join(', ')}`
      this.error(path, `"${shown(written)}" is not ${list}${didYouMean(String(written), values)}`)
      return
    }
    if (issue.code === 'invalid_type' && issue.expected === 'object') {
      this.error(path, 'write an object with settings of its own')
      return
    }
    this.error(path, issue.message)
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function notInsecure(written: unknown): string {
  const name = shown(written)
  const known = Object.keys(INSECURE)
  const hint = METHODS.includes(name.toUpperCase())
    ? ' (write allow: unauthenticated-requests, methods: […])'
    : ''
  return `"${name}" cannot be weakened${hint || didYouMean(name, known)}; the list is ${known.join(', ')}`
}

function shown(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? Array.isArray(value)
      ? 'a list'
      : 'an object'
    : String(value)
}

function valueAt(raw: unknown, path: ConfigPath): unknown {
  let value = raw
  for (const part of path) {
    if (Array.isArray(value) && typeof part === 'number') value = value[part]
    else if (isRecord(value)) value = value[String(part)]
    else return undefined
  }
  return value
}

/** Keys of the object schema at a path, for suggestions. */
function knownKeys(schema: z.ZodType, path: ConfigPath, written: unknown): readonly string[] {
  const shape = shapeOf(schema)
  if (shape === undefined) return isRecord(written) ? ['allow', 'because', 'methods', 'server', 'trunk'] : []
  const [first, ...rest] = path
  const inner = first === undefined ? undefined : shape[String(first)]
  return inner === undefined ? Object.keys(shape) : knownKeys(inner, rest, written)
}

function shapeOf(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  return 'shape' in schema && isShape(schema.shape) ? schema.shape : innerShape(schema)
}

function innerShape(schema: z.ZodType): Readonly<Record<string, z.ZodType>> | undefined {
  return 'unwrap' in schema && typeof schema.unwrap === 'function' ? shapeOf(schema.unwrap()) : undefined
}

function isShape(value: unknown): value is Readonly<Record<string, z.ZodType>> {
  return isRecord(value)
}
