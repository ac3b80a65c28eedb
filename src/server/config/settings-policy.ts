import { z } from 'zod'
import { failed, ok, type Result } from '../../base/result.ts'
import { DAYS, type DayName } from '../../mechanisms/policy/index.ts'
import { count, flag, list, method, row, seconds, text, written } from './row.ts'
import { type ReadValue, readRuleFrom, readRuleTo } from './values.ts'

const MAX_PRICE = 1_000_000
/** Money is kept in millionths. */
export const MILLION = 1_000_000

/** `mon`, `mon-fri`, `holiday`. */
const readDays: ReadValue<readonly DayName[]> = written => {
  const [first = '', last = first, ...more] = written.toLowerCase().split('-')
  const names: readonly string[] = DAYS
  const from = names.indexOf(first)
  const until = names.indexOf(last)
  if (from < 0 || until < from || more.length > 0)
    return failed(`"${written}": write ${DAYS.join(', ')}, or a span such as mon-fri`)
  return ok(DAYS.slice(from, until + 1))
}

/** `08:00-18:00`; past midnight when the end is before the begin. */
const readHours: ReadValue<{ from: number; until: number }> = written => {
  const match = /^(\d\d?):(\d\d)-(\d\d?):(\d\d)$/.exec(written.replaceAll(' ', ''))
  const [from = -1, until = -1] =
    match === null ? [] : [minuteOf(match[1], match[2]), minuteOf(match[3], match[4])]
  if (from < 0 || until < 0 || from === 1440) return failed(`"${written}" is not of the form 08:00-18:00`)
  if (from === until) return failed(`"${written}" is no time at all; leave hours out for the whole day`)
  return ok({ from, until })
}

function minuteOf(hour = '', minute = ''): number {
  const minutes = Number(hour) * 60 + Number(minute)
  return Number(minute) < 60 && minutes <= 1440 ? minutes : -1
}

const readHoliday: ReadValue<string> = written => {
  const date = /^\d{4}-/.test(written) ? written : `2028-${written}`
  const ms = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(date) : Number.NaN
  const isDate = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(date)
  return isDate
    ? ok(written)
    : failed(`"${written}" is not a date such as 2030-12-25, or 12-25 for every year`)
}

/** `+4420*`, `112`. */
const readNumbers: ReadValue<string> = written =>
  /^\+?\d{1,20}\*?$/.test(written) || written === '+*'
    ? ok(written)
    : failed(`"${written}" is not a number such as "112", or a prefix such as "+4420*"`)

const readPrice: ReadValue<number> = written => {
  const match = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(written)
  const price = match === null ? -1 : Number(match[1]) * MILLION + Number((match[2] ?? '').padEnd(6, '0'))
  return price >= 0 && price <= MAX_PRICE * MILLION
    ? ok(price)
    : failed(`"${written}" is not an amount such as 0.25`)
}

function readCountry(written: string): Result<string, string> {
  return /^[1-9]\d{0,2}$/.test(written)
    ? ok(written)
    : failed(`"${written}" is not a country code such as 44`)
}

const readZone: ReadValue<string> = written => {
  try {
    return ok(new Intl.DateTimeFormat('en', { timeZone: written }).resolvedOptions().timeZone)
  } catch {
    return failed(`"${written}" is not a time zone such as Europe/London`)
  }
}

/** Digits that may begin with zeros, which YAML would take away. */
const digits = (most: number) =>
  z
    .string('write it in quotes, such as "00"')
    .regex(/^\d*$/, 'digits only')
    .max(most, `at most ${most} digits`)
const name = () =>
  text().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, hyphen and underscore only')

/** What stands in logs, metrics and answers. */
const label = () => text().regex(/^\P{Cc}+$/u, 'one line only')

/** One text, or a list of them, each read. */
function oneOrMore<T>(read: ReadValue<T>) {
  const one = z.union([z.string(), z.number()], 'write a text')
  return z
    .union([one, z.array(one).min(1)], 'write a text, or a list of texts')
    .transform((value, context) => {
      const values = Array.isArray(value) ? value : [value]
      return values.flatMap(each => {
        const result = read(String(each))
        if (result.ok) return [result.value]
        context.issues.push({ code: 'custom', message: result.error, input: value })
        return []
      })
    })
}

