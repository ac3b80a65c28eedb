import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Nft } from './nft.ts'

const QUESTION = 'list counters table inet t\n'
const ANSWER = `echo 'table inet t {'; echo '}'`

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'aspis-nft-'))
})
after(() => rmSync(folder, { recursive: true, force: true }))

/** A program in the place of nft. */
function program(name: string, script: string): string {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return file
}

/** What the pipe tells, in order; resolves with each when it is there. */
function told() {
  const heard: string[] = []
  let wake = (): void => {}
  const add = (text: string): void => {
    heard.push(text)
    wake()
  }
  return {
    heard,
    user: {
      begin: (life: number) => `life ${life}\n${QUESTION}`,
      onUp: () => add('up'),
      onAnswer: () => add('answer'),
      onFailed: (why: string, retryMs: number) => add(`failed ${retryMs}: ${why}`),
    },
    until: async (isEnough: (heard: readonly string[]) => boolean): Promise<void> => {
      while (!isEnough(heard)) await new Promise<void>(resolve => (wake = resolve))
    },
  }
}

test('a program that is missing is tried again after pauses that double up to a bound', async () => {
  const { heard, user, until } = told()
  const nft = new Nft({ program: join(folder, 'nothing'), firstPauseMs: 5, maxPauseMs: 20 }, user)
  nft.start()
  await until(all => all.length >= 4)
  await nft.stop()
  assert.deepEqual(
    heard.slice(0, 4).map(line => /failed (\d+)/.exec(line)?.[1]),
    ['5', '10', '20', '20'],
  )
  assert.match(heard[0] ?? '', /ENOENT/)
})

test('after a complaint everything is told to a new process, under a new number', async () => {
  const log = join(folder, 'complaint.log')
  const file = program(
    'complains',
    `while read -r line; do echo "$line" >> ${log}
case "$line" in list*) ${ANSWER};; bad) echo 'Error: no such thing' >&2;; esac; done`,
  )
  const { heard, user, until } = told()
  const nft = new Nft({ program: file, firstPauseMs: 5 }, user)
  nft.start()
  await until(all => all.includes('answer'))
  nft.write('bad\n')
  await until(all => all.filter(each => each === 'up').length === 2)
  await nft.stop()
  assert.ok(heard.includes('failed 5: Error: no such thing'), heard.join())
  assert.match(readFileSync(log, 'utf8'), /^life 1\n.*\nbad\nlife 2\n/)
})

test('what it prints without end is not kept: it is ended', async () => {
  const { heard, user, until } = told()
  const file = program('garbage', 'exec tr "\\0" "\\200" < /dev/zero')
  const nft = new Nft({ program: file, firstPauseMs: 60_000 }, user)
  nft.start()
  await until(all => all.length > 0)
  await nft.stop()
  assert.deepEqual(heard, ['failed 60000: nft prints more than was asked for'])
})

test('one that does not answer is ended', async () => {
  const { heard, user, until } = told()
  const nft = new Nft(
    { program: program('silent', 'exec cat > /dev/null'), silenceMs: 50, firstPauseMs: 60_000 },
    user,
  )
  nft.start()
  await until(all => all.length > 0)
  await nft.stop()
  assert.deepEqual(heard, ['failed 60000: nft does not answer'])
})

test('one that does not read takes no more, and nobody waits for it', async () => {
  const { user } = told()
  const nft = new Nft({ program: program('deaf', 'exec sleep 600') }, user)
  nft.start()
  nft.write(`${'x'.repeat(1_000_000)}\n`)
  assert.equal(nft.isReady, false)
  await nft.stop()
})

test('the process is replaced before what it remembers grows large, and the old one stays until the new one is up', async () => {
  const log = join(folder, 'replaced.log')
  const file = program(
    'remembers',
    `while read -r line; do echo "$line" >> ${log}; case "$line" in list*) ${ANSWER};; esac; done; echo end >> ${log}`,
  )
  const { user, until } = told()
  const nft = new Nft({ program: file, maxWrittenBytes: 100 }, user)
  nft.start()
  await until(all => all.includes('up'))
  nft.write(`${'y'.repeat(80)}\n`)
  await until(all => all.filter(each => each === 'up').length === 2)
  await nft.stop()
  assert.match(readFileSync(log, 'utf8'), /^life 1\nlist.*\nlife 2\nlist.*\nend\nend\n$/)
})
