import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readLabels } from '../corpus/labels.ts'
import { writeCorpus } from '../corpus/write-corpus.ts'
import { scoreCapture, summarize } from './score.ts'
import { scoreFiles } from './score-files.ts'
import type { Truth } from './truth.ts'
import { readVerdict, type Verdict } from './verdict.ts'

const TRUTH: Truth = {
  capture: 'one',
  campaign: {
    ...{
      id: 'x/high/plain/1',
      attack: 'X01',
      name: 'X01-x',
      intensity: 'high',
      evasion: 'plain',
      clause: '',
    },
  },
  ...{ firstMs: 1000, lastMs: 5000, sources: new Set(['192.0.2.7']), targets: new Set(['alice']) },
  ...{ calls: new Set(['c1']), honestMessages: 10, attackMessages: 5, honestUserDays: 1 },
}

function verdict(atMs: number, kind: string, name: string): Verdict {
  return { capture: 'one', atMs, kind, name, detector: 'd' }
}

test('a campaign is found by its source, network, target, call, or by a word about all', () => {
  for (const [kind, name] of [
    ['source', '192.0.2.7'],
    ['prefix', '192.0.2.0/24'],
    ['account', 'alice@example.test'],
    ['call', 'c1'],
    ['server', ''],
  ] as const) {
    const outcome = scoreCapture(TRUTH, [verdict(3000, kind, name)])
    assert.equal(outcome.isFound, true, kind)
    assert.equal(outcome.delayMs, 2000)
    assert.equal(outcome.innocents, 0)
  }
})

test('another subject, and any before the first message, is a false alarm; a right one that is late is neither', () => {
  const wrong = [verdict(3000, 'source', '192.0.2.8'), verdict(500, 'source', '192.0.2.7')]
  const outcome = scoreCapture(TRUTH, wrong)
  assert.equal(outcome.isFound, false)
  assert.equal(outcome.falseAlarms.length, 2)
  const late = scoreCapture(TRUTH, [verdict(500_000, 'source', '192.0.2.7')])
  assert.equal(late.isFound, false)
  assert.equal(late.falseAlarms.length, 0)
})

test('the mean of F1 counts classes alike, and innocents against their class', () => {
  const found = scoreCapture(TRUTH, [verdict(3000, 'source', '192.0.2.7')])
  const withInnocent = scoreCapture(TRUTH, [
    verdict(3000, 'server', ''),
    verdict(3000, 'source', '192.0.2.8'),
  ])
  assert.equal(summarize([found]).macroF1.value, 1)
  assert.equal(summarize([withInnocent]).macroF1.value, 2 / 3)
  const missed = { ...scoreCapture(TRUTH, []), name: 'Y' }
  assert.equal(summarize([found, missed]).macroF1.value, 0.5)
  assert.equal(summarize([found, missed]).recall.value, 0.5)
})

test('a verdict that lacks a part is refused with its name', () => {
  assert.throws(() => readVerdict('{"capture":"a","kind":"source","name":"b"}'), /atMs/)
  assert.throws(() => readVerdict('{"atMs":1}'), /capture/)
})

test('a corpus is written twice alike, its labels are read back, and verdicts about it are scored', () => {
  const folder = mkdtempSync(join(tmpdir(), 'corpus-'))
  try {
    const plan = {
      seed: 3,
      intensities: ['medium'] as const,
      only: 'G02-extensions-by-invite',
      honestScale: 0.001,
    }
    const [first, second] = ['a', 'b'].map(name => writeCorpus({ ...plan, folder: join(folder, name) }))
    assert.equal(first?.captures, 2)
    assert.deepEqual(first, second)
    const name = 'G02-extensions-by-invite.medium'
    const file = (run: string): Buffer => readFileSync(join(folder, run, 'captures', `${name}.pcapng`))
    assert.ok(file('a').equals(file('b')))
    const labels = join(folder, 'a', 'labels.jsonl')
    const truth = readLabels(readFileSync(labels, 'utf8').split('\n')).get(name)
    assert.equal(truth?.campaign?.attack, 'G02')
    const [source = ''] = truth?.sources ?? []
    const verdicts = join(folder, 'verdicts.jsonl')
    const line = { capture: name, atMs: truth?.lastMs, kind: 'source', name: source, detector: 'mine' }
    writeFileSync(verdicts, `${JSON.stringify(line)}\n`)
    assert.equal(scoreFiles(labels, verdicts).all.recall.value, 1)
    writeFileSync(verdicts, '')
    assert.equal(scoreFiles(labels, verdicts).all.recall.value, 0)
    writeFileSync(verdicts, '{"capture":"none","atMs":1,"kind":"source","name":"x"}')
    assert.throws(() => scoreFiles(labels, verdicts), /line 1: no capture none/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
