import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { test } from 'node:test'
import { stageNames } from '../src/pipeline/request.ts'
import { parseConfig } from '../src/server/config/load.ts'

const root = resolve(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Every page that a reader may meet. */
function pages(): string[] {
  const inside = ['docs', 'src'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)),
  )
  const outside = readdirSync(root)
  return [...outside, ...inside].filter(path => path.endsWith('.md')).sort()
}

test('a link from one page to another leads somewhere', () => {
  const broken: string[] = []
  for (const page of pages()) {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target)) continue
      const path = resolve(root, dirname(page), target)
      if (!existsSync(path)) broken.push(`${page}: ${target}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('a file of the source that a page names is there', () => {
  const broken: string[] = []
  for (const page of pages()) {
    for (const [, path = ''] of read(page).matchAll(/`((?:src|test|bench|bin|docs)\/[\w./-]*\w)`/g)) {
      if (!existsSync(join(root, path)) && path !== 'src/mechanisms/x') broken.push(`${page}: ${path}`)
    }
  }
  assert.deepEqual(broken, [])
})

test('every package that we use has a page that says why', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'))
  const folder = 'docs/decisions'
  const text = readdirSync(join(root, folder))
    .map(name => read(join(folder, name)))
    .join('\n')
  const unexplained = Object.keys({ ...dependencies, ...devDependencies }).filter(name => {
    // Biome and TypeScript are told by their names, their packages have others.
    const known: Readonly<Record<string, string>> = { '@biomejs/biome': 'Biome', typescript: 'TypeScript' }
    return !text.includes(known[name] ?? `\`${name}\``)
  })
  assert.deepEqual(unexplained, [])
})

test('the picture of the way of a message shows the stages that there are, in their order', () => {
  const picture = read('docs/way-of-a-message.svg')
  const shown = [...picture.matchAll(/<text class="chip"[^>]*>([^<]+)</g)].map(match => match[1] ?? '')
  const verdicts = new Set(['next', 'reply', 'drop'])
  assert.deepEqual(
    shown.filter(name => !verdicts.has(name)),
    stageNames,
  )
})

/** Text of every source file under a folder, tests left out. */
function sourcesUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map(name => read(join(folder, name)))
}

/** Names in backticks in the first column of a table of `docs/commands.md`. */
function listedUnder(heading: string): readonly string[] {
  const [, section = ''] = read('docs/commands.md').split(`\n## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| (`[^|]+)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name),
  )
}

test('docs/commands.md lists every metric, and no other', () => {
  const made = sourcesUnder('src/server').flatMap(text => [
    ...[...text.matchAll(/\.(?:counter|counters|counterFrom|gauge|gauges)\(\s*'(\w+)'/g)].map(
      each => each[1] ?? '',
    ),
    ...[...text.matchAll(/\bcount\('(\w+)'/g)].map(([, name]) => `aspis_${name}_total`),
  ])
  assert.ok(made.length > 20)
  assert.deepEqual(listedUnder('Metrics').toSorted(), made.sort())
})

test('docs/commands.md lists every log event, and no other', () => {
  const call = /(?:\b[lL]og\.(?:debug|info|warn|error)|\bevents\.(?:failed|note))\(\s*'([\w-]+)'/g
  const made = ['src/server', 'src/cli'].flatMap(folder =>
    sourcesUnder(folder).flatMap(text => [...text.matchAll(call)].map(([, name = '']) => name)),
  )
  assert.ok(made.length > 20)
  // One event a transport: its name is made of both.
  assert.deepEqual(listedUnder('Log events').toSorted(), [...new Set([...made, 'listener-udp'])].sort())
})

test('a command that a page shows is one of package.json', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const unknown: string[] = []
  for (const page of pages()) {
    for (const [, name = ''] of read(page).matchAll(/\bnpm (?:run )?([a-z]+)\b/g)) {
      if (!['ci', 'install', 'exec', 'link'].includes(name) && !Object.hasOwn(scripts, name)) {
        unknown.push(`${relative(root, page)}: npm ${name}`)
      }
    }
  }
  assert.deepEqual(unknown, [])
})

test('every configuration that a page shows is one', () => {
  const wrong: string[] = []
  let shown = 0
  for (const page of ['README.md', 'docs/guide.md', 'docs/configuration.md']) {
    for (const [, block = ''] of read(page).matchAll(/```yaml\n([\s\S]*?)```/g)) {
      shown += 1
      const text = /^domains:/m.test(block) ? block : `domains: [example.test]\n${block}`
      const { problems } = parseConfig(text, join(root, 'aspis.yaml'), { DATABASE_PASSWORD: 'secret' })
      const errors = problems.filter(problem => problem.severity === 'error')
      if (errors.length > 0) wrong.push(`${page}: ${errors.map(error => error.message).join('; ')}\n${block}`)
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(shown >= 6)
})
