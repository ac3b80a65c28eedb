import { attack } from '../attack.ts'
import { field, plusLast, startLine } from '../malformed/edit.ts'
import { statusFor } from '../probing.ts'
import type { Trial } from '../trial.ts'

/** Every object of JavaScript, Python or Lua has some of these; no user has. */
const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '__class__', '__index']

/** No object has these, so a server may say the same to both. */
const CONTROLS = ['qwertasdf', 'zxcvbnmlk'] as const

/** How often a difference must show, beside a control, before it is believed. */
const TURNS = 4

const PLACES: Readonly<Record<string, (text: string, name: string) => string>> = {
  'a called user': (text, name) => startLine(text, line => line.replace('sip:', `sip:${name}@`)),
  'a method': (text, name) =>
    field(
      startLine(text, line => line.replace('OPTIONS', name)),
      'CSeq',
      () => `1 ${name}`,
    ),
  'a field': (text, name) => plusLast(text, `${name}: x`),
  'a parameter of the Request-URI': (text, name) =>
    startLine(text, line => line.replace(' SIP/2.0', `;${name}=x SIP/2.0`)),
  'a parameter of From': (text, name) => field(text, 'From', value => `${value};${name}=x`),
  'a caller': (text, name) => field(text, 'From', value => value.replace(/sip:[^@]*@/, `sip:${name}@`)),
}

/** Names that stand in every object of some languages, for servers that look names up in objects. */
export const propertyNames = attack({
  id: 'property-names',
  entry: 'P12',
  title: 'uses names that every object of some languages has',
  threats: ['software-bugs', 'malformed-messages'],
  clause: 'Table 1, row 2: software bugs',
  references: ['RFC 3261 §7.3.1', 'RFC 3261 §25.1'],
  severity: 'medium',
  isIntrusive: false,
  maxMessages: 700,
  needs: [],
  expected: 'Such a name is answered like any other that nobody has.',
  mending: {
    aspis: 'On by default: names of peers are looked up in maps alone; nothing turns it off.',
    kamailio:
      'In KEMI scripts look names up in tables without a metatable, never by `getattr` or `obj[name]`.',
    opensips: 'In scripts of the Python or Lua modules look names up in dictionaries, never as attributes.',
    asterisk: 'In AGI and ARI programs look names up in maps, never in plain objects.',
  },
  async run(trial) {
    const places = Object.entries(PLACES)
    const odd = await Promise.all(places.map(([what, put]) => compare(trial, what, put)))
    const judged = odd.filter(each => each !== undefined)
    const found = judged.flatMap(each => each.differing)
    const counts = {
      tried: places.length * NAMES.length,
      judged: judged.length * NAMES.length,
      differing: found.length,
    }
    if (found.length > 0)
      return trial.succeeded(
        `${found.length} names were answered otherwise than names that nobody has: ${found[0]}`,
        counts,
      )
    if (!(await trial.isServing()))
      return trial.succeeded('after such names the server answered nobody', counts)
    if (judged.length === 0)
      return trial.inconclusive('names that nobody has were not answered alike', counts)
    return trial.resisted(
      `${NAMES.length} names in ${judged.length} places were answered like names that nobody has`,
      counts,
    )
  },
})

/** Names that got another status than both controls; nothing when the controls differ from each other. */
async function compare(
  trial: Trial,
  what: string,
  put: (text: string, name: string) => string,
): Promise<{ readonly differing: readonly string[] } | undefined> {
  const [one = '', two = '', ...others] = await Promise.all(
    [...CONTROLS, ...NAMES].map(name => ask(trial, put, name)),
  )
  if (one !== two) return undefined
  const differing: string[] = []
  for (const [at, name] of NAMES.entries()) {
    if (others[at] === one) continue
    const got = await differsAgain(trial, put, name, one)
    if (got !== undefined) differing.push(`${name} as ${what} got ${got}, ${CONTROLS[0]} ${one}`)
  }
  return { differing }
}

/**
 * What the name gets each time, asked in turns with a control that gets what it got before; nothing when the name is once
 * answered alike or in two ways, or the control otherwise. A message may be lost, a source barred for a while, and a
 * server under load may answer one by 503 and be silent to another: that comes and goes, and touches the control too.
 */
async function differsAgain(
  trial: Trial,
  put: (text: string, name: string) => string,
  name: string,
  usual: string,
): Promise<string | undefined> {
  let got: string | undefined
  for (let turn = 0; turn < TURNS; turn += 1) {
    // Each comes first every other time: a server that gives so many answers a second must not be silent to the name only.
    const early = turn % 2 === 0 ? undefined : await ask(trial, put, CONTROLS[0])
    const status = await ask(trial, put, name)
    const control = early ?? (await ask(trial, put, CONTROLS[0]))
    if (control !== usual || status === usual || (got !== undefined && status !== got)) return undefined
    got = status
  }
  return got
}

function ask(trial: Trial, put: (text: string, name: string) => string, name: string): Promise<string> {
  const uri = `sip:${trial.target.domain}`
  return statusFor(trial, asker => put(asker.text({ method: 'OPTIONS', uri, contact: false }), name))
}
