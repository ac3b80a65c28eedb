import { z } from 'zod'
import { METHODS } from '../../sip/methods.ts'
import { type ReadValue, readDuration } from './values.ts'

/** What `docs/configuration.md` and `aspis config print` say of a setting. */
export interface Row {
  readonly type: string
  readonly unit?: string
  readonly default: string
  readonly sentence: string
  /** The settings inside, for an object or a list of objects. */
  readonly of?: z.ZodObject
}

/** Every setting's row, by its schema. */
export const rows = new WeakMap<object, Row>()

/** Gives a setting its row. */
export function row<T extends z.ZodType>(
  type: string,
  defaultText: string,
  sentence: string,
  schema: T,
  extra: Partial<Row> = {},
): T {
  rows.set(schema, { type, default: defaultText, sentence, ...extra })
  return schema
}

/** A value that is written as text (or a plain number) and read by one of `values.ts`. */
export function written<T>(read: ReadValue<T>) {
  return z.union([z.string(), z.number()], 'write a text').transform((value, context) => {
    const result = read(String(value))
    if (result.ok) return result.value
    context.issues.push({ code: 'custom', message: result.error, input: value })
    return z.NEVER
  })
}

/** The forms that settings have. */
export const text = () => z.string('write a text').min(1, 'must not be empty')
export const flag = () => z.boolean('write true or false')
export const count = (min: number, max: number) =>
  z
    .number('write a number')
    .int('write a whole number')
    .min(min, `at least ${min}`)
    .max(max, `at most ${max}`)
export const seconds = (min: number, max: number) => written(readDuration('s', min, max))
export const list = <T extends z.ZodType>(item: T) => z.array(item, 'write a list: [ … ]')
export const method = z.enum(METHODS)