// biome-ignore format: one setting a line
export const RuleObject = z.strictObject({
  allow: row('true or false', 'required', 'Let it out, or refuse it.', flag()),
  attestation: row('list of A, B, C, none', 'any', 'How the caller was signed for (STIR, RFC 8588), one of them; none: not at all, or not verified.', list(z.enum(['A', 'B', 'C', 'none'])).min(1, 'name at least one').optional()),
  from: row('own-users, user@domain, *@domain or trunk:NAME; or a list', 'required', 'Who calls.', oneOrMore(readRuleFrom)),
  methods: row('list of methods', 'all', 'What for: INVITE is a call, MESSAGE a text.', list(method).min(1, 'name at least one method').optional()),
  name: row('text', 'rule N', 'What logs call it.', label().optional()),
  to: row('own-users, other-domains, domain, class:NAME, prefix such as "+44*", or "*"; or a list', 'required', 'Whom. `*` is all but own users.', oneOrMore(readRuleTo)),
  via: row('trunk name', 'by DNS', 'The trunk that it leaves by.', text().optional()),
  when: row('list of times', 'always', 'Names of `policy: times`, of which it must be one.', list(text()).min(1, 'name at least one').optional()),
})

// biome-ignore format: one setting a line
export const ClassObject = z.strictObject({
  name: row('text', 'required', 'What rules and limits call it: national, mobile, premium.', name()),
  numbers: row('list of numbers', 'required', 'Prefixes such as "+4420*", numbers such as "112"; the longest decides.', list(written(readNumbers)).min(1, 'name at least one')),
  'per-call': row('amount', '0', 'Price of a connection.', written(readPrice).default(0)),
  'per-minute': row('amount', '0', 'Price of a minute; counted by the second.', written(readPrice).default(0)),
  unbounded: row('true or false', 'false', 'Calls of this class are in no bound of limits: emergency.', flag().default(false)),
})

// biome-ignore format: one setting a line
export const TimeObject = z.strictObject({
  days: row('list of days', 'all', 'mon to sun, spans such as mon-fri, and holiday: a bank holiday is no other day.', list(written(readDays)).min(1, 'name at least one').optional()),
  hours: row('HH:MM-HH:MM', 'the whole day', 'Past midnight when the end is before the begin; that is still the day on which it began.', written(readHours).optional()),
  name: row('text', 'required', 'What rules call it.', name()),
})

// biome-ignore format: one setting a line
export const PolicyLimitObject = z.strictObject({
  calls: row('number', 'no bound', 'Calls at once.', count(0, 1_000_000).optional()),
  class: row('class name', 'all', 'Calls of that class only; own-users, other-domains and other-numbers are there without being defined.', text().optional()),
  name: row('text', 'limit N', 'What logs call it; what it counted goes on under that name.', label().optional()),
  of: row('user@domain or trunk name', 'each', 'This user or trunk only.', text().optional()),
  per: row('user, trunk or all', 'user', 'Counted for each caller, for each trunk (both ways), or for all together.', z.enum(['user', 'trunk', 'all']).default('user')),
  period: row('hour, day or month', 'day', 'Of spend.', z.enum(['hour', 'day', 'month']).default('day')),
  spend: row('amount', 'no bound', 'Money in a period, by the prices of the classes.', written(readPrice).optional()),
})

// biome-ignore format: one setting a line
export const NumbersObject = z.strictObject({
  country: row('digits', 'required', 'Country code: 44.', written(readCountry)),
  'international-prefix': row('digits in quotes', '"00"', 'What is dialled before another country.', digits(5).default('00')),
  'national-digits': row('number', '0 (never)', 'Digits from which on a number without any prefix is one of the own country: 10 in North America.', count(0, 15).default(0)),
  'national-prefix': row('digits in quotes', '"0"', 'What is dialled before a number of the own country; "" where nothing is.', digits(5).default('0')),
})

// biome-ignore format: one setting a line
export const PolicyObject = z.strictObject({
  classes: row('list of objects', '[]', 'Numbers that cost alike.', list(ClassObject).default([]), { of: ClassObject }),
  holidays: row('list of dates', '[]', 'Bank holidays: 2030-04-19, or 12-25 for every year.', list(written(readHoliday)).default([])),
  limits: row('list of objects', '[]', 'Calls at once, and money; each that speaks of a call must have room.', list(PolicyLimitObject).default([]), { of: PolicyLimitObject }),
  'max-call': row('duration', '4h', 'After so long a call counts as ended, whether its BYE was seen or not.', seconds(60, 604_800).default(14_400), { unit: 'seconds' }),
  numbers: row('object', 'none', 'How numbers are dialled here: 0044…, 0… and +44… are one number then.', NumbersObject.optional(), { of: NumbersObject }),
  times: row('list of objects', '[]', 'Times that rules name.', list(TimeObject).default([]), { of: TimeObject }),
  zone: row('time zone', 'UTC', 'Of times, holidays and periods: Europe/London.', written(readZone).default('UTC')),
})
