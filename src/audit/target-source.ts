import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { TargetError, type TargetProblem } from './target-problem.ts'
import { allowedAt } from './target-settings.ts'

/** Where something stands: keys and list positions from the top. */
export type Path = readonly (string | number)[]

/** The text of a target file with positions, and what is wrong in it. */
export class TargetSource {
  readonly file: string
  readonly root: unknown
  readonly problems: TargetProblem[] = []
  readonly #lines = new LineCounter()
  readonly #document

  constructor(text: string, file: string) {
    this.file = file
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, strict: true })
    for (const { message, pos } of this.#document.errors)
      this.#add('', message.split('\n')[0] ?? message, pos[0])
    visit(this.#document, {
      Alias: (_key, node) => this.#add('', 'anchors and aliases are not used here', node.range?.[0] ?? 0),
    })
    if (this.problems.length > 0) throw this.error()
    this.root = this.#document.toJS()
  }

  error(): TargetError {
    return new TargetError(this.file, this.problems)
  }

  tell(path: Path, message: string): void {
    this.#add(written(path), message, this.#offset(path))
  }

  tellIssue(issue: z.core.$ZodIssue): void {
    const path = issue.path.filter(part => typeof part !== 'symbol')
    if (issue.code !== 'unrecognized_keys') return this.tell(path, issue.message)
    for (const key of issue.keys)
      this.#add(
        written([...path, key]),
        `no such setting; allowed are ${allowedAt(path).join(', ')}`,
        this.#offset([...path, key]),
      )
  }

  /** Lines of the settings at the top, and of those one below. */
  lines(): Readonly<Record<string, number>> {
    const found: Record<string, number> = {}
    const root = this.#document.contents
    for (const pair of isMap(root) ? root.items : []) {
      const key = isScalar(pair.key) ? String(pair.key.value) : ''
      found[key] = this.#line([key])
      for (const inner of isMap(pair.value) ? pair.value.items : []) {
        const name = isScalar(inner.key) ? String(inner.key.value) : ''
        found[`${key}.${name}`] = this.#line([key, name])
      }
    }
    return found
  }

  #line(path: Path): number {
    return Math.max(1, this.#lines.linePos(this.#offset(path)).line)
  }

  /** Of the key, or of the nearest thing around it. */
  #offset(path: Path): number {
    for (let length = path.length; length > 0; length--) {
      const around =
        length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, length - 1), true)
      const last = path[length - 1]
      const pair = isMap(around)
        ? around.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
        : undefined
      if (isScalar(pair?.key) && pair.key.range) return pair.key.range[0]
      const node = this.#document.getIn(path.slice(0, length), true)
      if (hasRange(node)) return node.range[0]
    }
    return 0
  }

  #add(setting: string, message: string, offset: number): void {
    const { line, col } = this.#lines.linePos(offset)
    this.problems.push({ setting, message, line: Math.max(1, line), column: Math.max(1, col) })
  }
}

function hasRange(node: unknown): node is { readonly range: readonly [number, number, number] } {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
}

/** `accounts[1].password` */
function written(path: Path): string {
  return path
    .map((part, at) => (typeof part === 'number' ? `[${part}]` : at === 0 ? part : `.${part}`))
    .join('')
}
