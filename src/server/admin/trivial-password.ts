/** Words that everybody tries first, in lower case, digits at the end left out. */
const USUAL: ReadonlySet<string> = new Set([
  'abc',
  'admin',
  'asterisk',
  'changeme',
  'default',
  'demo',
  'guest',
  'letmein',
  'login',
  'pass',
  'passwd',
  'password',
  'phone',
  'pw',
  'qwerty',
  'root',
  'secret',
  'sip',
  'telephone',
  'test',
  'user',
  'voip',
  'welcome',
])

/** Digits that can be tried one by one in an afternoon. */
const MAX_GUESSED_DIGITS = 8
/** What people put behind a name to make it a password: a year, at most. */
const MAX_TAIL = 4

/**
 * Why a password is among the first that a guesser tries; undefined when it is not. What is merely short is another
 * matter.
 * @param user the account's user part
 */
export function trivialPassword(user: string, password: string): string | undefined {
  const said = password.toLowerCase()
  const name = user.toLowerCase()
  const rest = said.split(name).join('')
  if (name !== '' && said.includes(name) && rest.length <= MAX_TAIL) return 'it is the user name'
  if (said === [...name].reverse().join('')) return 'it is the user name backwards'
  if (/^\d+$/.test(said) && said.length <= MAX_GUESSED_DIGITS) return `it is ${said.length} digits`
  if (new Set(said).size <= 2) return 'it is one or two characters, repeated'
  const word = said.replace(/\d{0,4}[!.]?$/, '')
  return USUAL.has(word) ? 'everybody tries it first' : undefined
}
