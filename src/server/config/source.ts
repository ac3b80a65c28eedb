import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { ConfigPath, Problem } from './problem.ts'

/** A configuration file as read: its values, and where each of them stands. */
export interface ConfigSource {
  readonly root: unknown
  /** Syntax errors; with any of them the rest is not worth reading. */
  readonly problems: readonly Problem[]
  /** Line and column of a value, or of the nearest thing around it. */
  place(path: ConfigPath): Place
  /** Line and column of a key. */
  placeOfKey(path: ConfigPath, key: string): Place
  has(path: ConfigPath): boolean
}

type Place = { readonly file: string; readonly line: number; readonly column: number }

/**
 * Reads YAML text and keeps the positions.
 * @param file name that messages carry
 */
export function readSource(text: string, file: string): ConfigSource {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true })
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { file, line: Math.max(1, line), column: Math.max(1, col) }
  }
  const problems: Problem[] = document.errors.map(error => ({
    severity: 'error',
    kind: 'configuration',
    path: [],
    message: `${error.message.split('\n')[0] ?? error.code}${bracketHint(text, error.pos[0])}`,
    place: at(error.pos[0]),
  }))
  // An alias would let one small file unfold into a large one, and give two places to one value.
  const refuse = (message: string, offset: number): void => {
    problems.push({ severity: 'error', kind: 'configuration', path: [], message, place: at(offset) })
  }
  visit(document, {
    Alias: (_key, node) => {
      refuse('YAML anchors and aliases are not used here; write the value out', node.range?.[0] ?? 0)
    },
    Pair: (_key, pair) => {
      if (!isNode(pair.key) || isScalar(pair.key)) return
      refuse('the name of a setting is a plain word', pair.key.range?.[0] ?? 0)
    },
  })
  const nodeAt = (path: ConfigPath): Node | undefined => {
    const node = path.length === 0 ? document.contents : document.getIn(path, true)
    return isNode(node) && !isAlias(node) ? node : undefined
  }
  const place = (path: ConfigPath): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = nodeAt(path.slice(0, length))
      if (node?.range == null) continue
      const key = path[length - 1]
      // A block of several lines is found by its key.
      if ((isMap(node) || isSeq(node)) && typeof key === 'string')
        return placeOfKey(path.slice(0, length - 1), key)
      return at(node.range[0])
    }
    return { file, line: 1, column: 1 }
  }
  const placeOfKey = (path: ConfigPath, key: string): Place => {
    const map = nodeAt(path)
    if (isMap(map)) {
      for (const pair of map.items) {
        if (isNode(pair.key) && pair.key.range != null && String(pair.key) === key)
          return at(pair.key.range[0])
      }
    }
    return place(path)
  }
  return {
    root: problems.length > 0 ? undefined : document.toJS(),
    problems,
    place,
    placeOfKey,
    has: path => path.length === 0 || document.hasIn(path),
  }
}

/** An IPv6 address between the brackets of a list is the usual reason for a broken list. */
function bracketHint(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return text.slice(start, offset + 1).includes('://[')
    ? ' (quote an address with brackets: "tls://[::1]:5061")'
    : ''
}
