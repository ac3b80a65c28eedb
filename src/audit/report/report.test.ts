import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  HOSTILE,
  SAMPLES,
  sampleAttack,
  sampleAudit,
  sampleReport,
} from '../../../test/support/audit-report.ts'
import { missing } from '../../../test/support/programs.ts'
import { doneIn, otherTarget } from '../resume.ts'
import { compare, comparisonText } from './compare.ts'
import { reportHtml } from './html.ts'
import { reportJson } from './json.ts'
import { reportJunit } from './junit.ts'
import { oneLine } from './plain.ts'
import { Progress } from './progress.ts'
import { readReport, reportOf } from './report.ts'
import { reportSarif } from './sarif.ts'
import { tableRows } from './table-rows.ts'
import { reportText } from './text.ts'

/** What no reader's program may meet raw: control characters but line ends and tabs, turned directions. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u

const report = sampleReport()

/** Runs Python with an input; what it printed. */
function python(program: string, input: string): string {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}

describe('what a target says in a report', () => {
  test('is escaped in every format', () => {
    for (const write of [reportText, reportHtml, reportJson, reportSarif, reportJunit]) {
      const text = write(report)
      assert.ok(!OBEYED.test(write === reportJson ? '' : text), write.name)
      if (write !== reportText && write !== reportJson && write !== reportSarif)
        assert.ok(!/<script|<img|<\/style><\//i.test(text), write.name)
    }
    // JSON escapes by itself; what is read back is what was said.
    assert.equal(readReport(reportJson(report))?.server, HOSTILE)
    assert.ok(!/[\u0000-\u0009\u000b-\u001f]/.test(reportJson(report)))
  })

  test('is shown all the same, in words that nobody obeys', () => {
    assert.match(reportText(report), /\\x1b\]0;owned\\x07\\x00\\x9b31m\\u\{202e\}/)
    assert.match(reportHtml(report), /&#60;script&#62;alert\(1\)&#60;\/script&#62;/)
    assert.equal(oneLine('a\r\nb\tc'), 'a\\r\\nb\\tc')
  })

  test('does not reach the terminal in a line of progress', () => {
    const shown: string[] = []
    const screen = { isTTY: true, columns: 60, write: (text: string) => shown.push(text) }
    const progress = new Progress(screen, 9)
    progress.begins(sampleAttack('forged-bye', 'high'), 0)
    progress.ends('succeeded')
    progress.begins(sampleAttack('stray-ack', 'low'), 1)
    progress.clear()
    assert.deepEqual(
      shown.map(text => text.replace('\r\x1b[2K', '')),
      [
        '[1/9] 0 resisted, 0 succeeded, 0 inconclusive | E01 forged-',
        '[2/9] 0 resisted, 1 succeeded, 0 inconclusive | E01 stray-a',
        '',
      ],
    )
    const quiet: string[] = []
    new Progress({ isTTY: false, write: text => quiet.push(text) }, 9).begins(sampleAttack('x', 'low'), 0)
    assert.deepEqual(quiet, [])
  })
})

describe('the JSON report', () => {
  test('is read back as it was written, and says its version', () => {
    assert.deepEqual(readReport(reportJson(report)), report)
    assert.equal(report.format, 'aspis-audit')
    assert.equal(report.version, 1)
  })

  test('holds no password, not even one that stood in a message', () => {
    const text = reportJson(report)
    assert.ok(!text.includes('the password of alice'))
    assert.match(text, /Subject: \[secret\]/)
    assert.deepEqual(report.target.accounts, ['alice'])
  })

  test('another version, another file, or no JSON is none', () => {
    assert.equal(readReport('{'), undefined)
    assert.equal(readReport('[]'), undefined)
    assert.equal(readReport(reportJson(report).replace('"version": 1,', '"version": 2,')), undefined)
  })

  test('goes on with what was not tried to its end, and only against the same target', () => {
    assert.deepEqual([...doneIn(report).keys()], ['forged-bye', 'stray-ack'])
    const { target } = sampleAudit()
    assert.equal(otherTarget(report, target), undefined)
    assert.equal(
      otherTarget(report, { ...target, domain: 'example.org' }),
      'it is a run against example.test at 127.0.0.1, not against example.org at 127.0.0.1',
    )
  })
})

describe('two runs compared', () => {
  const [[bye] = [], [cancel] = [], [ack] = []] = SAMPLES
  assert.ok(bye && cancel && ack)
  const before = sampleReport([
    [bye, 'succeeded'],
    [cancel, 'resisted'],
    [ack, 'skipped'],
  ])
  const added = sampleAttack('new-one', 'low')

  test('say what is worse, what is better, what else changed, and how much did not', () => {
    const after = sampleReport([
      [bye, 'resisted'],
      [cancel, 'succeeded'],
      [ack, 'skipped'],
      [added, 'resisted'],
    ])
    const { worse, better, other, same } = compare(before, after)
    assert.deepEqual(
      worse.map(({ id, before: was, after: is }) => [id, was, is]),
      [['forged-cancel', 'resisted', 'succeeded']],
    )
    assert.deepEqual(
      better.map(({ id }) => id),
      ['forged-bye'],
    )
    assert.deepEqual(
      other.map(({ id }) => id),
      ['new-one'],
    )
    assert.equal(same, 1)
    const text = comparisonText(compare(before, after))
    assert.match(text, /^worse:\n {2}E02 forged-cancel \(medium\): resisted -> succeeded: it was answered/m)
    assert.match(text, /new-one \(low\): not there -> resisted/)
    assert.ok(!OBEYED.test(text))
  })

  test('that are the same say so', () => {
    assert.equal(comparisonText(compare(before, before)).split('\n').at(-1), '3 the same')
  })
})

describe('the JUnit report', () => {
  test('is well-formed XML: a failure for what succeeded, an error for inconclusive, skipped for skipped', {
    skip: missing('python3'),
  }, () => {
    const printed = python(
      `import sys, json, xml.etree.ElementTree as E
root = E.fromstring(sys.stdin.buffer.read())
cases = [(c.get('classname'), c.get('name'), [o.tag for o in c]) for c in root.iter('testcase')]
print(json.dumps([root.tag, root.attrib, [s.get('name') for s in root], cases, root.find('.//failure').text]))`,
      reportJunit(report),
    )
    const [tag, sums, suites, cases, failure] = JSON.parse(printed)
    assert.equal(tag, 'testsuites')
    assert.deepEqual([sums.tests, sums.failures, sums.errors, sums.skipped], ['4', '1', '1', '1'])
    assert.deepEqual(suites, ['family E', 'family F', 'family H'])
    assert.deepEqual(cases, [
      ['aspis.audit.E01', 'forged-bye: does forged-bye to somebody', ['failure']],
      ['aspis.audit.E02', 'forged-cancel: does forged-cancel to somebody', ['error']],
      ['aspis.audit.F03', 'stray-ack: does stray-ack to somebody', []],
      ['aspis.audit.H09', 'radius-lie: does radius-lie to somebody', ['skipped']],
    ])
    assert.match(
      failure,
      /^Seen: it was answered <\/style><\/script><script>[\s\S]*To mend in Kamailio: Call/,
    )
  })
})

describe('the SARIF report', () => {
  const log = JSON.parse(reportSarif(report))
  const [run] = log.runs

  test('has what SARIF 2.1.0 asks for: a version, a tool, rules and results that name them', () => {
    assert.equal(log.version, '2.1.0')
    assert.match(log.$schema, /sarif-schema-2\.1\.0\.json$/)
    assert.equal(log.runs.length, 1)
    assert.equal(run.tool.driver.name, 'aspis audit')
    assert.equal(run.results.length, 3)
    for (const result of run.results) {
      assert.equal(run.tool.driver.rules[result.ruleIndex].id, result.ruleId)
      assert.ok(result.message.text.length > 0)
      assert.equal(result.locations.length, 1)
    }
    for (const rule of run.tool.driver.rules) {
      assert.match(rule.help.text, /Kamailio: Call/)
      assert.match(rule.help.markdown, /\*\*OpenSIPS:\*\*/)
      assert.match(rule.properties['security-severity'], /^\d\.\d$/)
    }
  })

  test('says fail with a level for what succeeded, pass and open with none for the rest', () => {
    const kinds = run.results.map(({ ruleId, kind, level }: Record<string, string>) => [ruleId, kind, level])
    assert.deepEqual(kinds, [
      ['forged-bye', 'fail', 'error'],
      ['forged-cancel', 'open', 'none'],
      ['stray-ack', 'pass', 'none'],
    ])
  })

  test('points at the line of the target file that an attack is about', () => {
    const places = run.results.map(
      (result: { locations: [{ physicalLocation: unknown }] }) => result.locations[0].physicalLocation,
    )
    const artifactLocation = { uri: 'audit/target.yaml', uriBaseId: '%SRCROOT%' }
    assert.deepEqual(places[0], { artifactLocation, region: { startLine: 4 } })
    assert.deepEqual(places[1], { artifactLocation, region: { startLine: 3 } })
  })

  test('names a target without a file as a logical location', () => {
    const { file: _file, ...target } = sampleAudit().target
    const bare = reportOf(
      { ...sampleAudit(), target },
      { all: SAMPLES.map(([attack]) => attack), version: '1' },
    )
    const [result] = JSON.parse(reportSarif(bare)).runs[0].results
    assert.deepEqual(Object.keys(result.locations[0]), ['logicalLocations'])
    assert.equal(result.locations[0].logicalLocations[0].name, 'sip:example.test')
  })

  const schema = join(import.meta.dirname, '../../../../shared/sarif/sarif-2.1.0.json')
  const isHere = existsSync(schema) && spawnSync('python3', ['-c', 'import jsonschema']).status === 0
  test('is valid by the schema of the standard', {
    skip: isHere ? false : 'needs the schema of SARIF in ../shared/sarif, and jsonschema of Python',
  }, () => {
    const printed = python(
      `import sys, json, jsonschema
schema = json.load(open(${JSON.stringify(schema)}))
check = jsonschema.validators.validator_for(schema)(schema)
print(json.dumps(["/".join(map(str, e.path)) + ": " + e.message[:200] for e in check.iter_errors(json.load(sys.stdin))]))`,
      reportSarif(report),
    )
    assert.deepEqual(JSON.parse(printed), [])
  })
})

describe('Table 1 of a report', () => {
  test('has every row, with the attacks that name its threat or its number, and what they say together', () => {
    const replayed = sampleAttack('replayed', 'high', {
      threats: ['replay'],
      clause: 'Table 1, rows 3 and 5',
    })
    const rows = tableRows(sampleReport([[replayed, 'resisted'], ...SAMPLES]))
    assert.equal(rows.length, 9)
    const said = rows.map(({ attacks, verdict }) => [verdict, attacks.map(({ id }) => id).join(' ')])
    assert.deepEqual(said[2], ['resisted', 'replayed'])
    assert.deepEqual(said[3], ['succeeded', 'forged-bye forged-cancel stray-ack radius-lie'])
    assert.deepEqual(said[4], ['resisted', 'replayed'])
    assert.deepEqual(said[0], ['unknown', ''])
  })
})
