import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import ts from 'typescript'

const root = resolve(import.meta.dirname, '..')
const src = join(root, 'src')

/** Who may import whom; `self` is always allowed, except between two mechanisms. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  sip: ['base'],
  detect: ['base', 'sip'],
  store: ['base', 'sip'],
  threats: ['base'],
  mechanisms: ['base', 'sip'],
  pipeline: ['base', 'sip', 'mechanisms', 'detect', 'store'],
  net: ['base'],
  server: ['base', 'sip', 'mechanisms', 'detect', 'threats', 'pipeline', 'store', 'net'],
  audit: ['base', 'sip', 'mechanisms', 'net', 'threats'],
  cli: ['base', 'detect', 'server', 'audit', 'threats'],
}

/** Rooms whose files decide and never act. */
const PURE = ['base', 'sip', 'mechanisms', 'pipeline', 'detect', 'threats']

/** What a pure file must not touch: sockets, timers, clocks, chance, files, processes. */
const ACTS =
  /\b(setTimeout|setInterval|setImmediate|Date\.now|new Date\(\)|performance\.now|Math\.random|randomBytes|randomUUID|process\.|console\.)/
const ACTING_MODULES =
  /from 'node:(net|dgram|tls|http|https|fs|dns|child_process|worker_threads|timers|cluster|os)/

const MAX_LINES = 500

interface SourceFile {
  readonly path: string
  readonly room: string
  readonly text: string
  readonly imports: readonly { readonly specifier: string; readonly isType: boolean }[]
}

function filesUnder(folder: string): SourceFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      return { path, room: name.split('/')[0] ?? '', text, imports: importsOf(text) }
    })
}

function importsOf(text: string): { specifier: string; isType: boolean }[] {
  const found: { specifier: string; isType: boolean }[] = []
  for (const match of text.matchAll(/^(?:import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'/gm)) {
    found.push({ specifier: match[2] ?? '', isType: match[1] !== undefined })
  }
  return found
}

const isTest = (file: SourceFile): boolean => file.path.endsWith('.test.ts')
const files = filesUnder(src)
const sources = files.filter(file => !isTest(file))
const name = (file: SourceFile): string => relative(root, file.path)

/** The room, and for a mechanism its own name, that an import of a file leads to. */
function roomOf(path: string): { room: string; mechanism: string } {
  const parts = relative(src, path).split('/')
  return { room: parts[0] ?? '', mechanism: parts[1] ?? '' }
}

test('every file imports only from the rooms that its own may use', () => {
  const wrong: string[] = []
  for (const file of sources) {
    const here = roomOf(file.path)
    for (const { specifier, isType } of file.imports) {
      if (!specifier.startsWith('.')) continue
      const there = roomOf(resolve(dirname(file.path), specifier))
      const isAllowed =
        here.room === there.room
          ? here.room !== 'mechanisms' || here.mechanism === there.mechanism
          : (MAY_IMPORT[here.room] ?? []).includes(there.room)
      const isTypeOnlyRoom = here.room === 'pipeline' && there.room === 'store'
      if (!isAllowed || (isTypeOnlyRoom && !isType)) wrong.push(`${name(file)} imports ${specifier}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('every room stands in the table', () => {
  const rooms = [...new Set(files.map(file => file.room))]
  assert.deepEqual(
    rooms.filter(room => !(room in MAY_IMPORT)),
    [],
  )
})

test('CONTRIBUTING.md shows every room with what it may import', () => {
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
  const shown = [...page.matchAll(/^\| `src\/(\w+)(?:\/x)?` \|[^|]*\|([^|]*)\|$/gm)].map(
    ([, room = '', list = '']) =>
      [room, [...list.matchAll(/`(\w+)`/g)].map(([, each]) => each).sort()] as const,
  )
  const rooms = [...new Set(files.map(file => file.room))].sort()
  const held = rooms.map(room => {
    const there = (MAY_IMPORT[room] ?? []).filter(each => rooms.includes(each))
    return [room, there.sort()] as const
  })
  assert.deepEqual(
    shown.toSorted(([a], [b]) => a.localeCompare(b)),
    held,
  )
})

test('no file of a pure room has a socket, timer, clock or random source', () => {
  const wrong: string[] = []
  for (const file of sources) {
    if (!PURE.includes(file.room)) continue
    for (const [at, line] of file.text.split('\n').entries()) {
      const code = line.replace(/^\s*(\/\/|\/?\*).*/, '').replace(/\s\/\/.*$/, '')
      if (ACTS.test(code) || ACTING_MODULES.test(code)) wrong.push(`${name(file)}:${at + 1} ${line.trim()}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no file is longer than a reader takes in', () => {
  const long = files.filter(
    file => file.text.split('\n').length > MAX_LINES && !/generated/i.test(file.text.slice(0, 200)),
  )
  assert.deepEqual(long.map(name), [])
})

test('a proof is cast in the one file that declares it', () => {
  for (const proof of ['Authenticated', 'InDialog', 'Authorized']) {
    const declaring = sources.filter(file => file.text.includes(`export type ${proof} = Proven<`)).map(name)
    const casting = sources.filter(file => new RegExp(`\\bas ${proof}\\b`).test(file.text)).map(name)
    assert.equal(declaring.length, 1, proof)
    assert.deepEqual(casting, declaring, proof)
  }
})

test('nothing is cast but proofs, and nothing is said to be there by an exclamation mark', () => {
  const wrong: string[] = []
  for (const file of sources) {
    const look = (node: ts.Node): void => {
      const isCast =
        ts.isAsExpression(node) && !/^(const|Authenticated|InDialog|Authorized)$/.test(node.type.getText())
      if (isCast || ts.isNonNullExpression(node)) wrong.push(`${name(file)}: ${node.getText()}`)
      ts.forEachChild(node, look)
    }
    look(ts.createSourceFile(file.path, file.text, ts.ScriptTarget.Latest, true))
  }
  assert.deepEqual(wrong, [])
})

test('no default export, no enum, no unfinished mark', () => {
  const wrong = sources.filter(file =>
    /^export default|^(export )?(const )?enum |\b(TODO|FIXME|XXX)\b/m.test(file.text),
  )
  assert.deepEqual(wrong.map(name), [])
})

test('no test is skipped without a reason in words', () => {
  const all = [...files.filter(isTest), ...filesUnder(join(root, 'test'))]
  const wrong = all.filter(
    file =>
      /\b(test|it|describe|t)\.(todo|only|skip)\((?!'|why|missing)|\b(test|it|describe)\.skip\(|skip: true/.test(
        file.text,
      ) && !file.path.includes('architecture'),
  )
  assert.deepEqual(wrong.map(name), [])
})
