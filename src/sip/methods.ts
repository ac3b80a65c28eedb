import { WordTable } from './word-table.ts'

/** Methods of RFC 3261 and its extensions that are carried here, sorted. */
export const METHODS: readonly string[] = [
  'ACK',
  'BYE',
  'CANCEL',
  'INFO',
  'INVITE',
  'MESSAGE',
  'NOTIFY',
  'OPTIONS',
  'PRACK',
  'PUBLISH',
  'REFER',
  'REGISTER',
  'SUBSCRIBE',
  'UPDATE',
]

/** The same, to look up. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set(METHODS)

const NUMBERED = ['', ...METHODS]
const TABLE = new WordTable(NUMBERED, false)

/** The method that the range is: of a known one always the same string, which is compared by its address. */
export function methodAt(text: string, octets: Uint8Array, start: number, end: number): string {
  const known = TABLE.find(octets, start, end)
  return known === 0 ? text.slice(start, end) : (NUMBERED[known] ?? '')
}
