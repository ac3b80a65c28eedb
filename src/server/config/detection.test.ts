import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from './load.ts'
import { printConfig } from './print.ts'
import { printProblems } from './problem.ts'

const read = (text: string) => parseConfig(`domains: [example.test]\n${text}\n`, '/etc/aspis.yaml', {})
const good = (text: string) => {
  const loaded = read(text)
  assert.ok(loaded.config, printProblems(loaded.problems))
  return loaded.config
}
const problems = (text: string): string => printProblems(read(text).problems)

test('without a setting attacks are acted on, with bans of a minute up to a day', () => {
  const { detection } = good('')
  assert.equal(detection.mode, 'enforce')
  assert.equal(detection.kernel, 'auto')
  assert.deepEqual(detection.allow, [])
  assert.deepEqual(detection.detectors, {})
  assert.equal(detection.response.banMs, 60_000)
  assert.equal(detection.response.maxBanMs, 86_400_000)
})

const WHOLE = `detection:
  mode: monitor
  allow: [192.0.2.0/24, 2001:db8::/32]
  kernel: off
  detectors:
    password-guessing: {mode: monitor, tries: 7}
  response: {ban: 5m, max-ban: 12h, drop: 55, kernel-drop: 70}`

test('what is written is in force, and printed as it can be read again', () => {
  const config = good(WHOLE)
  assert.deepEqual(config.detection.detectors, {
    'password-guessing': { mode: 'monitor', limits: { tries: 7 } },
  })
  assert.equal(config.detection.response.from['kernel-drop'], 70)
  const again = parseConfig(printConfig(config), '/etc/aspis.yaml', {})
  assert.deepEqual(again.config?.detection, config.detection)
})

test('an unknown detector and an unknown threshold are told with line and suggestion', () => {
  const text = problems(
    'detection:\n  detectors:\n    pasword-guessing: {}\n    user-enumeration: {namess: 3}',
  )
  assert.match(
    text,
    /aspis\.yaml:4:5: .*no such detector "pasword-guessing" \(did you mean "password-guessing"\?\)/,
  )
  assert.match(
    text,
    /aspis\.yaml:5:24: .*user-enumeration has no threshold "namess" \(did you mean "names"\?\)/,
  )
})

test('names that every object has are no thresholds', () => {
  for (const name of ['toString', 'constructor', 'valueOf'])
    assert.match(
      problems(`detection: {detectors: {password-guessing: {${name}: 3}}}`),
      new RegExp(`password-guessing has no threshold "${name}"`),
    )
})

test('a threshold out of range is told with line and range, and so is one that is no number', () => {
  const text = problems(
    'detection:\n  detectors:\n    password-guessing: {tries: 0, sourceTries: many, mode: enforced}',
  )
  assert.match(text, /aspis\.yaml:4:32: .*"0" is out of range: 3 to 100 wrong passwords in a day/)
  assert.match(text, /"many" is out of range: 5 to 1000/)
  assert.match(text, /"enforced" is not one of off, monitor, enforce \(did you mean "enforce"\?\)/)
})

test('what switches detection off needs an entry under insecure', () => {
  const entry = 'insecure: [{allow: detection-off, because: another one looks}]'
  const weak = [
    'detection: {mode: off}',
    'detection: {detectors: {password-guessing: {mode: off}}}',
    'detection: {allow: [0.0.0.0/0]}',
    'detection: {allow: ["::/0"]}',
  ]
  for (const text of weak) {
    assert.match(problems(text), /aspis\.yaml:2:\d+: .*detection-off/, text)
    good(`${text}\n${entry}`)
  }
  good('detection: {allow: [10.0.0.0/8]}')
})

test('only telling is possible, and warned of', () => {
  const loaded = read('detection: {mode: monitor}')
  assert.ok(loaded.config !== undefined)
  assert.match(printProblems(loaded.problems), /warning: .*told and not stopped/)
})

test('a stronger action does not begin at a lower score', () => {
  assert.match(problems('detection: {response: {drop: 10}}'), /less than tarpit \(40\)/)
  assert.match(problems('detection: {response: {ban: 1d, max-ban: 1h}}'), /less than ban/)
})
