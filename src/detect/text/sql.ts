import type { PlainText } from './plain-text.ts'

/** Beginnings of statements and functions, written without blanks: no name is written so. One a line, sorted. */
const STATEMENTS = [
  '"$', // {"$gt": …
  '[$', // user[$ne]
  'altertable',
  'benchmark(',
  'dbms_pipe',
  'deletefrom',
  'droptable',
  'dropdatabase',
  'execxp_',
  'extractvalue(',
  'information_schema',
  'insertinto',
  'intodumpfile',
  'intooutfile',
  'load_file(',
  'pg_catalog',
  'pg_read_file(',
  'pg_sleep(',
  'randomblob(',
  'shutdown--',
  'sqlite_master',
  'truncatetable',
  'unionallselect',
  'uniondistinctselect',
  'unionselect',
  'updatexml(',
  'utl_http',
  'waitfordelay',
  'xp_cmdshell',
] as const

/** What follows a quote when the text goes on as a statement. */
const AFTER_QUOTE = [
  'and',
  'between',
  'group',
  'having',
  'in(',
  'like',
  'limit',
  'or',
  'order',
  'rlike',
  'union',
  'xor',
] as const
/** What follows the end of a statement. */
const VERBS = [
  'alter',
  'call',
  'create',
  'declare',
  'delete',
  'drop',
  'exec',
  'grant',
  'insert',
  'select',
  'set',
  'shutdown',
  'truncate',
  'update',
  'waitfor',
] as const

const QUOTE = 39
const BACKQUOTE = 96
const DOUBLE_QUOTE = 34

/** Whether a text goes on as a statement of SQL, or a query of its cousins, where a name should end. */
export function isSql(text: PlainText): boolean {
  const { tight } = text
  for (const statement of STATEMENTS) if (tight.includes(statement)) return true
  return hasOpenQuote(text) || hasTautology(tight) || hasSelect(text)
}

/** A quote behind which the text is a statement: `' or`, `';drop`, `'||`, `'--`. */
function hasOpenQuote({ folded }: PlainText): boolean {
  for (let i = 0; i < folded.length; i += 1) {
    const code = folded.charCodeAt(i)
    if (code !== QUOTE && code !== DOUBLE_QUOTE && code !== BACKQUOTE) continue
    if (code === DOUBLE_QUOTE && isOpening(folded, i)) continue
    let at = i + 1
    while (folded[at] === ' ' || folded[at] === ')') at += 1
    if (goesOn(folded, at, code)) return true
  }
  return false
}

/** A quote that begins a parameter's value or a display name, as grammar wants it: `username="union.7"`, `"Union" <…>`. */
function isOpening(folded: string, at: number): boolean {
  if (folded[at - 1] === '=') return true
  if (at > 0) return false
  const end = folded.indexOf('"', 1)
  return end > 0 && (folded[end + 1] === '<' || folded.startsWith(' <', end + 1))
}

function goesOn(folded: string, at: number, quote: number): boolean {
  const next = folded[at]
  if (next === '|') return folded[at + 1] === '|'
  if (next === '&') return folded[at + 1] === '&'
  if (next === '#') return at + 1 === folded.length
  if (next === '-') return folded[at + 1] === '-' && isAtEnd(folded, at + 2)
  if (next === '/') return folded[at + 1] === '*'
  if (next === ';') {
    while (folded[at] === ';' || folded[at] === ' ') at += 1
    // After a double quote parameters follow as a rule: only whole verbs count.
    return VERBS.some(verb => isWord(folded, at, verb)) || (quote === QUOTE && folded.startsWith('--', at))
  }
  for (const word of AFTER_QUOTE) {
    if (!isWord(folded, at, word)) continue
    return hasMark(folded, at + word.length)
  }
  return false
}

/** Whether a condition follows: names have none of these. */
function hasMark(folded: string, from: number): boolean {
  for (let at = from; at < folded.length; at += 1) {
    const char = folded[at] ?? ''
    if ("='<>(#%".includes(char)) return true
    if (char === '-' && folded[at + 1] === '-') return true
    if (char === '|' && folded[at + 1] === '|') return true
  }
  return folded.startsWith(' select', from) || folded.startsWith(' by', from) || isNumber(folded, from)
}

function isNumber(folded: string, from: number): boolean {
  const code = folded.charCodeAt(folded[from] === ' ' ? from + 1 : from)
  return code >= 48 && code <= 57
}

/** A comment that takes the rest of the statement away stands at its end, or before a blank. */
function isAtEnd(folded: string, at: number): boolean {
  return at >= folded.length || folded[at] === ' ' || folded[at] === '+'
}

/** A word, and no letter behind it. */
function isWord(folded: string, at: number, word: string): boolean {
  if (!folded.startsWith(word, at)) return false
  if (word.endsWith('(')) return true
  const code = folded.charCodeAt(at + word.length)
  return !(code >= 97 && code <= 122) && code !== 95
}

/** The same on both sides of `=`, behind `or`, `and` or a quote: `or1=1`, `'a'='a`. */
function hasTautology(tight: string): boolean {
  for (let at = tight.indexOf('='); at >= 0; at = tight.indexOf('=', at + 1)) {
    if (tight[at - 1] === "'" && tight[at + 1] === "'") return true
    let end = at + 1
    while (end < tight.length && end - at <= 16 && isOperand(tight.charCodeAt(end))) end += 1
    const right = tight.slice(at + 1, end)
    if (right === '' || !tight.endsWith(right, at)) continue
    const before = tight.slice(0, at - right.length)
    if (before.endsWith('or') || before.endsWith('and') || before.endsWith("'") || before.endsWith('||'))
      return true
  }
  return false
}

function isOperand(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 97 && code <= 122)
}

/** `select … from …` or `update … set …` with marks that no sentence has. */
function hasSelect({ folded }: PlainText): boolean {
  const select = folded.indexOf('select ')
  if (select >= 0 && folded.indexOf(' from ', select) > 0 && hasMarks(folded)) return true
  const update = folded.indexOf('update ')
  return update >= 0 && folded.indexOf(' set ', update) > 0 && folded.includes('=')
}

function hasMarks(folded: string): boolean {
  for (const mark of ["'", '*', '(', '--', ';', '||', '@@']) if (folded.includes(mark)) return true
  return false
}
