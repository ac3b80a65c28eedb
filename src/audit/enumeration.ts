import { nameLike } from './guessing.ts'
import type { Heard } from './heard.ts'
import type { Trial } from './trial.ts'
import { Unable } from './trial.ts'

/** A name that somebody has, whom wrong passwords and questions do not disturb. */
export function knownName({ target }: Trial): string {
  const name = target.knownUser ?? target.accounts.at(-1)?.user
  if (name === undefined) throw new Unable('no user is known who exists')
  return name
}

/** One of the tester's own, whose telephone may ring: the last account. */
export function ownName({ target }: Trial): string {
  const name = target.accounts.at(-1)?.user
  if (name === undefined) throw new Unable('there is no account')
  return name
}

/** Two that nobody has, of the same form as the known one. */
export function inventedNames(known: string): readonly [string, string] {
  return [nameLike(known), nameLike(known)]
}

/**
 * What a stranger could tell answers apart by, one line a field: names and values, without what is new each time (tags,
 * branches, nonces but for their length, numbers) and without the name that was asked for.
 */
export function shapeOf(heard: Heard | undefined, name: string): readonly string[] {
  if (heard === undefined) return ['silence']
  const lines = heard.text.split('\r\n').map(line => masked(line.replaceAll(name, '{name}')))
  return [...lines, `${lines.length} lines`]
}

function masked(line: string): string {
  return line
    .replace(/\bnonce="([^"]*)"/gi, (_, nonce: string) => `nonce=${nonce.length}`)
    .replace(/\b(?:tag|branch|received|rport)=[^;,>\s]*/gi, '{new}')
    .replace(
      /^(?:call-id|i|date|content-length|l|retry-after|server)[ \t]*:.*/i,
      field => field.split(':')[0] ?? '',
    )
    .replace(/[0-9a-f]{16,}|\d{2,}/gi, '#')
}

/** The first line by which answers of one kind differ from those of another, each kind being alike in itself. */
export function tellingLine(
  known: readonly (readonly string[])[],
  invented: readonly (readonly string[])[],
): { readonly known: string; readonly invented: string } | undefined {
  const [one] = known
  const [other] = invented
  if (one === undefined || other === undefined || !areAlike(known) || !areAlike(invented)) return undefined
  const at = one.findIndex((line, index) => line !== other[index])
  if (at < 0 && one.length === other.length) return undefined
  return { known: one[at] ?? 'nothing more', invented: other[at < 0 ? one.length : at] ?? 'nothing more' }
}

function areAlike(shapes: readonly (readonly string[])[]): boolean {
  return new Set(shapes.map(shape => shape.join('\n'))).size === 1
}
