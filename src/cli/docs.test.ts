import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { routes } from './app.ts'
import { wordsOf } from './completion.ts'

test('docs/commands.md names every command, and no other', () => {
  const page = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8')
  const table = page.slice(0, page.indexOf('Exit codes'))
  const documented = [...table.matchAll(/^\| `aspis ([^|]+)\|/gm)].flatMap(match => {
    const words = (match[1] ?? '').replaceAll('`', '').trim().split(' ')
    return words.length === 1 || words[1] === 'DOMAIN' || words[0] === 'completion'
      ? [words[0]]
      : words.slice(1).map(word => `${words[0]} ${word}`)
  })
  const words = wordsOf(routes)
  const isCommand = (path: string) =>
    path !== '' && ![...words.keys()].some(other => other.startsWith(`${path} `))
  assert.deepEqual(documented.toSorted(), [...words.keys()].filter(isCommand).toSorted())
})
